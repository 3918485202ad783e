import { describe, expect, it } from 'vitest';
import { callSecurity } from '../../../core/media/call-security.ts';
import type { TlsSecurity } from '../../../core/tls/tls-security.ts';

const TLS: TlsSecurity = {
  protocol: 'TLSv1.3',
  cipher: 'TLS_AES_256_GCM_SHA384',
  group: undefined,
  peerVerified: true,
  peerName: 'pbx.example.org',
  clientCertificate: false,
  peerFingerprint: undefined,
  peerNotAfter: undefined,
};
const UNVERIFIED: TlsSecurity = { ...TLS, peerVerified: false, peerName: undefined };
const SUITE = 'AES_CM_128_HMAC_SHA1_80';

describe('the sign of security', () => {
  it.each([
    ['nothing is connected yet', null, undefined, 'checking', []],
    ['verified TLS, no sound yet', TLS, undefined, 'checking', []],
    ['verified TLS and SRTP', TLS, SUITE, 'encrypted', []],
    ['verified TLS and plain RTP', TLS, null, 'signalling', ['plain-media']],
    ['TLS that was not verified and SRTP', UNVERIFIED, SUITE, 'open', ['keys-to-unverified-server']],
    ['TLS that was not verified and plain RTP', UNVERIFIED, null, 'open', ['unverified-server', 'plain-media']],
    ['SRTP whose keys went over plain SIP', undefined, SUITE, 'open', ['keys-in-clear']],
    ['nothing encrypted', undefined, null, 'open', ['plain-signalling', 'plain-media']],
  ] as const)('when %s', (_, signalling, suite, state, reasons) => {
    expect(callSecurity({ signalling, suite })).toEqual({ state, reasons });
  });
});
