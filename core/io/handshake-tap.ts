import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { HandshakeInspector } from '../tls/handshake-inspector.ts';
import type { Direction } from '../tls/handshake-tree.ts';
import type { WireCapture } from './wire-capture.ts';

interface Chunk {
  readonly chunk: Buffer;
}

/**
 * Lies between a TCP socket and the TLS library and shows an inspector every octet of both directions before it goes on
 * (`tls.connect({ socket: tap })`, `server.emit('connection', tap)`). The octets go on as they are, without being copied. The
 * TLS library leaves its native path for it and cannot come back, so that after the handshake the tap still passes octets on.
 * It is open at both halves until both have ended; a `TLSSocket` takes that over and must have its `allowHalfOpen` put back.
 */
export class HandshakeTap extends Duplex {
  readonly #socket: Socket;
  readonly #capture: WireCapture | undefined;
  #inspector: HandshakeInspector | undefined;

  /**
   * `readAlready` was received, and shown to the inspector, before; the TLS library still has to get it. `capture` sees the
   * connection to its end.
   */
  constructor(
    socket: Socket,
    inspector: HandshakeInspector,
    more: { readonly readAlready?: Buffer | undefined; readonly capture?: WireCapture | undefined } = {},
  ) {
    super({ allowHalfOpen: true });
    const { readAlready, capture } = more;
    this.#socket = socket;
    this.#inspector = inspector;
    this.#capture = capture;
    // The end of what is read must not end what is written: only the TLS library knows when both are done.
    socket.allowHalfOpen = true;
    if (readAlready !== undefined) {
      capture?.feed('received', readAlready);
      this.push(readAlready);
    }
    socket.on('data', (octets: Buffer) => {
      this.#show('received', octets);
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

  /** Shows the inspector nothing more: the handshake is over. */
  release(): void {
    this.#inspector = undefined;
  }

  #show(direction: Direction, octets: Buffer): void {
    this.#inspector?.feed(direction, octets);
    this.#capture?.feed(direction, octets);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(octets: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#show('sent', octets);
    this.#socket.write(octets, done);
  }

  /** The records that the TLS library writes at once leave in one packet. */
  override _writev(chunks: Chunk[], done: (error?: Error | null) => void): void {
    this.#socket.cork();
    chunks.forEach(({ chunk }, index) => {
      this.#show('sent', chunk);
      if (index === chunks.length - 1) this.#socket.write(chunk, done);
      else this.#socket.write(chunk);
    });
    this.#socket.uncork();
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#socket.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
