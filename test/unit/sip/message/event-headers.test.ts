import { describe, expect, it } from 'vitest';
import { eventType, formatEvent, isSameEvent, parseEvent, readEvent } from '../../../../core/sip/message/event.ts';
import { createRequest } from '../../../../core/sip/message/factory.ts';
import { sipUri } from '../../../../core/sip/message/uri.ts';
import {
  formatSubscriptionState,
  parseSubscriptionState,
  readSubscriptionState,
} from '../../../../core/sip/message/subscription-state.ts';

const notify = (headers: readonly (readonly [string, string])[]) =>
  createRequest({ method: 'NOTIFY', uri: sipUri({ host: 'b' }), headers });

describe('RFC 6665 Event', () => {
  it('§8.4 reads package, template, id and other parameters, and writes them again', () => {
    const parsed = parseEvent('dialog.winfo;id=17;sla');
    expect(parsed).toMatchObject({ ok: true, value: { name: 'dialog.winfo', id: '17' } });
    expect(parsed.ok && formatEvent(parsed.value)).toBe('dialog.winfo;id=17;sla');
    expect(formatEvent(eventType('refer', '93809823'))).toBe('refer;id=93809823');
    expect(formatEvent(eventType('refer'))).toBe('refer');
  });

  it('§8.2.1 compares name and id octet by octet, and no other parameter', () => {
    expect(isSameEvent(eventType('refer', '1'), eventType('refer', '1'))).toBe(true);
    expect(isSameEvent(eventType('refer', '1'), eventType('refer'))).toBe(false);
    expect(isSameEvent(eventType('Refer'), eventType('refer'))).toBe(false);
    const more = parseEvent('dialog;call-id=x');
    expect(more.ok && isSameEvent(more.value, eventType('dialog'))).toBe(true);
  });

  it.each(['', ' ', ';id=1', 'refer id', 'a/b', 'refer;id="x', '\u0000', 'refer;id=1;id=2'])('refuses %j', (text) => {
    expect(parseEvent(text).ok).toBe(false);
  });

  it('§7.1.1 takes the compact form o, and no event where there are two', () => {
    expect(readEvent(notify([['o', 'presence']]))?.name).toBe('presence');
    expect(readEvent(notify([['Event', 'a'], ['Event', 'b']]))).toBeUndefined(); // prettier-ignore
    expect(readEvent(notify([]))).toBeUndefined();
  });
});

describe('RFC 6665 Subscription-State', () => {
  it.each([
    ['active;expires=600', { state: 'active', expires: 600 }],
    ['Pending ; Expires = 5', { state: 'pending', expires: 5 }],
    ['terminated;reason=Probation;retry-after=30', { state: 'terminated', reason: 'probation', retryAfter: 30 }],
    ['terminated;retry-after=99999999999', { state: 'terminated', retryAfter: undefined }],
    ['active;expires=-1', { state: 'active', expires: undefined }],
    ['paused', { state: 'active' }],
    ['terminated;reason="give up"', { state: 'terminated', reason: undefined }],
  ])('§8.2.3 reads %s', (text, value) => {
    expect(parseSubscriptionState(text)).toMatchObject({ ok: true, value });
  });

  it.each(['', '=', ';expires=1', 'active;;', 'active;expires'])('never throws, whatever stands there: %j', (text) => {
    expect(() => parseSubscriptionState(text)).not.toThrow();
  });

  it('§8.2.3 writes what it reads', () => {
    const text = 'terminated;reason=giveup;retry-after=10';
    const parsed = parseSubscriptionState(text);
    expect(parsed.ok && formatSubscriptionState(parsed.value)).toBe(text);
    expect(formatSubscriptionState({ state: 'active', expires: 3600 })).toBe('active;expires=3600');
    expect(readSubscriptionState(notify([]))).toBeUndefined();
  });
});
