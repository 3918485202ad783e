import { describe, expect, it } from 'vitest';
import {
  formatDialogReference,
  parseDialogReference,
  readDialogReference,
} from '../../../../core/sip/message/dialog-reference.ts';
import { createRequest } from '../../../../core/sip/message/factory.ts';
import { formatReferTo, readReferTo } from '../../../../core/sip/message/refer-to.ts';
import { readReferredBy } from '../../../../core/sip/message/referred-by.ts';
import { formatUri, sipUri } from '../../../../core/sip/message/uri.ts';
import { formatUriHeaders, parseUriHeaders } from '../../../../core/sip/message/uri-headers.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';

const request = (...headers: (readonly [string, string])[]) =>
  createRequest({ method: 'REFER', uri: sipUri({ host: 'b' }), headers });

describe('RFC 3261 headers in a URI', () => {
  it('§19.1.1 reads back what it writes, whatever the values hold', () => {
    const fields = [
      ['Replaces', '425928@bobster.example;to-tag=7743;from-tag=6472'],
      ['Subject', 'A & B = "ü" + %41?'],
      ['Accept-Contact', '*;audio'],
    ] as const;
    const text = formatUriHeaders(fields);
    expect(text).not.toMatch(/[ "@;=]7743|[<> "]/);
    expect(parseUriHeaders(text)).toEqual({ ok: true, value: fields });
  });

  it.each(['Via=a%0D%0AVia:%20b', 'Subject=%00', 'a%0ab=c', '=x', 'x', 'Subject=%ff', 'Subject=%4', '&', 'a b=c'])(
    '§26 takes no header out of %j',
    (text) => {
      expect(parseUriHeaders(text).ok).toBe(false);
    },
  );

  it('refuses more fields than a request would ever need', () => {
    expect(parseUriHeaders(Array.from({ length: 33 }, () => 'a=b').join('&')).ok).toBe(false);
    expect(parseUriHeaders(undefined)).toEqual({ ok: true, value: [] });
  });
});

describe('RFC 3515 Refer-To', () => {
  it('§2.1 takes URI, method and headers apart, so that the URI can be a Request-URI', () => {
    const parsed = readReferTo(
      request([
        'Refer-To',
        '"Dave" <sips:dave@denver.example.org;user=phone;method=SUBSCRIBE?Replaces=12345%40192.168.118.3%3Bto-tag%3D12345%3Bfrom-tag%3D5FFE-3994>',
      ]),
    );
    expect(parsed).toMatchObject({
      ok: true,
      value: {
        displayName: 'Dave',
        method: 'SUBSCRIBE',
        headers: [['Replaces', '12345@192.168.118.3;to-tag=12345;from-tag=5FFE-3994']],
      },
    });
    expect(parsed.ok && formatUri(parsed.value.uri)).toBe('sips:dave@denver.example.org;user=phone');
  });

  it('§2.1 takes the compact form r, and an address without brackets', () => {
    expect(readReferTo(request(['r', 'sip:bob@b']))).toMatchObject({ ok: true, value: { method: 'INVITE' } });
    expect(readReferTo(request(['r', 'tel:+1-201-555-0123']))).toMatchObject({ ok: true, value: { headers: [] } });
  });

  it.each([
    ['none', []],
    ['two', ['<sip:a@b>', '<sip:c@d>']],
    ['two in one', ['<sip:a@b>, <sip:c@d>']],
    ['an unreadable one', ['<sip:>']],
    ['one with an injected header', ['<sip:a@b?X=%0d%0aVia:%20z>']],
    ['one with a strange method', ['<sip:a@b;method=IN%20VITE>']],
    ['an empty one', ['']],
  ])('§2.4.2 MUST be exactly one that can be read: %s is an error', (_what, values) => {
    expect(readReferTo(request(...values.map((value) => ['Refer-To', value] as const))).ok).toBe(false);
  });

  it('§2.1 reads back what it writes', () => {
    const referTo = {
      displayName: 'Dave "D"',
      uri: sipUri({ user: 'dave', host: 'b' }),
      method: 'INVITE',
      headers: [['Replaces', 'x@y;to-tag=1;from-tag=2']] as const,
    };
    const text = formatReferTo(referTo);
    expect(text).toBe(String.raw`"Dave \"D\"" <sip:dave@b?Replaces=x%40y%3Bto-tag%3D1%3Bfrom-tag%3D2>`);
    expect(readReferTo(request(['Refer-To', text]))).toEqual({ ok: true, value: referTo });
  });

  it('never throws on noise', () => {
    const random = new SeededRandom(7);
    for (let round = 0; round < 2000; round++) {
      const noise = Array.from({ length: random.below(40) }, () =>
        random.pick(Array.from('<>"sip:@;=?%&0d\n\\ü, ')),
      ).join('');
      expect(() => readReferTo(request(['Refer-To', noise]))).not.toThrow();
      expect(() => parseDialogReference(noise)).not.toThrow();
      expect(() => readReferredBy(request(['Referred-By', noise]))).not.toThrow();
    }
  });
});

describe('RFC 3891 Replaces', () => {
  it.each([
    ['425928@bobster.example.org;to-tag=7743;from-tag=6472', false],
    ['425928@bobster.example.org;from-tag=6472;early-only;to-tag=7743', true],
  ])('§6.1 reads %s', (text, earlyOnly) => {
    expect(parseDialogReference(text)).toEqual({
      ok: true,
      value: { callId: '425928@bobster.example.org', toTag: '7743', fromTag: '6472', earlyOnly },
    });
  });

  it('§6.1 reads back what it writes', () => {
    const dialog = { callId: 'x@y', toTag: '1', fromTag: '0', earlyOnly: true };
    expect(parseDialogReference(formatDialogReference(dialog))).toEqual({ ok: true, value: dialog });
  });

  it.each(['x', 'x;to-tag=1', 'x;from-tag=1', ';to-tag=1;from-tag=2', 'a@b@c;to-tag=1;from-tag=2', 'x;to-tag;from-tag=2',
    'x;to-tag=1;to-tag=2;from-tag=3', 'a b;to-tag=1;from-tag=2'])('§6.1 MUST have call identity and both tags: %j', (text) => {
    expect(parseDialogReference(text).ok).toBe(false);
  }); // prettier-ignore

  it('§3 more than one Replaces is an error, none is none', () => {
    const one = 'x;to-tag=1;from-tag=2';
    expect(readDialogReference(request(['Replaces', one], ['Replaces', one]), 'Replaces').ok).toBe(false);
    expect(readDialogReference(request(['Replaces', `${one},${one}`]), 'Replaces').ok).toBe(false);
    expect(readDialogReference(request(), 'Replaces')).toEqual({ ok: true, value: undefined });
  });
});

describe('RFC 3892 Referred-By', () => {
  it('§3 reads the referrer and the cid of its proof', () => {
    const referrer = readReferredBy(request(['b', '<sip:r@ref.example>;cid="20398823.2UWQFN309shb3@ref.example"']));
    expect(referrer?.parameters.get('cid')).toBe('20398823.2UWQFN309shb3@ref.example');
    expect(readReferredBy(request(['b', '<sip:a@b>'], ['b', '<sip:c@d>']))).toBeUndefined();
    expect(readReferredBy(request())).toBeUndefined();
  });
});
