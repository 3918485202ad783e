import type { Clock } from '../../base/clock.ts';
import type { Target } from '../transport/flow.ts';

/** First and longest rest of a target that failed, milliseconds; each failure in a row doubles it. */
const REST = { firstMs: 30_000, longestMs: 900_000 };
/** Targets remembered. */
const MAX_TARGETS = 500;

interface Failing {
  readonly failures: number;
  readonly until: number;
}

/**
 * Which targets failed not long ago (RFC 3263 §4.3). They are tried last, not left out: where all of them failed, one of
 * them may be well again.
 */
export class TargetHealth {
  readonly #clock: Clock;
  /** The one that failed longest ago first. */
  readonly #failing = new Map<string, Failing>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A target could not be reached, did not answer, or said 503. `retryAfterS`: how long it asked to be left alone. */
  failed(target: Target, retryAfterS = 0): void {
    const key = keyOf(target);
    const failures = (this.#failing.get(key)?.failures ?? 0) + 1;
    const restMs = Math.min(REST.longestMs, REST.firstMs * 2 ** (failures - 1));
    this.#failing.delete(key);
    this.#failing.set(key, { failures, until: this.#clock.now() + Math.max(restMs, retryAfterS * 1000) });
    const [oldest] = this.#failing.keys();
    if (this.#failing.size > MAX_TARGETS && oldest !== undefined) this.#failing.delete(oldest);
  }

  /** A target answered: what was held against it is forgotten. */
  succeeded(target: Target): void {
    this.#failing.delete(keyOf(target));
  }

  /** Whether a target is to be left alone for the time being. */
  isResting(target: Target): boolean {
    return (this.#failing.get(keyOf(target))?.until ?? -Infinity) > this.#clock.now();
  }
}

function keyOf({ protocol, address, port }: Target): string {
  return `${protocol}|${address}|${port}`;
}
