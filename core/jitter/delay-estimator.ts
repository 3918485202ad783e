/** Packets looked back on: five seconds of 20 ms packets, short enough to follow a drifting clock. */
const MEMORY = 256;
/** Share of packets that the delay must be enough for. */
const PERCENTILE = 0.97;
/** Packets between two looks at all of them. */
const REFRESH = 8;
/** What the percentile is exceeded by, so that the ticks of sender and receiver may fall apart. */
const MARGIN_MS = 5;

/** Bounds of the delay that a jitter buffer adds, milliseconds. */
export interface DelayBounds {
  /** Before anything is known of the network. */
  readonly initialMs: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * Learns from arrival times what delay is enough: how much later than the fastest of the last packets nearly all of
 * them came. It knows nothing of either clock's origin, and a slow drift between them moves along with it.
 */
export class DelayEstimator {
  readonly #bounds: DelayBounds;
  readonly #transits = new Float64Array(MEMORY);
  readonly #sorted = new Float64Array(MEMORY);
  #count = 0;
  #fastest = 0;
  #targetMs: number;

  constructor(bounds: DelayBounds) {
    this.#bounds = bounds;
    this.#targetMs = bounds.initialMs;
  }

  /** Arrival minus sending time of the fastest packet remembered; each on its own clock, milliseconds. */
  get fastestMs(): number {
    return this.#fastest;
  }

  /** The delay wanted on top of the fastest packet's. */
  get targetMs(): number {
    return this.#targetMs;
  }

  /** A packet came: arrival minus sending time, milliseconds. */
  add(transitMs: number): void {
    this.#transits[this.#count % MEMORY] = transitMs;
    this.#count++;
    if (this.#count === 1 || transitMs < this.#fastest) this.#fastest = transitMs;
    // What came later than expected is looked at now, not in eight packets' time.
    if (this.#count % REFRESH === 0 || transitMs - this.#fastest > this.#targetMs) this.#refresh();
  }

  /** Forgets everything: another source follows. */
  reset(): void {
    this.#count = 0;
    this.#targetMs = this.#bounds.initialMs;
  }

  #refresh(): void {
    const count = Math.min(this.#count, MEMORY);
    const sorted = this.#sorted.subarray(0, count);
    sorted.set(this.#transits.subarray(0, count));
    sorted.sort();
    this.#fastest = sorted[0] ?? 0;
    const slowest = sorted[Math.min(count - 1, Math.floor(count * PERCENTILE))] ?? 0;
    const { initialMs, minMs, maxMs } = this.#bounds;
    const floor = count < 4 * REFRESH ? initialMs : minMs;
    this.#targetMs = Math.min(maxMs, Math.max(floor, slowest - this.#fastest + MARGIN_MS));
  }
}
