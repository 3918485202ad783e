import { createSocket, type Socket } from 'node:dgram';
import type { SocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { DatagramSocket } from '../sip/transport/network.ts';
import { diagnoseBindError } from './socket-diagnosis.ts';

/** Room for a burst while the process is busy: about 4,000 SIP messages. */
const RECEIVE_BUFFER_OCTETS = 4 * 1024 * 1024;

/** Binds a UDP socket. What it receives is handed over as it arrives; what cannot be sent is lost, as UDP may. */
export function bindDatagram(
  local: SocketAddress,
  onDatagram: (octets: Uint8Array, from: SocketAddress) => void,
): Promise<Result<DatagramSocket, Diagnosis>> {
  return new Promise((resolve) => {
    const socket = openSocket(local.address);
    socket.once('error', (error: NodeJS.ErrnoException) => {
      socket.close();
      resolve(err(diagnoseBindError(error, local)));
    });
    socket.bind({ address: local.address, port: local.port, exclusive: true }, () => {
      socket.removeAllListeners('error');
      // An ICMP error about an earlier datagram: that one is lost, and the transaction's timer notices.
      socket.on('error', () => undefined);
      try {
        socket.setRecvBufferSize(RECEIVE_BUFFER_OCTETS);
      } catch {
        // The system's limit is lower: its own size has to do.
      }
      socket.on('message', (octets, from) => {
        onDatagram(octets, { address: from.address, port: from.port });
      });
      resolve(ok(new NodeDatagramSocket(socket)));
    });
  });
}

/** The address that packets to `remote` leave from, which a socket bound to all addresses does not tell. */
export function localAddressToward(remote: SocketAddress): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = openSocket(remote.address);
    const finish = (address: string | undefined): void => {
      socket.close();
      resolve(address);
    };
    socket.once('error', () => {
      finish(undefined);
    });
    // Connecting a UDP socket sends nothing; it makes the system choose the route.
    socket.connect(remote.port === 0 ? 9 : remote.port, remote.address, () => {
      finish(socket.address().address);
    });
  });
}

function openSocket(address: string): Socket {
  const family = address.includes(':') ? 6 : 4;
  return createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: family === 6,
    // Addresses are numeric here: going through the resolver of the system would cost a thread for every datagram.
    lookup: (host, _options, callback) => {
      callback(null, host, family);
    },
  });
}

class NodeDatagramSocket implements DatagramSocket {
  readonly local: SocketAddress;
  readonly #socket: Socket;
  #open = true;

  constructor(socket: Socket) {
    this.#socket = socket;
    const { address, port } = socket.address();
    this.local = { address, port };
  }

  send(octets: Uint8Array, to: SocketAddress): void {
    if (!this.#open) return;
    this.#socket.send(octets, to.port, to.address, () => undefined);
  }

  close(): Promise<void> {
    if (!this.#open) return Promise.resolve();
    this.#open = false;
    return new Promise((resolve) => {
      this.#socket.close(() => {
        resolve();
      });
    });
  }
}
