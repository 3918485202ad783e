import type { SocketAddress } from '../../base/address.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { TlsSecurity } from '../../tls/tls-security.ts';
import type { SipMessage } from '../message/message.ts';

export type TransportProtocol = 'udp' | 'tcp' | 'tls';

/**
 * A way to one peer and back (RFC 5626 §2): one TCP or TLS connection, or one pair of UDP addresses. Requests and
 * responses travel on the flow that the client opened; whoever holds a `Flow` needs no address.
 */
export interface Flow {
  /** Names the flow in the trace (`connection`); never used twice in one run. */
  readonly id: string;
  readonly protocol: TransportProtocol;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  /** Which end opened it. A UDP flow is ours where we sent first. */
  readonly opened: 'here' | 'there';
  /** What the TLS handshake proved; `undefined` without TLS. */
  readonly security: TlsSecurity | undefined;
  readonly open: boolean;
  /** Sends one message as it stands. `false` where the flow is closed or its send queue is over its limit. */
  send(message: SipMessage): boolean;
  /** Calls `listener` once, when the flow closes, with the reason where it is a failure. Returns a function that forgets it. */
  onClose(listener: (reason: Diagnosis | undefined) => void): () => void;
  close(): void;
}

/** Where a request goes: an address found by RFC 3263, and the name that a certificate must carry (RFC 5922 §4). */
export interface Target {
  readonly protocol: TransportProtocol;
  readonly address: string;
  readonly port: number;
  /** The domain or host that was asked for, before any DNS. SNI and certificate check use it. */
  readonly serverName: string;
}
