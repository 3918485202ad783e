import type { Evidence } from '../base/diagnosis.ts';
import type { LocationStep } from '../sip/locate/location-step.ts';
import type { Finding } from '../tls/certificate-findings.ts';
import type { TlsVersion } from '../tls/tls-security.ts';

/** The steps of a probe in their order. `tls-version` and `call` come once for each version and each kind of offer. */
export type ProbeStepName =
  | 'dns'
  | 'tcp'
  | 'protocol'
  | 'tls'
  | 'certificate'
  | 'tls-version'
  | 'server-name'
  | 'application-protocol'
  | 'connection'
  | 'options'
  | 'register'
  | 'reuse'
  | 'call'
  | 'un-register'
  | 'keep-alive';

export type ProbeOutcome = 'ok' | 'warning' | 'failed' | 'skipped';

/** One step that has ended. */
export interface ProbeStep {
  readonly step: ProbeStepName;
  readonly outcome: ProbeOutcome;
  /** How long it took, milliseconds. */
  readonly ms: number;
  /** One line for people. */
  readonly text: string;
  readonly evidence: Evidence;
}

/** What became of a handshake in one version: `accepted`, `refused:ALERT`, or `untestable` where our TLS library lacks it. */
export type VersionOutcome = 'accepted' | 'untestable' | `refused:${string}`;

/** One certificate of the server's chain. */
export interface ChainEntry {
  readonly subject: string;
  readonly issuer: string;
  readonly san: readonly string[];
  readonly notBefore: string;
  readonly notAfter: string;
  readonly keyType: string;
  readonly keyBits: number | null;
  readonly signature: string;
  readonly eku: readonly string[];
  readonly sha256: string;
}

/** `null` where a fact could not be found out. */
export interface TlsReport {
  readonly versions: Readonly<Partial<Record<TlsVersion, VersionOutcome>>>;
  readonly cipher: string | null;
  readonly group: string | null;
  /** Leaf first. */
  readonly chain: readonly ChainEntry[];
  readonly trusted: boolean | null;
  readonly nameMatches: boolean | null;
  readonly clientCertificateRequested: boolean | null;
  readonly clientCertificateRequired: boolean | null;
  /** The application protocol that the server took of those offered (RFC 7301); empty where it took none. */
  readonly applicationProtocol: string | null;
  /** Whether it shows the same certificate to who names no server (SNI). */
  readonly sameWithoutServerName: boolean | null;
  /** RFC 5746, as far as a handshake of TLS 1.2 or below shows it. */
  readonly secureRenegotiation: boolean | null;
}

/** `null` where a fact could not be found out. */
export interface SipReport {
  readonly transport: string;
  /** Whether the connection proved who the server is. */
  readonly peerVerified: boolean;
  /** Status of the answer to OPTIONS. */
  readonly options: number | null;
  readonly server: string | null;
  readonly allow: readonly string[];
  readonly supported: readonly string[];
  readonly date: string | null;
  readonly keepAlivePong: boolean | null;
  /** Only with an account: whether a request to ourselves came back on the connection that we opened. */
  readonly reuse: boolean | null;
  readonly registration: RegistrationReport | null;
}

export interface RegistrationReport {
  readonly status: number | null;
  /** Digest algorithms that the server offers, in its order. */
  readonly algorithms: readonly string[];
  /** Seconds granted. */
  readonly expires: number | null;
  /** Contacts that the server holds, ours included. */
  readonly contacts: number | null;
  readonly removed: boolean;
}

/** The kinds of sound that the called number takes. */
export interface MediaReport {
  readonly accepts: readonly string[];
}

/** All that a probe found. */
export interface ProbeReport {
  readonly target: string;
  readonly dns: readonly LocationStep[];
  /** `address:port` that was tested. */
  readonly address: string | null;
  readonly tls: TlsReport | null;
  readonly sip: SipReport | null;
  /** Only where a number was called. */
  readonly media?: MediaReport;
  /** Worst first. */
  readonly findings: readonly Finding[];
}
