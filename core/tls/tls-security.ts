/** TLS versions by the names of node:tls. */
export const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

/** The rules by which the other end is judged, in the order of their checks. */
export const VERIFY_RULES = [
  'pin',
  'chain',
  'depth',
  'dates',
  'strength',
  'revocation',
  'purpose',
  'name',
  'subjects',
] as const;
export type VerifyRule = (typeof VERIFY_RULES)[number];

/** What one handshake proved about the other end. The sign of security is fed by this and nothing else. */
export interface TlsSecurity {
  readonly protocol: TlsVersion;
  /** IANA name, such as `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string;
  /** Key exchange group where the library tells, such as `X25519`. */
  readonly group: string | undefined;
  /** True only where chain, dates, purpose and name of the peer's certificate were checked and found good. */
  readonly peerVerified: boolean;
  /** The name in the certificate that matched what was expected; without verification `undefined`. */
  readonly peerName: string | undefined;
  /** All names that the verified certificate stands for (RFC 5922 §7.1); none without verification. */
  readonly peerIdentities?: readonly string[];
  /** SIP URIs of persons in the verified certificate, such as `sip:1000@example.com`; none without verification. */
  readonly peerUsers?: readonly string[];
  /** The rules that were checked and held; none where nothing was checked. */
  readonly rules?: readonly VerifyRule[];
  /** Whether the client end of the connection showed a certificate. */
  readonly clientCertificate: boolean;
  /** SHA-256 of the peer's certificate, lower-case hex; `undefined` where it sent none. */
  readonly peerFingerprint: string | undefined;
  /** ISO 8601 end of the peer's certificate. */
  readonly peerNotAfter: string | undefined;
}
