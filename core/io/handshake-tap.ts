import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { HandshakeInspector } from '../tls/handshake-inspector.ts';

/**
 * Lies between a TCP socket and the TLS library and shows an inspector every octet of both directions before it goes on
 * (`tls.connect({ socket: tap })`, `server.emit('connection', tap)`). The TLS library leaves its native path for it, so it is
 * for connections that somebody looks at, not for all.
 */
export class HandshakeTap extends Duplex {
  readonly #socket: Socket;
  readonly #inspector: HandshakeInspector;

  constructor(socket: Socket, inspector: HandshakeInspector) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#inspector = inspector;
    // The end of what is read must not end what is written: only the TLS library knows when both are done.
    socket.allowHalfOpen = true;
    socket.on('data', (octets: Buffer) => {
      inspector.feed('received', octets);
      if (!this.push(octets)) socket.pause();
    });
    socket.on('end', () => {
      this.push(null);
    });
    socket.on('error', (error) => {
      this.destroy(error);
    });
    socket.on('close', () => {
      this.destroy();
    });
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.#socket.remotePort;
  }

  get localAddress(): string | undefined {
    return this.#socket.localAddress;
  }

  get localPort(): number | undefined {
    return this.#socket.localPort;
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(octets: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#inspector.feed('sent', octets);
    this.#socket.write(octets, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
