import { Duplex } from 'node:stream';
import type { Diagnosis } from '../base/diagnosis.ts';
import type { StreamSocket } from '../sip/transport/network.ts';

/** While more than this waits to leave, nothing more is taken: above the mark from which sockets tell when they are empty. */
const HIGH_WATER_OCTETS = 256 * 1024;

/** A connection that passed its policy, as the HTTP and WebSocket libraries want it. */
export class StreamSocketDuplex extends Duplex {
  readonly connection: StreamSocket;
  /** Why the connection broke. */
  reason: Diagnosis | undefined;
  #taken: (() => void) | undefined;

  constructor(connection: StreamSocket) {
    super({ allowHalfOpen: false });
    this.connection = connection;
    // What breaks a connection is told by its end; the libraries' own errors end it as well.
    this.on('error', () => undefined);
    connection.setHandler({
      onData: (octets) => {
        if (!this.push(octets)) connection.pause();
      },
      onDrain: () => {
        this.#continue();
      },
      onClose: (reason) => {
        this.reason = reason;
        if (reason === undefined) this.push(null);
        else this.destroy();
      },
    });
  }

  override _read(): void {
    this.connection.resume();
  }

  override _write(octets: Uint8Array, _encoding: BufferEncoding, taken: () => void): void {
    this.connection.write(octets);
    if (this.connection.queued > HIGH_WATER_OCTETS) this.#taken = taken;
    else taken();
  }

  override _final(done: () => void): void {
    this.connection.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#continue();
    this.connection.end();
    done(error);
  }

  #continue(): void {
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }
}
