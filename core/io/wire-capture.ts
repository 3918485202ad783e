import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { formatSocketAddress } from '../base/address.ts';
import type { ConnectionTrace } from '../sip/transport/network.ts';
import type { Direction } from '../tls/handshake-tree.ts';
import type { Tracer } from '../trace/tracer.ts';
import { endpoints } from './node-stream-socket.ts';

/** Shows the octets of one connection, and the secrets of its TLS, as long as the tracer captures. */
export class WireCapture {
  readonly #tracer: Tracer;
  readonly #fields: { readonly connection: string | undefined; readonly local: string; readonly remote: string };

  private constructor(tracer: Tracer, connection: string | undefined, socket: Socket) {
    const { local, remote } = endpoints(socket);
    this.#tracer = tracer;
    this.#fields = { connection, local: formatSocketAddress(local), remote: formatSocketAddress(remote) };
  }

  /** For a connection that begins; `undefined` unless somebody asked for a capture. */
  static begin(
    trace: ConnectionTrace | undefined,
    connection: string | undefined,
    socket: Socket,
  ): WireCapture | undefined {
    return trace?.tracer.capturing === true ? new WireCapture(trace.tracer, connection, socket) : undefined;
  }

  feed(direction: Direction, octets: Buffer): void {
    if (!this.#tracer.capturing) return;
    this.#tracer.emit('tls', 9, 'wire.octets', { ...this.#fields, direction, octets: octets.toString('base64') });
  }

  /** Listens for the secrets of a connection whose handshake has not begun. */
  watch(tls: TLSSocket): void {
    tls.on('keylog', (line: Buffer) => {
      if (!this.#tracer.capturing) return;
      this.#tracer.emit('tls', 9, 'tls.secret', {
        connection: this.#fields.connection,
        line: line.toString('latin1').trimEnd(),
      });
    });
  }
}
