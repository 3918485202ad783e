import { describe, expect, it } from 'vitest';
import { MASK, redactSip } from '../../../core/trace/redaction.ts';

const lines = (...text: string[]): string => text.join('\r\n');

describe('redactSip', () => {
  it('masks the response of digest credentials and leaves the rest to be read', () => {
    const masked = redactSip(
      lines(
        'REGISTER sip:example.org SIP/2.0',
        'Authorization: Digest username="bob", realm="r", nonce="n", uri="sip:example.org", response="5ccc069c403ebaf9"',
        'proxy-authorization : Digest username="bob",',
        ' response=0123456789abcdef, opaque="x"',
        'Contact: <sip:bob@192.0.2.1>',
      ),
    );
    expect(masked).not.toMatch(/5ccc069c403ebaf9|0123456789abcdef/);
    expect(masked).toContain(`username="bob", realm="r", nonce="n", uri="sip:example.org", response="${MASK}"`);
    expect(masked).toContain(`response="${MASK}", opaque="x"`);
    expect(masked).toContain('Contact: <sip:bob@192.0.2.1>');
  });

  it('masks credentials of other schemes whole', () => {
    expect(redactSip('Authorization: Basic Ym9iOnNlY3JldA==\r\nX: y')).toBe(`Authorization: Basic ${MASK}\r\nX: y`);
    expect(redactSip('Authorization: Ym9iOnNlY3JldA==')).not.toContain('secret==');
  });

  it('masks SRTP keys in every crypto attribute and keeps suite, lifetime and MKI', () => {
    const key = 'WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz';
    const masked = redactSip(
      lines(`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${key}|2^20|1:4;inline:${key}|2^20|2:4 FEC_ORDER=FEC_SRTP`, ''),
    );
    expect(masked).toBe(
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${MASK}|2^20|1:4;inline:${MASK}|2^20|2:4 FEC_ORDER=FEC_SRTP\r\n`,
    );
  });

  it('masks ICE passwords, SDP keys, passwords in URIs and the proof of a server', () => {
    const masked = redactSip(
      lines(
        'INVITE sips:alice:planted1@example.org:5061;transport=tls SIP/2.0',
        'From: <sip:bob:planted2@example.org>;tag=1',
        'Authentication-Info: nextnonce="n", rspauth="planted3"',
        '',
        'k=base64:planted4',
        'a=ice-pwd:planted5',
        'a=ice-ufrag:F7gI',
      ),
    );
    expect(masked).not.toContain('planted');
    expect(masked).toContain('INVITE sips:alice:[secret]@example.org:5061;transport=tls SIP/2.0');
    expect(masked).toContain('a=ice-ufrag:F7gI');
  });

  it('leaves a message without secrets as it is', () => {
    const text = lines(
      'OPTIONS sip:carol@chicago.com SIP/2.0',
      'Via: SIP/2.0/TCP [2001:db8::1]:5060;branch=z9hG4bK1',
      '',
    );
    expect(redactSip(text)).toBe(text);
  });

  it('takes long hostile text in linear time', () => {
    const started = performance.now();
    for (const part of ['sip:a:', 'inline:', 'Authorization: ', 'response="', '\r\n ', 'rspauth=']) {
      redactSip(part.repeat(20_000));
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
