/** Watched handshakes for each second, on average. */
const PER_SECOND = 5;
/** How many may come at once before the average counts. */
const AT_ONCE = 8;
/** Connections that were watched keep their tap for life; so many may be open at a time. */
const MOST_OPEN = 512;

/**
 * Decides which accepted connections have every record of their handshake read. In ordinary life that is all of them. Where
 * clients come in crowds, as after a restart or in an attack, the processor is for the handshakes: the others have only the
 * first flight of the client read, and keep the native path of the TLS library.
 */
export class WatchBudget {
  #tokens = AT_ONCE;
  #filledAt = 0;
  #open = 0;

  /**
   * Whether one more connection may be watched at `nowMs` (monotonic), or is, because somebody `asked` for it; where it is,
   * {@link release} follows at its end.
   */
  take(nowMs: number, asked: boolean): boolean {
    this.#tokens = Math.min(AT_ONCE, this.#tokens + ((nowMs - this.#filledAt) * PER_SECOND) / 1000);
    this.#filledAt = nowMs;
    if (!asked && (this.#tokens < 1 || this.#open >= MOST_OPEN)) return false;
    this.#tokens = Math.max(0, this.#tokens - 1);
    this.#open += 1;
    return true;
  }

  /** A watched connection has closed. */
  release(): void {
    this.#open -= 1;
  }
}
