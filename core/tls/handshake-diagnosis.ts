import type { Diagnosis, DiagnosisCode, DiagnosisSide } from '../base/diagnosis.ts';
import type { ClientHello } from './client-hello.ts';
import { describeCertificate, diagnoseChain } from './chain-diagnosis.ts';
import { handshakeText } from './handshake-texts.ts';
import type { HandshakeTree } from './handshake-tree.ts';
import { alertName } from './tls-names.ts';

/** What is known of a TLS connection that failed. */
export interface TlsFailure {
  /** `error.code` as the run-time gives it, such as `ERR_SSL_NO_SHARED_CIPHER` or `ECONNRESET`. */
  readonly code?: string | undefined;
  /** `error.message`; read only where the code alone does not tell. */
  readonly message?: string | undefined;
  /** Our role in the handshake. */
  readonly role: 'client' | 'server';
  /** What was seen of the handshake. */
  readonly seen?: HandshakeTree | undefined;
  /** As a client: whether we have a certificate of our own to show. */
  readonly ownCertificate?: boolean | undefined;
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
 * words OpenSSL and BoringSSL share, and from what the inspector saw. `side` is `there` where the other end saw the cause and
 * only told us by an alert or by hanging up.
 */
export function diagnoseTlsError(failure: TlsFailure): Diagnosis {
  const alert = alertOf(failure);
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

/** The alert that ended the handshake: the one that was seen in clear, else what the library made of it. */
function alertOf(failure: TlsFailure): string | undefined {
  const seen = failure.seen?.alerts.find(({ direction, level }) => direction === 'received' && level === 'fatal');
  return seen?.alert ?? alertIn(failure);
}

/** The alert in a code (`..._ALERT_UNKNOWN_CA`) or in the message of an `EPROTO` (`SSL alert number 48`). */
export function alertIn({ code, message }: Pick<TlsFailure, 'code' | 'message'>): string | undefined {
  const inCode = /_ALERT_([A-Z_]+)$/.exec(code ?? '')?.[1];
  if (inCode !== undefined) return inCode.toLowerCase();
  const number = /SSL alert number (\d{1,3})/.exec(message ?? '')?.[1];
  if (number !== undefined) return alertName(Number(number));
  return undefined;
}

/** What is no TLS from the other end is not TLS, whatever the library calls it. */
function spokenInstead({ role, seen }: TlsFailure, reason: string): Found | undefined {
  const spoken = seen?.spoken ?? (/^HTTPS?_(PROXY_)?REQUEST$/.test(reason) ? 'http' : undefined);
  if (spoken === 'http') return [role === 'server' ? 'tls.http-on-tls-port' : 'tls.peer-speaks-http', 'here'];
  if (spoken === 'sip' || (seen === undefined && reason === 'WRONG_VERSION_NUMBER')) {
    return [role === 'server' ? 'tls.plain-sip-on-tls-port' : 'tls.peer-speaks-plain-sip', 'here'];
  }
  return spoken === undefined ? undefined : ['tls.decode-error', 'here'];
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

function fromAlert(alert: string, { role, seen, ownCertificate }: TlsFailure): DiagnosisCode {
  if (role === 'server') return ALERTS[alert] ?? `tls.alert.${alert}`;
  if (alert === 'handshake_failure') {
    // Up to TLS 1.2 a server says the same where the client has no certificate and where no cipher is shared: the one after
    // it asked for a certificate, the other instead of its ServerHello.
    if (seen?.certificateRequest !== undefined && ownCertificate !== true) return 'tls.client-certificate-required';
    return seen?.serverHello === undefined ? 'tls.no-shared-cipher' : 'tls.alert.handshake_failure';
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
  ERR_TLS_RENEGOTIATION_DISABLED: 'tls.alert.no_renegotiation',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'tls.handshake-timeout',
};

function fromReason(reason: string, failure: TlsFailure): Found {
  const ending = ENDINGS[reason];
  if (ending !== undefined || failure.code === undefined) return [ending ?? 'tls.closed-during-handshake', 'there'];
  if (failure.code === 'ERR_TLS_CERT_ALTNAME_INVALID') return ['cert.name-mismatch', 'here'];
  if (KEY_DEPENDENT.has(reason) && !suitsKey(failure.seen?.clientHello, failure.ownKeyType)) {
    return ['tls.certificate-type-mismatch', 'here'];
  }
  const known = REASONS[reason];
  if (known !== undefined) return [known, 'here'];
  if (isChainCode(reason)) {
    const chain = { chainError: reason, chain: [], trusted: [], now: Number.POSITIVE_INFINITY, side: 'here' } as const;
    return [diagnoseChain(chain).code, 'here'];
  }
  return ['tls.decode-error', 'here'];
}

/** What node:tls calls the results of X509_verify_cert. */
const CHAIN_CODE = /^(CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_(CA|PURPOSE)$|PATH_LENGTH_|HOSTNAME_)/;

/** Whether an error is about the chain of certificates that the other end showed. */
export function isChainCode(code: string | undefined): boolean {
  return code !== undefined && CHAIN_CODE.test(code);
}

const KEY_DEPENDENT = new Set([
  'NO_SHARED_CIPHER',
  'NO_SUITABLE_SIGNATURE_ALGORITHM',
  'NO_SHARED_SIGNATURE_ALGORITHMS',
  'NO_COMMON_SIGNATURE_ALGORITHMS',
]);

/** Whether a client can use a key of our type at all, as far as its ClientHello tells. */
export function suitsKey(hello: ClientHello | undefined, keyType: 'EC' | 'RSA' | undefined): boolean {
  if (hello === undefined || keyType === undefined) return true;
  const schemes = hello.signatureSchemes;
  if (schemes.length > 0 && !schemes.some((scheme) => scheme.startsWith(keyType === 'EC' ? 'ecdsa' : 'rsa')))
    return false;
  if (hello.versions.includes('TLSv1.3')) return true;
  return hello.ciphers.some((cipher) => (keyType === 'EC' ? /_ECDSA_/ : /^TLS_(EC)?(DHE_)?RSA_/).test(cipher));
}

/** What the client offered and what the server chose, for whoever must bring both ends together. */
function offered({ seen }: TlsFailure): Diagnosis['evidence'] {
  if (seen === undefined) return {};
  const { clientHello, serverHello, messages, octets } = seen;
  const last = messages.at(-1);
  return {
    ...(clientHello === undefined
      ? {}
      : {
          offeredVersions: clientHello.versions,
          offeredCiphers: clientHello.ciphers,
          ...(clientHello.serverName === undefined ? {} : { serverName: clientHello.serverName }),
        }),
    ...(serverHello === undefined ? {} : { chosenVersion: serverHello.version, chosenCipher: serverHello.cipher }),
    ...(last === undefined ? {} : { lastSeen: `${last.direction} ${last.message}` }),
    octetsSent: octets.sent,
    octetsReceived: octets.received,
  };
}
