import type { SocketAddress } from '../../base/address.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { TlsSecurity } from '../../tls/tls-security.ts';
import type { SipMessage } from '../message/message.ts';
import type { KeepAliveAgreement } from './keep-negotiation.ts';

/** The transports of RFC 3261 §18 and RFC 7118, by the word that URIs use for them; Via has them in upper case. */
export type TransportProtocol = 'udp' | 'tcp' | 'tls' | 'ws' | 'wss';

/** Whether the transport has TLS below it. */
export function isSecure(protocol: TransportProtocol): boolean {
  return protocol === 'tls' || protocol === 'wss';
}

/**
 * A way to one peer and back (RFC 5626 §2): one connection, or one pair of UDP addresses. Requests and
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
  /**
   * The other end of a flow that we opened agreed to answer keep-alives: they are sent as often as agreed, or more often where
   * that is our habit, and where the answer does not come the flow has failed. `undefined`: it agrees no more.
   */
  keepAlive(agreement: KeepAliveAgreement | undefined): void;
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
