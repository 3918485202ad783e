import { describe, expect, it } from 'vitest';
import { formatUri, isSipUri, parseHostPort, parseUri, sipUri } from '../../../../core/sip/message/uri.ts';

describe('parseUri', () => {
  it.each([
    ['sip:example.com', { scheme: 'sip', host: 'example.com', parameters: new Map() }],
    ['SIPS:Bob@Example.COM', { scheme: 'sips', user: 'Bob', host: 'example.com', parameters: new Map() }],
    ['sip:a:b@c:1', { scheme: 'sip', user: 'a', password: 'b', host: 'c', port: 1, parameters: new Map() }],
    ['sip:a:@c', { scheme: 'sip', user: 'a', password: '', host: 'c', parameters: new Map() }],
    ['sip:a;b?c@d', { scheme: 'sip', user: 'a;b?c', host: 'd', parameters: new Map() }],
    ['sip:%61%40b@c', { scheme: 'sip', user: 'a@b', host: 'c', parameters: new Map() }],
    ['sip:a@[2001:DB8::1]:5061', { scheme: 'sip', user: 'a', host: '2001:db8::1', port: 5061, parameters: new Map() }],
    ['sip:[::1]', { scheme: 'sip', host: '::1', parameters: new Map() }],
    ['sip:c;LR;transport=TCP', { scheme: 'sip', host: 'c', parameters: new Map([['lr', null], ['transport', 'TCP']]) }],
    ['sip:c;x=a%3Bb', { scheme: 'sip', host: 'c', parameters: new Map([['x', 'a;b']]) }],
    ['sip:c;x=?y=z;w', { scheme: 'sip', host: 'c', parameters: new Map([['x', '']]), headers: 'y=z;w' }],
    ['sip:c?subject=a%20b', { scheme: 'sip', host: 'c', parameters: new Map(), headers: 'subject=a%20b' }],
    ['tel:+1-201-555-0123;ext=1', { scheme: 'tel', number: '+1-201-555-0123', parameters: new Map([['ext', '1']]) }],
    ['mailto:a@b', { scheme: 'other', text: 'mailto:a@b' }],
    ['sipx:a', { scheme: 'other', text: 'sipx:a' }],
  ])('§19.1 reads %s', (text, uri) => {
    expect(parseUri(text)).toEqual({ ok: true, value: uri });
  }); // prettier-ignore

  it.each([
    '',
    'sip',
    ':a',
    'sip:',
    'sip:@b',
    'sip:a@',
    'sip:a@b@c',
    'sip:a@b:',
    'sip:a@b:x',
    'sip:a@b:65536',
    'sip:a@b:123456',
    'sip:a b@c',
    'sip:a@b c',
    'sip:a@b;x y',
    'sip:a@b?x y',
    'sip:a@b;',
    'sip:a@b;;lr',
    'sip:a@b;=x',
    'sip:%zz@b',
    'sip:a:%zz@b',
    'sip:a@b;x=%zz',
    'sip:a@[::1',
    'sip:a@::1',
    'sip:a@b\u0000',
    'sip:<a>@b',
    'tel:',
    'tel:alice',
    'tel:1 2',
    'tel:1;=x',
    '1x:a',
    'http://a b',
  ])('refuses %j', (text) => {
    expect(parseUri(text).ok).toBe(false);
  });

  it('reads a part of a text and nothing beyond it', () => {
    const text = '<sip:a;b>;c@d?e:1';
    expect(parseUri(text, 1, 8)).toEqual({
      ok: true,
      value: { scheme: 'sip', host: 'a', parameters: new Map([['b', null]]) },
    });
  });
});

describe('formatUri', () => {
  it.each([
    'sip:bob@example.com',
    'sips:bob:secret@example.com:5061;transport=tcp;lr?subject=x',
    'sip:a%40b%00@[2001:db8::1]:5060',
    'sip:+1234;phone-context=x@example.com;user=phone',
    'tel:+1-201-555-0123;phone-context=example.com',
    'urn:service:sos',
  ])('writes %s as it was read', (text) => {
    const uri = parseUri(text);
    expect(uri.ok && formatUri(uri.value)).toBe(text);
  });

  it('§19.1.2 escapes what a part must not hold, so that nothing can be smuggled in', () => {
    const uri = sipUri({ user: 'a@b:c>\r\n', host: '[::1]', parameters: new Map([['x', 'y;z?"']]) });
    expect(formatUri(uri)).toBe('sip:a%40b%3Ac%3E%0D%0A@[::1];x=y%3Bz%3F%22');
  });
});

describe('isSipUri and parseHostPort', () => {
  it('tells SIP from the rest', () => {
    const kinds = ['sip:a', 'sips:a', 'tel:1', 'x:y'].map((text) => {
      const uri = parseUri(text);
      return uri.ok && isSipUri(uri.value);
    });
    expect(kinds).toEqual([true, true, false, false]);
  });

  it('reads host and port', () => {
    expect(parseHostPort('EXAMPLE.com:5060')).toEqual({ ok: true, value: { host: 'example.com', port: 5060 } });
    expect(parseHostPort('[::1]')).toEqual({ ok: true, value: { host: '::1' } });
    expect(parseHostPort('a:').ok).toBe(false);
    expect(parseHostPort('[]').ok).toBe(false);
    expect(parseHostPort('[::1]x').ok).toBe(false);
  });
});
