import type { Socket } from 'node:net';
import type { SocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import type { StreamHandler, StreamSocket } from '../sip/transport/network.ts';
import type { TlsSecurity } from '../tls/tls-security.ts';
import type { SocketError } from './socket-diagnosis.ts';

/** How long a connection may take to say goodbye before it is cut. */
const GOODBYE_MS = 2000;

/** One connected `net.Socket` or `TLSSocket`. Nothing is read before the handler is there. */
export class NodeStreamSocket implements StreamSocket {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly security: TlsSecurity | undefined;
  readonly name: string | undefined;
  readonly #socket: Socket;
  #handler: StreamHandler | undefined;
  #reason: Diagnosis | undefined;
  #closed = false;

  /** `diagnose` says what an error on the open connection means. */
  constructor(
    socket: Socket,
    options: {
      readonly local: SocketAddress;
      readonly remote: SocketAddress;
      readonly security: TlsSecurity | undefined;
      /** What the connection is called in the trace. */
      readonly name?: string | undefined;
      readonly diagnose: (error: SocketError) => Diagnosis;
    },
  ) {
    this.#socket = socket;
    this.local = options.local;
    this.remote = options.remote;
    this.security = options.security;
    this.name = options.name;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#reason ??= options.diagnose({ code: error.code, message: error.message });
    });
    socket.on('drain', () => {
      this.#handler?.onDrain();
    });
    socket.once('close', () => {
      this.#closed = true;
      this.#handler?.onClose(this.#reason);
    });
  }

  get queued(): number {
    return this.#socket.writableLength;
  }

  write(octets: Uint8Array): void {
    if (this.#socket.writable) this.#socket.write(octets);
  }

  setHandler(handler: StreamHandler): void {
    this.#handler = handler;
    if (this.#closed) {
      queueMicrotask(() => {
        handler.onClose(this.#reason);
      });
      return;
    }
    this.#socket.on('data', (octets: Buffer) => {
      handler.onData(octets);
    });
    this.#socket.resume();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    endPolitely(this.#socket);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

/** Lets what is queued leave, says goodbye (with `close_notify` under TLS), and cuts a peer off that does not answer it. */
export function endPolitely(socket: Socket): void {
  if (socket.destroyed) return;
  const timer = setTimeout(() => {
    socket.destroy();
  }, GOODBYE_MS);
  timer.unref();
  socket.once('close', () => {
    clearTimeout(timer);
  });
  socket.end();
  // What still arrives is of no use, but unread octets would turn the goodbye into a reset.
  socket.resume();
}

/**
 * Both ends of a connected socket. IPv4 addresses mapped into IPv6 come back as IPv4. A listener that is bound to one address
 * knows the local end of what it accepts, which spares asking the system.
 */
export function endpoints(socket: Socket, local?: SocketAddress): { local: SocketAddress; remote: SocketAddress } {
  return {
    local: local ?? { address: unmapped(socket.localAddress ?? ''), port: socket.localPort ?? 0 },
    remote: { address: unmapped(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 },
  };
}

function unmapped(address: string): string {
  return address.toLowerCase().startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
