import { describe, expect, it } from 'vitest';
import { createRequest, createResponse } from '../../../../core/sip/message/factory.ts';
import type { SipResponse } from '../../../../core/sip/message/message.ts';
import { formatUri, sipUri } from '../../../../core/sip/message/uri.ts';
import { TargetSet } from '../../../../core/sip/ua/redirection.ts';

const INVITE = createRequest({ method: 'INVITE', uri: sipUri({ host: 'a' }) });
const FIRST = sipUri({ user: 'bob', host: 'a' });

const moved = (contact: string, status = 302): SipResponse =>
  createResponse(INVITE, status, { headers: [['Contact', contact]] });

function allOf(targets: TargetSet): string[] {
  const all: string[] = [];
  for (let next = targets.next(); next !== undefined; next = targets.next()) all.push(formatUri(next));
  return all;
}

describe('RFC 3261 §8.1.3.4 the targets of a redirected call', () => {
  it('§8.1.3.4 go by falling q, equal ones in the order of the header; no q counts as 1', () => {
    const targets = new TargetSet(FIRST);
    targets.learn(moved('<sip:c@x>;q=0.2, <sip:d@x>, <sip:e@x>;q=0.7, <sip:f@x>;q=0.7, <sip:g@x>;q=9'));
    expect(allOf(targets)).toEqual(['sip:d@x', 'sip:g@x', 'sip:e@x', 'sip:f@x', 'sip:c@x']);
  });

  it('§8.1.3.4 MUST NOT go to the same URI twice: neither the first one nor one that was tried', () => {
    const targets = new TargetSet(FIRST);
    targets.learn(moved('<sip:bob@A>, <sip:c@x>'));
    expect(allOf(targets)).toEqual(['sip:c@x']);
    targets.learn(moved('<sip:c@x>, <sip:bob@a>'));
    expect(allOf(targets)).toEqual([]);
  });

  it('end after five, or after what was allowed', () => {
    const many = Array.from({ length: 9 }, (_, index) => `<sip:${index}@x>`).join(', ');
    for (const [most, expected] of [
      [undefined, 5],
      [2, 2],
    ] as const) {
      const targets = new TargetSet(FIRST, most);
      targets.learn(moved(many));
      expect(allOf(targets)).toHaveLength(expected);
    }
  });

  it.each([305, 380])('§21.3 %i is not followed', (status) => {
    const targets = new TargetSet(FIRST);
    targets.learn(moved('<sip:proxy@x>', status));
    expect(targets.next()).toBeUndefined();
  });

  it('§8.1.3.4 a call to SIPS does not go on to SIP', () => {
    const targets = new TargetSet(sipUri({ scheme: 'sips', user: 'bob', host: 'a' }));
    targets.learn(moved('<sip:c@x>, <sips:d@x>'));
    expect(allOf(targets)).toEqual(['sips:d@x']);
  });

  it('§19.1.1 method and headers of a Contact are left out; what is no SIP URI, too', () => {
    const targets = new TargetSet(FIRST);
    targets.learn(moved('<sip:c@x;method=BYE;transport=tcp?Subject=x>, <tel:123>, <mailto:a@b>'));
    expect(allOf(targets)).toEqual(['sip:c@x;transport=tcp']);
    targets.learn(moved('*'));
    expect(allOf(targets)).toEqual([]);
  });

  it('§21.6 a 6xx ends the search', () => {
    const targets = new TargetSet(FIRST);
    targets.learn(moved('<sip:c@x>'));
    targets.learn(createResponse(INVITE, 603));
    expect(targets.next()).toBeUndefined();
  });
});
