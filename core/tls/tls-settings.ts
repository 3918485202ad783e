import type { Secret } from '../base/secret.ts';
import type { TlsVersion } from './tls-security.ts';

/** What both roles settle. PEM text everywhere; nobody below the shells reads files. */
export interface TlsCommonSettings {
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** OpenSSL cipher list for TLS 1.2 and below; `undefined` takes our default. */
  readonly ciphers: string | undefined;
  /** Key exchange groups in order of preference, such as `X25519:P-256`; `undefined` takes the library's. */
  readonly groups: string | undefined;
  /** Trusted authorities as PEM; `'system'` takes the system's store. */
  readonly trust: readonly string[] | 'system';
  /**
   * SHA-256 of certificates, lower-case hex, that are good by themselves: who shows one needs neither an authority nor the
   * right name; dates, strength and purpose still count.
   */
  readonly pins: readonly string[];
  /** Revocation lists as PEM. The certificates of an authority that none of them is from are not looked up. */
  readonly revocationLists: readonly string[];
  /** `true` still relies on a list after its end; else its authority's certificates are refused from then on. */
  readonly allowExpiredLists: boolean;
  /** Most intermediate certificates between the peer's own and the trusted one, neither of which counts. */
  readonly verifyDepth: number;
  /** `false` ignores the dates of certificates and lists, for devices without a clock. */
  readonly verifyDates: boolean;
  /**
   * Names of which the peer's certificate must have at least one: SIP URIs, domains, or the commonName of a certificate
   * without alternative names. As a client they take the place of the name that was dialled. Empty asks for none.
   */
  readonly expectedSubjects: readonly string[];
  /** Application protocols (RFC 7301): what a client offers, what a server takes; `sip/2` is SIP's. */
  readonly alpn: readonly string[];
  /** For how many seconds a session may be resumed; 0 resumes none. */
  readonly sessionSeconds: number;
  /** Own certificate with its intermediates, leaf first, and its key. */
  readonly identity: TlsIdentity | undefined;
}

export interface TlsIdentity {
  readonly certificateChain: string;
  readonly key: Secret;
  readonly passphrase: Secret | undefined;
}

/** How we dial. */
export interface TlsClientSettings extends TlsCommonSettings {
  /** `false` only where a person switched it off: the connection is then never called verified. */
  readonly verify: boolean;
  /** `false` checks all but the name; the connection is then not called verified either. */
  readonly verifyName: boolean;
  /** `true` lets `*.example.com` stand for a name, against RFC 5922 §7.2. */
  readonly allowWildcard: boolean;
}

/** One of the certificates of a listener. */
export interface ServerIdentity extends TlsIdentity {
  /** The names asked for (SNI) that it serves; without them those in the certificate. */
  readonly serverNames?: readonly string[];
}

/** How we are dialled. */
export interface TlsServerSettings extends TlsCommonSettings {
  /** Shown where no other identity fits better. */
  readonly identity: ServerIdentity;
  /** More certificates: for other names, or with another type of key for the same. */
  readonly otherIdentities?: readonly ServerIdentity[];
  /** Whether the client is asked for a certificate, and turned away without a good one. */
  readonly clientCertificate: 'ignored' | 'wanted' | 'required';
}

/** SIP's application protocol (RFC 7301, as registered by IANA). */
export const SIP_PROTOCOL = 'sip/2';

/** The settings that hold where nothing else was said: TLS 1.2 and 1.3, forward secrecy with AEAD, verification on. */
export const DEFAULT_TLS_CLIENT_SETTINGS: TlsClientSettings = Object.freeze({
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: undefined,
  groups: undefined,
  trust: 'system',
  pins: [],
  revocationLists: [],
  allowExpiredLists: false,
  // FreeSWITCH's. Enough for an intermediate and a cross-signed one above it.
  verifyDepth: 2,
  verifyDates: true,
  expectedSubjects: [],
  alpn: [],
  // FreeSWITCH's `tls-timeout`.
  sessionSeconds: 300,
  identity: undefined,
  verify: true,
  verifyName: true,
  allowWildcard: false,
});
