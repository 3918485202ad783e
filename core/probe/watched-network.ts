import type { Diagnosis } from '../base/diagnosis.ts';
import { ok } from '../base/result.ts';
import type { Network, StreamHandler, StreamSocket } from '../sip/transport/network.ts';

/** What a watched connection carries. */
export interface ConnectionWatcher {
  onOpened(socket: StreamSocket): void;
  /** Octets that arrived, before the transport layer gets them. */
  onData(octets: Uint8Array): void;
  /** The connection is gone at both ends. */
  onClosed(): void;
}

/** Octets that one connection of a probe may bring; whoever sends more is cut off. */
const MOST_OCTETS = 1024 * 1024;

/** A network whose dialled connections are shown to a watcher. */
export function watchNetwork(network: Network, watcher: ConnectionWatcher): Network {
  return {
    bindDatagram: (...parts) => network.bindDatagram(...parts),
    listenStream: (...parts) => network.listenStream(...parts),
    listenWebSocket: (...parts) => network.listenWebSocket(...parts),
    connectWebSocket: (...parts) => network.connectWebSocket(...parts),
    localAddressToward: (...parts) => network.localAddressToward(...parts),
    connectStream: async (options) => {
      const socket = await network.connectStream(options);
      if (!socket.ok) return socket;
      watcher.onOpened(socket.value);
      return ok(new WatchedSocket(socket.value, watcher));
    },
  };
}

class WatchedSocket implements StreamSocket {
  readonly name: string | undefined;
  readonly local: StreamSocket['local'];
  readonly remote: StreamSocket['remote'];
  readonly security: StreamSocket['security'];
  readonly #socket: StreamSocket;
  readonly #watcher: ConnectionWatcher;
  #octets = 0;

  constructor(socket: StreamSocket, watcher: ConnectionWatcher) {
    this.name = socket.name;
    this.local = socket.local;
    this.remote = socket.remote;
    this.security = socket.security;
    this.#socket = socket;
    this.#watcher = watcher;
  }

  get queued(): number {
    return this.#socket.queued;
  }

  write(octets: Uint8Array): void {
    this.#socket.write(octets);
  }

  setHandler(handler: StreamHandler): void {
    this.#socket.setHandler({
      onData: (octets) => {
        this.#octets += octets.length;
        if (this.#octets > MOST_OCTETS) {
          this.#socket.destroy();
          return;
        }
        this.#watcher.onData(octets);
        handler.onData(octets);
      },
      onDrain: () => {
        handler.onDrain();
      },
      onClose: (reason) => {
        this.#watcher.onClosed();
        handler.onClose(this.#octets > MOST_OCTETS ? endless(this.remote.address) : reason);
      },
    });
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

function endless(remote: string): Diagnosis {
  return {
    code: 'sip.parse',
    side: 'there',
    summary: 'The server sends without end.',
    cure: 'Check what listens on this port: it is no SIP server, or a broken one.',
    evidence: { remote, octets: MOST_OCTETS },
  };
}
