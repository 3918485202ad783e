import type { Diagnosis } from '../base/diagnosis.ts';
import { err, type Result } from '../base/result.ts';
import type { TlsSecurity, TlsVersion } from './tls-security.ts';

/** What a finished handshake showed, as the socket adapter saw it. */
export interface TlsEvidence {
  /** Our role. */
  readonly role: 'client' | 'server';
  readonly protocol: TlsVersion;
  /** IANA name. */
  readonly cipher: string;
  readonly group?: string | undefined;
  /** DER, leaf first; empty where the other end showed no certificate. */
  readonly peerChain: readonly Uint8Array[];
  /** What the TLS library found wrong with the chain: a code of X509_verify_cert, such as `CERT_HAS_EXPIRED`. */
  readonly chainError?: string | undefined;
  /** Wall-clock milliseconds. */
  readonly now: number;
  /** As a client: whether we showed a certificate of our own. */
  readonly ownCertificate?: boolean | undefined;
  /** Trusted authorities as DER, to tell a missing intermediate from a foreign authority. */
  readonly trusted?: readonly Uint8Array[] | undefined;
}

/** What was wanted of the other end. */
export interface PeerExpectation {
  /** Our role. */
  readonly role: 'client' | 'server';
  readonly verify: boolean;
  /** The domain or address that was dialled; of a client no name is expected. */
  readonly serverName?: string | undefined;
  readonly clientCertificate?: 'ignored' | 'wanted' | 'required' | undefined;
}

/** Decides about the other end of a handshake. */
export function verifyPeer(evidence: TlsEvidence, expectation: PeerExpectation): Result<TlsSecurity, Diagnosis> {
  return err({
    code: 'cert.unknown-ca',
    side: 'here',
    summary: 'The certificate of the other end could not be verified.',
    cure: 'Trust its authority.',
    evidence: { protocol: evidence.protocol, serverName: expectation.serverName ?? '' },
  });
}
