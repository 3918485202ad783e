import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../../core/base/secret.ts';
import {
  digestResponse,
  equalInConstantTime,
  formatDigestAlgorithm,
  parseDigestAlgorithm,
  type DigestInput,
} from '../../../../core/sip/auth/digest.ts';
import { hmacSha256 } from '../../../../core/sip/auth/hmac.ts';
import { hash } from './node-hash.ts';

const RFC_7616: Omit<DigestInput, 'algorithm'> = {
  username: 'Mufasa',
  realm: 'http-auth@example.org',
  password: new Secret('Circle of Life'),
  nonce: '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v',
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
  nonceCount: '00000001',
  qop: 'auth',
  method: 'GET',
  uri: '/dir/index.html',
  body: new Uint8Array(0),
};

const RFC_2617: DigestInput = {
  ...RFC_7616,
  algorithm: { hash: 'MD5', session: false },
  realm: 'testrealm@host.com',
  password: new Secret('Circle Of Life'),
  nonce: 'dcd98b7102dd2f0e8b11d0f600bfb0c093',
  cnonce: '0a4f113b',
};

describe('digest response', () => {
  it('RFC 2617 §3.5 the example', () => {
    expect(digestResponse(hash, RFC_2617)).toBe('6629fae49393a05397450978507c4ef1');
  });

  it('RFC 7616 §3.9.1 the example with MD5', () => {
    const algorithm = { hash: 'MD5', session: false } as const;
    expect(digestResponse(hash, { ...RFC_7616, algorithm })).toBe('8ca523f5e9506fed4657c9700eebdbec');
  });

  it('RFC 7616 §3.9.1 the example with SHA-256', () => {
    const algorithm = { hash: 'SHA-256', session: false } as const;
    expect(digestResponse(hash, { ...RFC_7616, algorithm })).toBe(
      '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    );
  });

  it('RFC 7616 §3.9.2 the example with SHA-512-256, as corrected by erratum 4897', () => {
    expect(
      digestResponse(hash, {
        algorithm: { hash: 'SHA-512-256', session: false },
        username: 'J\u00e4s\u00f8n Doe',
        realm: 'api@example.org',
        password: new Secret('Secret, or not?'),
        nonce: '5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK',
        cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
        nonceCount: '00000001',
        qop: 'auth',
        method: 'GET',
        uri: '/doe.json',
        body: new Uint8Array(0),
      }),
    ).toBe('3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5');
  });

  it('RFC 2617 §3.2.2.1 without qop neither nonce count nor cnonce count', () => {
    const old = { ...RFC_2617, qop: undefined };
    expect(digestResponse(hash, old)).toBe('670fd8c2df070c60b045671b8b24ff02');
    expect(digestResponse(hash, { ...old, nonceCount: '0000000f', cnonce: 'x' })).toBe(digestResponse(hash, old));
  });

  it('RFC 7616 §3.4.2 -sess MUST mix nonce and cnonce into A1', () => {
    const text = (value: string) => hash.hex('MD5', new TextEncoder().encode(value));
    const a1 = text(`${text('Mufasa:testrealm@host.com:Circle Of Life')}:${RFC_2617.nonce}:0a4f113b`);
    const expected = text(`${a1}:${RFC_2617.nonce}:00000001:0a4f113b:auth:${text('GET:/dir/index.html')}`);
    expect(digestResponse(hash, { ...RFC_2617, algorithm: { hash: 'MD5', session: true } })).toBe(expected);
  });

  it('RFC 7616 §3.4.3 auth-int MUST cover the body', () => {
    const empty = digestResponse(hash, { ...RFC_2617, qop: 'auth-int' });
    const full = digestResponse(hash, { ...RFC_2617, qop: 'auth-int', body: new Uint8Array([1]) });
    expect(empty).not.toBe(full);
    expect(digestResponse(hash, { ...RFC_2617, body: new Uint8Array([1]) })).toBe(digestResponse(hash, RFC_2617));
  });
});

describe('algorithm', () => {
  it.each([
    [undefined, 'MD5'],
    ['md5', 'MD5'],
    ['MD5-sess', 'MD5-sess'],
    ['sha-256', 'SHA-256'],
    ['SHA-512-256-sess', 'SHA-512-256-sess'],
  ])('RFC 7616 §3.3 %s is %s', (text, printed) => {
    const algorithm = parseDigestAlgorithm(text);
    expect(algorithm && formatDigestAlgorithm(algorithm)).toBe(printed);
  });

  it.each(['', 'SHA-1', 'SHA-512', 'token', '-sess'])('RFC 7616 §3.3 "%s" is not known', (text) => {
    expect(parseDigestAlgorithm(text)).toBeUndefined();
  });
});

it('RFC 2104 HMAC-SHA-256 is what Node computes', () => {
  for (const length of [0, 1, 32, 64]) {
    const key = new Uint8Array(length).map((_, index) => index * 7);
    expect(hmacSha256(hash, key, 'Sotto')).toBe(createHmac('sha256', key).update('Sotto').digest('hex'));
  }
});

it('equalInConstantTime compares every character', () => {
  expect(equalInConstantTime('abc', 'abc')).toBe(true);
  for (const other of ['', 'ab', 'abcd', 'xbc', 'axc', 'abx']) expect(equalInConstantTime('abc', other)).toBe(false);
});
