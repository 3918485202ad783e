import { describe, expect, it } from 'vitest';
import { DIAGNOSIS_CODES } from '../../../core/base/diagnosis.ts';
import { expectationOf, FAULTS, findFault, readFaultValues } from '../../../core/faults/catalogue.ts';
import type { Fault } from '../../../core/faults/fault.ts';
import { good } from '../../support/test-authority.ts';

function faultOf(id: string): Fault {
  const found = findFault(id);
  if (found === undefined) throw new Error(`no fault ${id}`);
  return found.fault;
}

describe('the fault cabinet', () => {
  it('has one fault of each name, of one of four layers, with a sentence for people', () => {
    expect(new Set(FAULTS.map(({ id }) => id)).size).toBe(FAULTS.length);
    for (const { id, summary } of FAULTS) {
      expect(id).toMatch(/^(tls|sip|srtp|media)\.[a-z0-9.-]+$/);
      expect(summary).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('names only codes that exist, whatever the parameters are', () => {
    const known = new Set<string>(DIAGNOSIS_CODES);
    for (const fault of FAULTS) {
      const { client, switch: atSwitch } = expectationOf(fault, good(readFaultValues(fault, [])));
      for (const code of [client, atSwitch]) {
        expect(code === undefined || known.has(code) || /^(tls\.alert|sip\.status)\./.test(code), code).toBe(true);
      }
    }
    for (let number = 1; number < 256; number++) {
      const code = expectationOf(faultOf('tls.alert'), { number }).client ?? '';
      expect(known.has(code) || code.startsWith('tls.alert.')).toBe(true);
    }
  });

  it('takes parameters by name, within their limits, and the others as they are', () => {
    const status = faultOf('sip.status');
    expect(readFaultValues(status, [])).toEqual({ ok: true, value: { status: 486, method: 'INVITE' } });
    expect(readFaultValues(status, ['status=500', 'method=register'])).toEqual({
      ok: true,
      value: { status: 500, method: 'REGISTER' },
    });
    for (const wrong of ['status=200', 'status=', 'status=x', 'method=NONE', 'stat=500', 'status', '=5']) {
      expect(readFaultValues(status, [wrong])).toMatchObject({ ok: false, error: expect.any(String) as string });
    }
    expect(readFaultValues(faultOf('tls.expired'), ['days=1'])).toMatchObject({
      error: 'tls.expired has no parameters, not "days=1"',
    });
  });

  it('knows tls.alert-48 as the alert of that number', () => {
    expect(findFault('tls.alert-48')).toMatchObject({ fault: { id: 'tls.alert' }, given: ['number=48'] });
    expect(expectationOf(faultOf('tls.alert'), { number: 48 }).client).toBe('cert.unknown-ca');
    expect(findFault('tls.alert-')).toBeUndefined();
    expect(findFault('nothing')).toBeUndefined();
  });
});
