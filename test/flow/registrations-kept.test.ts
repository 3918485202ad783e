import { expect, it } from 'vitest';
import type { RegistrationStore, StoredBinding } from '../../core/pbx/registration-store.ts';
import { FlowSwitch, userAt } from '../support/flow-switch.ts';

const LOST: StoredBinding = {
  user: '1001',
  key: 'sip:1001@192.0.2.99:5061',
  contact: 'sip:1001@192.0.2.99:5061;transport=tls',
  callId: 'before',
  sequence: 1,
  expires: 600,
  expiresAt: Number.MAX_SAFE_INTEGER,
  agent: 'Phone/1',
  profile: 'internal',
  protocol: 'tls',
  local: { address: '192.0.2.1', port: 5061 },
  remote: { address: '192.0.2.99', port: 41_000 },
};

/** A store that remembers what was done with it. */
class MemoryStore implements RegistrationStore {
  readonly done: string[] = [];
  readonly #stored: readonly StoredBinding[];

  constructor(...stored: readonly StoredBinding[]) {
    this.#stored = stored;
  }

  load(): readonly StoredBinding[] {
    return this.#stored;
  }

  save({ user }: StoredBinding): void {
    this.done.push(`save ${user}`);
  }

  remove({ user }: Pick<StoredBinding, 'user'>): void {
    this.done.push(`remove ${user}`);
  }

  close(): void {
    this.done.push('close');
  }
}

it('a phone whose connection ended with an earlier run is dialled at its Contact; where that fails, the caller hears it at once and nobody looks there again', async () => {
  const store = new MemoryStore(LOST);
  const pbx = new FlowSwitch(2, { registrations: store });
  await pbx.start();
  const caller = pbx.phone('1000', 'optional');
  await pbx.clock.advanceAsync(1000);
  const call = caller.call(userAt('1001'));
  await pbx.clock.advanceAsync(40_000);
  expect(call.diagnosis?.code).toBe('sip.unavailable');
  const diagnoses = pbx.events.flatMap((event) => (event.event === 'diagnosis' ? [event.diagnosis.code] : []));
  expect(diagnoses).toContain('conn.lost');
  expect(store.done).toEqual(['save 1000', 'remove 1001']);
  await pbx.close();
  // What is registered at the end is there at the next start.
  expect(store.done).not.toContain('remove 1000');
  expect(store.done.at(-1)).toBe('close');
});

it('a registration of a user or a profile that is no more is not restored', async () => {
  const store = new MemoryStore({ ...LOST, user: '4711' }, { ...LOST, profile: 'gone' });
  const pbx = new FlowSwitch(2, { registrations: store });
  await pbx.start();
  const caller = pbx.phone('1000', 'optional');
  await pbx.clock.advanceAsync(1000);
  const call = caller.call(userAt('1001'));
  await pbx.clock.advanceAsync(1000);
  expect(call.diagnosis?.code).toBe('sip.unavailable');
  await pbx.close();
});
