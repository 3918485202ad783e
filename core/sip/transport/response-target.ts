import { isNumericHost, type SocketAddress } from '../../base/address.ts';
import type { Via } from '../message/header-values.ts';
import { DEFAULT_PORTS } from './default-ports.ts';
import type { TransportProtocol } from './flow.ts';

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
export function streamResponseTarget(via: Via, protocol: TransportProtocol, remote: SocketAddress): SocketAddress {
  const port = via.port ?? DEFAULT_PORTS[protocol];
  return { address: remote.address, port };
}
