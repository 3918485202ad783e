import type { Secret } from '../base/secret.ts';
import type { TlsVersion } from './tls-security.ts';

/** What both roles settle. PEM text everywhere; nobody below the shells reads files. */
export interface TlsCommonSettings {
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** OpenSSL cipher list for TLS 1.2 and below; `undefined` takes our default. */
  readonly ciphers: string | undefined;
  /** Trusted authorities as PEM; `'system'` takes the system's store. */
  readonly trust: readonly string[] | 'system';
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
}

/** How we are dialled. */
export interface TlsServerSettings extends TlsCommonSettings {
  readonly identity: TlsIdentity;
  /** Whether the client is asked for a certificate, and turned away without a good one. */
  readonly clientCertificate: 'ignored' | 'wanted' | 'required';
}

/** The settings that hold where nothing else was said: TLS 1.2 and 1.3, forward secrecy with AEAD, verification on. */
export const DEFAULT_TLS_CLIENT_SETTINGS: TlsClientSettings = Object.freeze({
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: undefined,
  trust: 'system',
  identity: undefined,
  verify: true,
});
