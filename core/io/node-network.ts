import type { Network } from '../sip/transport/network.ts';
import { bindDatagram, localAddressToward } from './node-datagram.ts';
import { connectStream } from './node-stream-client.ts';
import { listenStream } from './node-stream-server.ts';
import { connectWebSocket } from './node-websocket-client.ts';
import { listenWebSocket } from './node-websocket-server.ts';

/** The sockets of this machine. */
export const nodeNetwork: Network = Object.freeze({
  bindDatagram,
  listenStream,
  connectStream,
  listenWebSocket,
  connectWebSocket,
  localAddressToward,
});
