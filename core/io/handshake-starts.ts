/** A handshake takes half a millisecond of the processor: so many may start before everything else has its turn. */
const AT_ONCE = 8;
/** What starts within this time counts as at once. */
const WINDOW_MS = 4;

/**
 * Starts handshakes in the order of their asking, a few in each turn of the event loop, so that a crowd of clients holds
 * nobody else up.
 */
export class HandshakeStarts {
  readonly #waiting: (() => void)[] = [];
  #windowEnds = 0;
  #started = 0;

  /** Calls `start` now or soon; `nowMs` is monotonic. */
  add(start: () => void, nowMs: number): void {
    if (nowMs >= this.#windowEnds) {
      this.#windowEnds = nowMs + WINDOW_MS;
      this.#started = 0;
    }
    if (this.#waiting.length === 0 && this.#started < AT_ONCE) {
      this.#started += 1;
      start();
      return;
    }
    if (this.#waiting.length === 0) setImmediate(() => this.#nextTurn());
    this.#waiting.push(start);
  }

  #nextTurn(): void {
    const due = this.#waiting.splice(0, AT_ONCE);
    if (this.#waiting.length > 0) setImmediate(() => this.#nextTurn());
    for (const start of due) start();
  }
}
