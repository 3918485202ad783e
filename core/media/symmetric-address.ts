/** Silence after which a port that changed at the same address is believed without authentication, milliseconds. */
const REBIND_SILENCE_MS = 2000;

/**
 * Where to send to: the address that signalling named, until packets come from another one (symmetric RTP, RFC 4961;
 * the dangers, RFC 7362). Packets that SRTP authenticated move it at once. Plain ones move it only while nothing was
 * heard yet, or to another port of the same address after two seconds of silence, so that nobody can pull the
 * sound of a running call away.
 */
export class SymmetricAddress {
  #signalledAddress = '';
  #signalledPort = 0;
  #address = '';
  #port = 0;
  /** When something came from the address in force; `undefined` before the first packet. */
  #heardMs: number | undefined;

  get address(): string {
    return this.#address;
  }

  get port(): number {
    return this.#port;
  }

  /** What signalling names. The same once more, as in a re-INVITE, keeps what was learnt. */
  signal(address: string, port: number): void {
    if (address === this.#signalledAddress && port === this.#signalledPort) return;
    this.#signalledAddress = address;
    this.#signalledPort = port;
    this.#address = address;
    this.#port = port;
    this.#heardMs = undefined;
  }

  /** Whether a plain packet from there is taken; if so, answers go there. */
  acceptPlain(address: string, port: number, nowMs: number): boolean {
    const known = address === this.#address && port === this.#port;
    const rebound =
      address === this.#address && this.#heardMs !== undefined && nowMs - this.#heardMs > REBIND_SILENCE_MS;
    if (!known && !rebound && this.#heardMs !== undefined) return false;
    this.#move(address, port, nowMs);
    return true;
  }

  /** An authenticated packet came from there: answers go there. */
  acceptAuthenticated(address: string, port: number, nowMs: number): void {
    this.#move(address, port, nowMs);
  }

  #move(address: string, port: number, nowMs: number): void {
    this.#address = address;
    this.#port = port;
    this.#heardMs = nowMs;
  }
}
