import { describe, expect, it } from 'vitest';
import { parseAlternativeNames } from '../../../core/tls/alternative-names-text.ts';

describe('alternative names as text', () => {
  it('are read as OpenSSL and gentls_cert write them', () => {
    expect(parseAlternativeNames('DNS:a.example, URI:sip:a.example;x=1,IP:192.0.2.1,IP Address:2001:db8::1')).toEqual({
      ok: true,
      value: { dns: ['a.example'], uris: ['sip:a.example;x=1'], ips: ['192.0.2.1', '2001:db8::1'] },
    });
  });

  it('without a prefix are what they look like', () => {
    expect(parseAlternativeNames('a.example,192.0.2.1,[::1],sip:b.example')).toEqual({
      ok: true,
      value: { dns: ['a.example'], uris: ['sip:b.example'], ips: ['192.0.2.1', '::1'] },
    });
  });

  it.each(['email:me@a.example', 'DNS:', 'dirName:x', 'otherName:1.2.3;UTF8:x'])('%s is refused', (text) => {
    expect(parseAlternativeNames(`DNS:ok.example,${text}`)).toEqual({ ok: false, error: text });
  });
});
