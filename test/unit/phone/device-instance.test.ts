import { expect, it } from 'vitest';
import { deviceInstance } from '../../../core/phone/device-instance.ts';
import { hash } from '../sip/auth/node-hash.ts';

it('RFC 5626 §4.1 the instance MUST be a UUID that stays the same for an account, and is another one for another', () => {
  const instance = deviceInstance(hash, 'one');
  expect(instance).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(deviceInstance(hash, 'one')).toBe(instance);
  expect(deviceInstance(hash, 'two')).not.toBe(instance);
});
