import type { SocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import type { TlsFailure } from '../tls/handshake-diagnosis.ts';
import type { HandshakeTree } from '../tls/handshake-tree.ts';
import type { TlsEvidence } from '../tls/peer-verification.ts';
import type { TlsClientSettings } from '../tls/tls-settings.ts';

/** The error of the TLS library or the socket. */
export type BrokenBy = Pick<TlsFailure, 'code' | 'message'>;

/** One handshake that is tried, looked at and given up again. */
export interface TlsAttempt {
  readonly remote: SocketAddress;
  /** Versions, ciphers, trust, own certificate. `verify` does not matter here: nothing is refused, everything reported. */
  readonly settings: TlsClientSettings;
  /** The name to ask for (SNI, RFC 6066 §3); an address is never sent. */
  readonly serverName: string | undefined;
  /** Application protocols to offer (RFC 7301); none where it is missing. */
  readonly applicationProtocols?: readonly string[];
  /** Connecting and handshake together. */
  readonly timeoutMs: number;
}

/** How an attempt ended. Exactly one connection was made, and it is closed. */
export type TlsAttemptOutcome =
  /** No TCP connection. */
  | { readonly kind: 'unreachable'; readonly diagnosis: Diagnosis }
  /** The settings are beyond our TLS library: nothing was sent, or nothing that could be meant. */
  | { readonly kind: 'untestable'; readonly diagnosis: Diagnosis }
  | ({ readonly kind: 'failed'; readonly tree: HandshakeTree } & BrokenBy)
  | {
      readonly kind: 'secured';
      readonly tree: HandshakeTree;
      readonly evidence: TlsEvidence;
      /** From the connection to the end of the handshake, milliseconds. */
      readonly handshakeMs: number;
      /** What broke the connection right after its handshake: with TLS 1.3 a server judges its client only then. */
      readonly brokenBy: BrokenBy | undefined;
    };

/** Makes one attempt. Never rejects; ends at once when `signal` is aborted, as `failed`. */
export type AttemptTls = (attempt: TlsAttempt, signal: AbortSignal) => Promise<TlsAttemptOutcome>;
