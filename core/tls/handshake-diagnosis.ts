import type { Diagnosis, DiagnosisCode, DiagnosisSide } from '../base/diagnosis.ts';
import { findClientHello, type ClientHello } from './client-hello.ts';
import { describeCertificate, diagnoseChain } from './chain-diagnosis.ts';
import { readLatin1 } from './der.ts';
import { handshakeText } from './handshake-texts.ts';
import { alertName } from './tls-names.ts';

/** What is known of a TLS connection that failed. */
export interface TlsFailure {
  /** `error.code` as the run-time gives it, such as `ERR_SSL_NO_SHARED_CIPHER` or `ECONNRESET`. */
  readonly code?: string | undefined;
  /** `error.message`; read only where the code alone does not tell. */
  readonly message?: string | undefined;
  /** Our role in the handshake. */
  readonly role: 'client' | 'server';
  /** The first octets that the other end sent, where they were seen. */
  readonly firstBytes?: Uint8Array | undefined;
  /** The alert that the other end sent, where it was seen, such as `unknown_ca`. */
  readonly alert?: string | undefined;
  /** As a client: whether the server was seen to ask for a certificate. */
  readonly certificateRequested?: boolean | undefined;
  /** As a server: the type of our key. */
  readonly ownKeyType?: 'EC' | 'RSA' | undefined;
  /** The other end, as `address:port`. */
  readonly remote?: string | undefined;
  /** The name that was dialled. */
  readonly serverName?: string | undefined;
}

type Found = readonly [code: DiagnosisCode, side: DiagnosisSide];

/**
 * Explains a handshake that failed, or a connection that broke with a TLS error. Works from codes and alert numbers, whose
 * words OpenSSL and BoringSSL share, and from the first octets where TLS was not answered with TLS. `side` is `there` where
 * the other end saw the cause and only told us by an alert or by hanging up.
 */
export function diagnoseTlsError(failure: TlsFailure): Diagnosis {
  const alert = failure.alert ?? alertIn(failure);
  const reason = reasonOf(failure.code);
  const [code, side] =
    spokenInstead(failure, reason) ??
    (alert === undefined ? undefined : ([fromAlert(alert, failure), 'there'] as const)) ??
    fromReason(reason, failure);
  const evidence = {
    role: failure.role,
    ...(failure.code === undefined ? {} : { error: failure.code }),
    ...(alert === undefined ? {} : { alert }),
    ...(failure.remote === undefined ? {} : { remote: failure.remote }),
    ...(failure.serverName === undefined ? {} : { expected: failure.serverName }),
    ...offered(failure),
  };
  if (code.startsWith('cert.') && side === 'here') return { ...describeCertificate(code, side, undefined), evidence };
  return { code, side, ...handshakeText(code, failure.role, side), evidence };
}

/** `ERR_SSL_NO_SHARED_CIPHER` and `ERR_OSSL_X509_KEY_VALUES_MISMATCH` without the prefix of their library. */
function reasonOf(code: string | undefined): string {
  return (code ?? '').replace(/^ERR_(OSSL|SSL)_(?:(?:X509|EVP|PEM|SSL)_)?/, '');
}

/** The alert in a code (`..._ALERT_UNKNOWN_CA`) or in the message of an `EPROTO` (`SSL alert number 48`). */
function alertIn({ code, message }: TlsFailure): string | undefined {
  const inCode = /_ALERT_([A-Z_]+)$/.exec(code ?? '')?.[1];
  if (inCode !== undefined) return inCode.toLowerCase();
  const number = /SSL alert number (\d{1,3})/.exec(message ?? '')?.[1];
  if (number !== undefined) return alertName(Number(number));
  return undefined;
}

/** Plain text from the other end is not TLS, whatever the library calls it. */
function spokenInstead({ role, firstBytes, code, message }: TlsFailure, reason: string): Found | undefined {
  const text = readLatin1((firstBytes ?? new Uint8Array(0)).subarray(0, 512)).trimStart();
  const isHttp = /^HTTP\/|^[A-Z]+ \S+ HTTP\/\d/.test(text) || /^HTTPS?_(PROXY_)?REQUEST$/.test(reason);
  const isSip = /^SIP\/2\.0 |^[A-Z]+ \S+ SIP\/2\.0/.test(text);
  if (isHttp) return [role === 'server' ? 'tls.http-on-tls-port' : 'tls.peer-speaks-http', 'here'];
  const notTls =
    reason === 'WRONG_VERSION_NUMBER' || (code === 'EPROTO' && /wrong version number/i.test(message ?? ''));
  const nothingSeen = firstBytes === undefined || firstBytes.length === 0;
  if (isSip || (notTls && nothingSeen)) {
    return [role === 'server' ? 'tls.plain-sip-on-tls-port' : 'tls.peer-speaks-plain-sip', 'here'];
  }
  return undefined;
}

const ALERTS: Readonly<Record<string, DiagnosisCode>> = {
  unknown_ca: 'cert.unknown-ca',
  certificate_expired: 'cert.expired',
  certificate_revoked: 'cert.revoked',
  unsupported_certificate: 'cert.wrong-purpose',
  certificate_required: 'tls.client-certificate-required',
  protocol_version: 'tls.version-mismatch',
  insufficient_security: 'tls.weak-security',
  no_renegotiation: 'tls.legacy-renegotiation',
  decode_error: 'tls.decode-error',
  unexpected_message: 'tls.decode-error',
  record_overflow: 'tls.decode-error',
};

function fromAlert(alert: string, { role, certificateRequested }: TlsFailure): DiagnosisCode {
  if (alert === 'handshake_failure' && role === 'client') {
    // Up to TLS 1.2 a server says the same where the client has no certificate and where no cipher is shared.
    return certificateRequested === true ? 'tls.client-certificate-required' : 'tls.no-shared-cipher';
  }
  return ALERTS[alert] ?? `tls.alert.${alert}`;
}

const REASONS: Readonly<Record<string, DiagnosisCode>> = {
  UNSUPPORTED_PROTOCOL: 'tls.version-mismatch',
  UNKNOWN_PROTOCOL: 'tls.version-mismatch',
  UNSUPPORTED_SSL_VERSION: 'tls.version-mismatch',
  VERSION_TOO_LOW: 'tls.version-mismatch',
  NO_PROTOCOLS_AVAILABLE: 'tls.version-mismatch',
  NO_SUPPORTED_VERSIONS_ENABLED: 'tls.version-mismatch',
  WRONG_SSL_VERSION: 'tls.version-mismatch',
  TLSV13_DOWNGRADE: 'tls.version-mismatch',
  NO_SHARED_CIPHER: 'tls.no-shared-cipher',
  NO_CIPHER_MATCH: 'tls.no-shared-cipher',
  NO_CIPHERS_AVAILABLE: 'tls.no-shared-cipher',
  NO_SHARED_GROUP: 'tls.no-shared-cipher',
  NO_SUITABLE_KEY_SHARE: 'tls.no-shared-cipher',
  WRONG_CIPHER_RETURNED: 'tls.no-shared-cipher',
  NO_SUITABLE_SIGNATURE_ALGORITHM: 'tls.weak-security',
  NO_SHARED_SIGNATURE_ALGORITHMS: 'tls.weak-security',
  NO_COMMON_SIGNATURE_ALGORITHMS: 'tls.weak-security',
  DH_KEY_TOO_SMALL: 'tls.weak-security',
  BAD_DH_P_LENGTH: 'tls.weak-security',
  INAPPROPRIATE_FALLBACK: 'tls.version-mismatch',
  WRONG_CERTIFICATE_TYPE: 'tls.certificate-type-mismatch',
  UNKNOWN_CERTIFICATE_TYPE: 'tls.certificate-type-mismatch',
  NO_CERTIFICATE_SET: 'tls.server-without-certificate',
  NO_CERTIFICATE_ASSIGNED: 'tls.server-without-certificate',
  NO_CERTIFICATES_RETURNED: 'tls.server-without-certificate',
  PEER_DID_NOT_RETURN_A_CERTIFICATE: 'tls.client-certificate-required',
  UNSAFE_LEGACY_RENEGOTIATION_DISABLED: 'tls.legacy-renegotiation',
  RENEGOTIATION_MISMATCH: 'tls.legacy-renegotiation',
  NO_RENEGOTIATION: 'tls.legacy-renegotiation',
  CERTIFICATE_VERIFY_FAILED: 'cert.unknown-ca',
  KEY_USAGE_BIT_INCORRECT: 'cert.wrong-purpose',
  EE_KEY_TOO_SMALL: 'cert.weak-key',
  CA_KEY_TOO_SMALL: 'cert.weak-key',
  CA_MD_TOO_WEAK: 'cert.weak-signature',
  KEY_VALUES_MISMATCH: 'file.key-mismatch',
  KEY_TYPE_MISMATCH: 'file.key-mismatch',
  NO_START_LINE: 'file.not-pem',
  BAD_DECRYPT: 'file.passphrase',
  BAD_PASSWORD_READ: 'file.passphrase',
};

/** Errors of the socket and of the run-time around it. */
const ENDINGS: Readonly<Record<string, DiagnosisCode>> = {
  ECONNRESET: 'tls.closed-during-handshake',
  ECONNABORTED: 'tls.closed-during-handshake',
  EPIPE: 'tls.closed-during-handshake',
  UNEXPECTED_EOF_WHILE_READING: 'tls.closed-during-handshake',
  UNEXPECTED_EOF: 'tls.closed-during-handshake',
  ETIMEDOUT: 'tls.handshake-timeout',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'tls.handshake-timeout',
};

function fromReason(reason: string, failure: TlsFailure): Found {
  const ending = ENDINGS[reason];
  if (ending !== undefined || failure.code === undefined) return [ending ?? 'tls.closed-during-handshake', 'there'];
  if (failure.code === 'ERR_TLS_CERT_ALTNAME_INVALID') return ['cert.name-mismatch', 'here'];
  if (KEY_DEPENDENT.has(reason) && !suitsKey(clientHelloIn(failure), failure.ownKeyType)) {
    return ['tls.certificate-type-mismatch', 'here'];
  }
  const known = REASONS[reason];
  if (known !== undefined) return [known, 'here'];
  if (CHAIN_CODE.test(reason)) {
    const chain = { chainError: reason, chain: [], trusted: [], now: Number.POSITIVE_INFINITY, side: 'here' } as const;
    return [diagnoseChain(chain).code, 'here'];
  }
  return ['tls.decode-error', 'here'];
}

/** What node:tls calls the results of X509_verify_cert. */
const CHAIN_CODE = /^(CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_(CA|PURPOSE)$|PATH_LENGTH_|HOSTNAME_)/;

const KEY_DEPENDENT = new Set([
  'NO_SHARED_CIPHER',
  'NO_SUITABLE_SIGNATURE_ALGORITHM',
  'NO_SHARED_SIGNATURE_ALGORITHMS',
  'NO_COMMON_SIGNATURE_ALGORITHMS',
]);

/** Whether a client can use a key of our type at all, as far as its ClientHello tells. */
function suitsKey(hello: ClientHello | undefined, keyType: 'EC' | 'RSA' | undefined): boolean {
  if (hello === undefined || keyType === undefined) return true;
  const schemes = hello.signatureSchemes;
  if (schemes.length > 0 && !schemes.some((scheme) => scheme.startsWith(keyType === 'EC' ? 'ecdsa' : 'rsa')))
    return false;
  if (hello.versions.includes('TLSv1.3')) return true;
  return hello.ciphers.some((cipher) => (keyType === 'EC' ? /_ECDSA_/ : /^TLS_(EC)?(DHE_)?RSA_/).test(cipher));
}

function clientHelloIn({ role, firstBytes }: TlsFailure): ClientHello | undefined {
  if (role !== 'server' || firstBytes === undefined) return undefined;
  const found = findClientHello(firstBytes);
  return found.ok ? found.value : undefined;
}

/** What the client offered, for whoever must bring both ends together. */
function offered(failure: TlsFailure): Diagnosis['evidence'] {
  const hello = clientHelloIn(failure);
  if (hello === undefined) return {};
  return {
    offeredVersions: hello.versions,
    offeredCiphers: hello.ciphers,
    ...(hello.serverName === undefined ? {} : { serverName: hello.serverName }),
  };
}
