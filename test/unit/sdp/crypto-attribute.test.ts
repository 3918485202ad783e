import { describe, expect, it } from 'vitest';
import { formatCryptoAttribute, parseCryptoAttribute } from '../../../core/sdp/crypto-attribute.ts';

const KEY_30 = btoa('k'.repeat(30));

describe('RFC 4568 §9.1 a=crypto', () => {
  it('is written as it was read', () => {
    const line = `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}`;
    const read = parseCryptoAttribute(line);
    expect(read.ok && formatCryptoAttribute(read.value)).toBe(line);
  });

  it('reads the other spelling of a suite and writes the registered one', () => {
    const key = btoa('k'.repeat(46));
    const read = parseCryptoAttribute(`2 AES_CM_256_HMAC_SHA1_80 inline:${key}`);
    expect(read.ok && formatCryptoAttribute(read.value)).toBe(`2 AES_256_CM_HMAC_SHA1_80 inline:${key}`);
  });

  it.each([
    ['a lifetime as a power of two', `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}|2^20`],
    ['a lifetime as a number', `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}|1048576`],
    ['KDR=0, which is the default', `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30} KDR=0`],
    ['a parameter that may be ignored (§6.3.7)', `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30} -NEW=1`],
  ])('takes %s', (_, line) => {
    expect(parseCryptoAttribute(line).ok).toBe(true);
  });

  it.each([
    ['an unknown suite', `1 F8_128_HMAC_SHA1_80 inline:${KEY_30}`, 'unknown-suite'],
    ['a suite without authentication', `1 AES_CM_128_NULL_AUTH inline:${KEY_30}`, 'unknown-suite'],
    ['a key of the wrong length', `1 AES_CM_128_HMAC_SHA1_80 inline:${btoa('short')}`, 'malformed'],
    ['a key that is not base64', '1 AES_CM_128_HMAC_SHA1_80 inline:????', 'malformed'],
    ['a line without a key', '1 AES_CM_128_HMAC_SHA1_80', 'malformed'],
    ['unencrypted SRTP', `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30} UNENCRYPTED_SRTP`, 'unsupported'],
    ['unauthenticated SRTP, also as the second parameter', `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30} KDR=0 UNAUTHENTICATED_SRTP`, 'unsupported'],
    ['a key derivation rate', `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30} KDR=1`, 'unsupported'],
    ['a master key identifier', `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}|2^20|1:4`, 'unsupported'],
    ['several master keys', `1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30}|1:4;inline:${KEY_30}|2:4`, 'unsupported'],
  ])('refuses %s', (_, line, kind) => {
    const read = parseCryptoAttribute(line);
    expect(read.ok ? 'accepted' : read.error.kind).toBe(kind);
  });

  it('never tells the key in an error', () => {
    const read = parseCryptoAttribute(`1 AES_CM_128_HMAC_SHA1_80 inline:${KEY_30} KDR=1`);
    expect(JSON.stringify(read)).not.toContain(KEY_30);
  });
}); // prettier-ignore
