import type { TransportProtocol } from './flow.ts';

/** The ports of RFC 3261 §19.1.2 and RFC 7118 §5.3. */
export const DEFAULT_PORTS: Readonly<Record<TransportProtocol, number>> = Object.freeze({
  udp: 5060,
  tcp: 5060,
  tls: 5061,
  ws: 80,
  wss: 443,
});
