/** Why something did not work, with a code that never changes its meaning. */
export const DIAGNOSIS_CODES = [
  'dns.not-found', 'dns.timeout', 'dns.no-sips-records', 'dns.service-mismatch',
  'port.in-use', 'port.address-not-local', 'port.permission',
  'tcp.refused', 'tcp.timeout', 'tcp.unreachable', 'tcp.reset',
  'tls.plain-sip-on-tls-port', 'tls.tls-on-plain-port', 'tls.http-on-tls-port', 'tls.peer-speaks-plain-sip',
  'tls.peer-speaks-http', 'tls.version-mismatch', 'tls.no-shared-cipher', 'tls.certificate-type-mismatch',
  'tls.server-without-certificate', 'tls.closed-during-handshake', 'tls.handshake-timeout',
  'tls.client-certificate-required', 'tls.legacy-renegotiation', 'tls.weak-security', 'tls.decode-error',
  'cert.unknown-ca', 'cert.self-signed', 'cert.self-signed-in-chain', 'cert.incomplete-chain', 'cert.expired',
  'cert.not-yet-valid', 'cert.clock-wrong', 'cert.name-mismatch', 'cert.ip-mismatch', 'cert.wildcard',
  'cert.wrong-purpose', 'cert.chain-too-long', 'cert.invalid-ca', 'cert.revoked', 'cert.crl-expired', 'cert.weak-key',
  'cert.weak-signature', 'cert.subject-not-allowed', 'cert.intercepted',
  'file.missing', 'file.unreadable', 'file.not-pem', 'file.no-key', 'file.no-certificate', 'file.key-mismatch',
  'file.passphrase', 'file.key-exposed',
  'conn.connect-back-failed', 'conn.lost', 'conn.no-pong', 'conn.flow-failed',
  'sip.bad-credentials', 'sip.forbidden', 'sip.not-found', 'sip.busy', 'sip.declined', 'sip.no-answer', 'sip.timeout',
  'sip.unavailable', 'sip.uri-scheme', 'sip.outbound-unsupported', 'sip.no-common-codec', 'sip.ack-missing', 'sip.parse',
  'srtp.required-here', 'srtp.required-there', 'srtp.forbidden-here', 'srtp.no-common-suite', 'srtp.bad-crypto-line',
  'srtp.osrtp-refused', 'srtp.keys-in-clear', 'srtp.auth-failed', 'srtp.replayed', 'srtp.lifetime',
  'media.nothing-received', 'media.one-way', 'media.loss', 'media.address',
  'audio.no-device', 'audio.permission', 'audio.device-lost', 'audio.silent',
  'config.invalid', 'config.unknown-key', 'config.conflict',
] as const; // prettier-ignore

/** The fixed codes, and two families: an alert by its name, a status by its number, where no better code exists. */
export type DiagnosisCode = (typeof DIAGNOSIS_CODES)[number] | `tls.alert.${string}` | `sip.status.${number}`;

/** Who sees the cause: this end of the connection, or the other one. */
export type DiagnosisSide = 'here' | 'there';

/** What was seen, by name: addresses, names, dates, codes, paths. Never a secret. */
export type Evidence = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/** A failure explained: one sentence of cause, one of cure, and what was seen. */
export interface Diagnosis {
  readonly code: DiagnosisCode;
  readonly side: DiagnosisSide;
  readonly summary: string;
  readonly cure: string;
  readonly evidence: Evidence;
}
