import { describe, expect, it } from 'vitest';
import { recognizeProtocol } from '../../../core/sip/transport/first-octets.ts';
import { diagnoseTlsError, type TlsFailure } from '../../../core/tls/handshake-diagnosis.ts';
import { HandshakeInspector } from '../../../core/tls/handshake-inspector.ts';
import type { HandshakeTree } from '../../../core/tls/handshake-tree.ts';

const seen = (octets: string, more: Partial<HandshakeTree> = {}): HandshakeTree => {
  const inspector = new HandshakeInspector({
    role: 'client',
    watched: 'records',
    recognize: recognizeProtocol,
    now: () => 0,
  });
  inspector.feed('received', new TextEncoder().encode(octets));
  return { ...inspector.tree, ...more };
};
const fatal = (alert: string): HandshakeTree =>
  seen('', { alerts: [{ direction: 'received', level: 'fatal', alert, encrypted: false, atMs: 1 }] });
const request = { types: ['ecdsa_sign'], signatureSchemes: [], authorities: [] };
const EPROTO_ALERT =
  'C0:error:0A000410:SSL routines:ssl3_read_bytes:ssl/tls alert handshake failure:x.c:918:SSL alert number 40';

describe('a TLS error', () => {
  it.each<[TlsFailure, string]>([
    // What the other end speaks instead of TLS.
    [
      { role: 'server', code: 'ERR_SSL_WRONG_VERSION_NUMBER', seen: seen('REGISTER sip:a SIP/2.0\r\n') },
      'tls.plain-sip-on-tls-port here',
    ],
    [{ role: 'server', code: 'ERR_SSL_WRONG_VERSION_NUMBER' }, 'tls.plain-sip-on-tls-port here'],
    [{ role: 'server', code: 'ERR_SSL_HTTP_REQUEST' }, 'tls.http-on-tls-port here'],
    [
      { role: 'server', code: 'ERR_SSL_WRONG_VERSION_NUMBER', seen: seen('GET / HTTP/1.1\r\n') },
      'tls.http-on-tls-port here',
    ],
    [
      { role: 'client', code: 'ERR_SSL_WRONG_VERSION_NUMBER', seen: seen('SIP/2.0 400 Bad Request\r\n') },
      'tls.peer-speaks-plain-sip here',
    ],
    [{ role: 'client', code: 'ERR_SSL_WRONG_VERSION_NUMBER' }, 'tls.peer-speaks-plain-sip here'],
    [
      { role: 'client', code: 'ERR_SSL_WRONG_VERSION_NUMBER', seen: seen('HTTP/1.1 400 Bad Request\r\n') },
      'tls.peer-speaks-http here',
    ],
    [
      { role: 'client', code: 'ECONNRESET', seen: seen('SIP/2.0 400 Bad Request\r\n') },
      'tls.peer-speaks-plain-sip here',
    ],
    [
      { role: 'client', code: 'ERR_SSL_WRONG_VERSION_NUMBER', seen: seen('220 mail.example ESMTP\r\n') },
      'tls.decode-error here',
    ],
    // Versions and ciphers.
    [{ role: 'server', code: 'ERR_SSL_UNSUPPORTED_PROTOCOL' }, 'tls.version-mismatch here'],
    [{ role: 'client', code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' }, 'tls.version-mismatch there'],
    [{ role: 'client', code: 'ERR_SSL_NO_PROTOCOLS_AVAILABLE' }, 'tls.version-mismatch here'],
    [{ role: 'server', code: 'ERR_SSL_NO_SHARED_CIPHER' }, 'tls.no-shared-cipher here'],
    [{ role: 'client', code: 'EPROTO', message: EPROTO_ALERT }, 'tls.no-shared-cipher there'],
    [{ role: 'client', code: 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE' }, 'tls.no-shared-cipher there'],
    [{ role: 'client', code: 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE' }, 'tls.no-shared-cipher there'],
    [{ role: 'client', code: 'ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY' }, 'tls.weak-security there'],
    [{ role: 'server', code: 'ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM' }, 'tls.weak-security here'],
    // Client certificates.
    [{ role: 'server', code: 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE' }, 'tls.client-certificate-required here'],
    [{ role: 'client', code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED' }, 'tls.client-certificate-required there'],
    [{ role: 'client', code: 'ERR_SSL_TLSV1_ALERT_CERTIFICATE_REQUIRED' }, 'tls.client-certificate-required there'],
    [
      { role: 'client', code: 'EPROTO', message: EPROTO_ALERT, seen: seen('', { certificateRequest: request }) },
      'tls.client-certificate-required there',
    ],
    [
      {
        role: 'client',
        code: 'EPROTO',
        message: EPROTO_ALERT,
        ownCertificate: true,
        seen: seen('', { certificateRequest: request }),
      },
      'tls.no-shared-cipher there',
    ],
    // What the other end thinks of our certificate.
    [{ role: 'server', code: 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA' }, 'cert.unknown-ca there'],
    [{ role: 'server', code: 'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_EXPIRED' }, 'cert.expired there'],
    [{ role: 'server', code: 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED' }, 'cert.revoked there'],
    [{ role: 'server', code: 'ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE' }, 'cert.wrong-purpose there'],
    [{ role: 'server', code: 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE' }, 'tls.alert.bad_certificate there'],
    [{ role: 'server', code: 'ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN' }, 'tls.alert.certificate_unknown there'],
    [
      { role: 'client', code: 'ERR_SSL_TLSV1_UNRECOGNIZED_NAME', seen: fatal('unrecognized_name') },
      'tls.alert.unrecognized_name there',
    ],
    [{ role: 'client', code: 'ECONNRESET', seen: fatal('access_denied') }, 'tls.alert.access_denied there'],
    // What we think of its certificate.
    [{ role: 'client', code: 'CERT_HAS_EXPIRED' }, 'cert.expired here'],
    [{ role: 'client', code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'cert.self-signed here'],
    [{ role: 'client', code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' }, 'cert.unknown-ca here'],
    [{ role: 'client', code: 'ERR_TLS_CERT_ALTNAME_INVALID' }, 'cert.name-mismatch here'],
    [{ role: 'client', code: 'ERR_SSL_KEY_USAGE_BIT_INCORRECT' }, 'cert.wrong-purpose here'],
    [{ role: 'client', code: 'ERR_SSL_EE_KEY_TOO_SMALL' }, 'cert.weak-key here'],
    [{ role: 'server', code: 'ERR_SSL_CA_MD_TOO_WEAK' }, 'cert.weak-signature here'],
    // Endings and files.
    [{ role: 'client', code: 'ECONNRESET' }, 'tls.closed-during-handshake there'],
    [{ role: 'server', code: 'ERR_SSL_UNEXPECTED_EOF_WHILE_READING' }, 'tls.closed-during-handshake there'],
    [{ role: 'client', code: 'ERR_TLS_HANDSHAKE_TIMEOUT' }, 'tls.handshake-timeout there'],
    [{ role: 'server', code: 'ERR_TLS_RENEGOTIATION_DISABLED' }, 'tls.alert.no_renegotiation there'],
    [{ role: 'client', code: 'ERR_SSL_UNSAFE_LEGACY_RENEGOTIATION_DISABLED' }, 'tls.legacy-renegotiation here'],
    [{ role: 'server', code: 'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC' }, 'tls.decode-error here'],
    [{ role: 'server', code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' }, 'file.key-mismatch here'],
    [{ role: 'server', code: 'ERR_OSSL_PEM_NO_START_LINE' }, 'file.not-pem here'],
    [{ role: 'server', code: 'ERR_OSSL_BAD_DECRYPT' }, 'file.passphrase here'],
    [{ role: 'server' }, 'tls.closed-during-handshake there'],
  ])('%j is %s', (failure, expected) => {
    const { code, side, summary, cure } = diagnoseTlsError(failure);
    expect(`${code} ${side}`).toBe(expected);
    expect(summary).toMatch(/\.$/);
    expect(cure).toMatch(/\.$/);
    expect(summary).not.toContain(code);
  });

  it('carries what was seen', () => {
    const { evidence } = diagnoseTlsError({
      role: 'server',
      code: 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
      remote: '192.0.2.1:5061',
      serverName: 'pbx.example.com',
    });
    expect(evidence).toEqual({
      role: 'server',
      error: 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
      alert: 'unknown_ca',
      remote: '192.0.2.1:5061',
      expected: 'pbx.example.com',
    });
  });
});
