import type { KeepAliveSettings } from './keep-alive.ts';

/** Limits and habits of the transport layer. Times in milliseconds, sizes in octets. */
export interface TransportSettings {
  readonly keepAlive: KeepAliveSettings;
  /** How often we want to hear from a client that offers to send keep-alives, seconds (RFC 6223 §4.3). */
  readonly wantedKeepAliveS: number;
  /** How long dialling may take where the caller does not say, handshake included. */
  readonly connectTimeoutMs: number;
  /** Accepted connections of one listener. At the limit the oldest one that never sent a message makes room, if any. */
  readonly maxConnectionsPerListener: number;
  /** Accepted connections from one address, over all listeners; the oldest silent one makes room here, too. */
  readonly maxConnectionsPerAddress: number;
  /** Flows over UDP; at the limit the one that was silent longest and that nobody holds is forgotten. */
  readonly maxDatagramFlows: number;
  /** An accepted connection must have sent a whole message by then. */
  readonly firstMessageMs: number;
  /** A message that has begun must be whole by then. */
  readonly wholeMessageMs: number;
  /** A flow on which nothing came and nothing was sent for so long is closed; longer than usual registrations. */
  readonly idleMs: number;
  /** `Flow.send` refuses while more than this waits to leave; a peer that reads nothing is not read from either. */
  readonly maxQueued: number;
  /** How long the queue of a peer that reads nothing may stay over its limit before the flow is closed. */
  readonly stalledMs: number;
  /** Messages of one address that are taken in at once between two turns; further ones wait for their turn. */
  readonly messagesAtOnce: number;
  /** Waiting messages that are taken in each turn, one of each address after the other. */
  readonly messagesPerTurn: number;
  /** Octets of one address that may wait; datagrams beyond them are lost, connections are not read from meanwhile. */
  readonly maxWaitingPerAddress: number;
  /** Octets of all addresses that may wait. */
  readonly maxWaiting: number;
}

/** The limits that hold where nothing else was said. */
export const DEFAULT_TRANSPORT_SETTINGS: TransportSettings = Object.freeze({
  keepAlive: Object.freeze({ intervalMs: 30_000, pongTimeoutMs: 10_000, pong: 'learned' }),
  wantedKeepAliveS: 30,
  connectTimeoutMs: 10_000,
  maxConnectionsPerListener: 10_000,
  maxConnectionsPerAddress: 2000,
  maxDatagramFlows: 50_000,
  firstMessageMs: 120_000,
  wholeMessageMs: 30_000,
  idleMs: 2 * 60 * 60 * 1000,
  maxQueued: 1024 * 1024,
  stalledMs: 10_000,
  messagesAtOnce: 8,
  messagesPerTurn: 32,
  maxWaitingPerAddress: 1024 * 1024,
  maxWaiting: 16 * 1024 * 1024,
});
