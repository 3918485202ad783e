import { isNumericHost, type SocketAddress } from '../../base/address.ts';
import type { Via } from '../message/header-values.ts';
import { DEFAULT_PORTS } from './default-ports.ts';
import type { TransportProtocol } from './flow.ts';

/** Where a response goes that cannot use the flow of its request; `host` may be a name (RFC 3263 §5). */
export interface ResponseTarget {
  readonly host: string;
  readonly port: number;
}

/**
 * Where RFC 3261 §18.2.2 and RFC 3581 §4 send the response to a request that came by UDP from `remote` with this topmost
 * Via: back to where it came from where the client asked for that by `rport`, else to the port that it gave in sent-by.
 */
export function datagramResponseTarget(via: Via, remote: SocketAddress): SocketAddress {
  const port = via.port ?? DEFAULT_PORTS.udp;
  const maddr = via.parameters.get('maddr');
  if (maddr !== undefined && maddr !== null && isNumericHost(maddr)) return { address: maddr, port };
  return via.parameters.has('rport') ? remote : { address: remote.address, port };
}

/** Where §18.2.2 opens a new connection to, when the one that a request came on is gone. */
export function streamResponseTarget(via: Via, protocol: TransportProtocol, remote: SocketAddress): ResponseTarget {
  const port = via.port ?? DEFAULT_PORTS[protocol];
  return { host: via.parameters.get('received') ?? remote.address, port };
}
