import { describe, expect, it } from 'vitest';
import {
  formatAuthentication,
  formatAuthenticationParameters,
  parseAuthentication,
  parseAuthenticationParameters,
} from '../../../../core/sip/message/authentication.ts';

describe('challenges and credentials', () => {
  it('§20.44 reads a challenge, names in lower case and values without quotes', () => {
    const text = 'Digest Realm="a, b=\\"c\\"" , nonce="x==", qop="auth,auth-int",algorithm=SHA-256, stale = FALSE';
    expect(parseAuthentication(text)).toEqual({
      ok: true,
      value: {
        scheme: 'Digest',
        parameters: new Map([
          ['realm', 'a, b="c"'],
          ['nonce', 'x=='],
          ['qop', 'auth,auth-int'],
          ['algorithm', 'SHA-256'],
          ['stale', 'FALSE'],
        ]),
      },
    });
  });

  it('takes a scheme that it does not know', () => {
    const result = parseAuthentication('Bearer token=abc+/=');
    expect(result.ok && [...result.value.parameters]).toEqual([['token', 'abc+/=']]);
    expect(parseAuthentication('Negotiate')).toEqual({
      ok: true,
      value: { scheme: 'Negotiate', parameters: new Map() },
    });
  });

  it.each([
    '',
    '"Digest"',
    'Digest realm',
    'Digest realm="a',
    'Digest realm="a" nonce="b"',
    'Digest a=1, A=2',
    'Digest =x',
  ])('refuses %j', (text) => {
    expect(parseAuthentication(text).ok).toBe(false);
  });

  it('RFC 7616 §3.3 a challenge quotes realm, nonce and qop, not algorithm and stale', () => {
    const parameters = new Map([
      ['realm', 'a "b"'],
      ['nonce', 'n'],
      ['stale', 'true'],
      ['algorithm', 'MD5'],
      ['qop', 'auth'],
    ]);
    expect(formatAuthentication({ scheme: 'Digest', parameters })).toBe(
      String.raw`Digest realm="a \"b\"", nonce="n", stale=true, algorithm=MD5, qop="auth"`,
    );
  });

  it('RFC 7616 §3.4 credentials MUST NOT quote qop and nc', () => {
    const parameters = new Map([
      ['username', 'alice'],
      ['uri', 'sip:a'],
      ['response', '00'],
      ['qop', 'auth'],
      ['nc', '00000001'],
      ['cnonce', 'c'],
    ]);
    expect(formatAuthentication({ scheme: 'Digest', parameters })).toBe(
      'Digest username="alice", uri="sip:a", response="00", qop=auth, nc=00000001, cnonce="c"',
    );
  });

  it('§20.6 Authentication-Info has no scheme', () => {
    const text = 'nextnonce="n", qop=auth, rspauth="00", cnonce="c", nc=00000001';
    const parsed = parseAuthenticationParameters(text);
    expect(parsed.ok && formatAuthenticationParameters(parsed.value)).toBe(text);
  });
});
