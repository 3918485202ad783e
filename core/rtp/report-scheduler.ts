import { randomFraction, type Random } from '../base/random.ts';

/** RFC 3550 §6.2: the least interval between reports; half of it before the first. */
const MIN_INTERVAL_MS = 5000;
/** Makes up for reconsideration, which drifts below the interval meant: e - 3/2 (RFC 3550 §6.3.1). */
const COMPENSATION = Math.E - 1.5;

/**
 * When to send RTCP reports (RFC 3550 §6.2, §6.3.1) in a session of two: its share of the bandwidth always allows the
 * least interval, so only the random spread is left of the algorithm.
 */
export class ReportScheduler {
  readonly #random: Random;
  #dueMs: number;

  constructor(random: Random, nowMs: number) {
    this.#random = random;
    this.#dueMs = nowMs + this.#spread(MIN_INTERVAL_MS / 2);
  }

  /** Whether a report is to be sent now; if so, the next one is planned. */
  takeDue(nowMs: number): boolean {
    if (nowMs < this.#dueMs) return false;
    this.#dueMs = nowMs + this.#spread(MIN_INTERVAL_MS);
    return true;
  }

  #spread(intervalMs: number): number {
    return (intervalMs * (0.5 + randomFraction(this.#random))) / COMPENSATION;
  }
}
