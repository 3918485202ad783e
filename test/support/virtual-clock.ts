import type { Clock, Timer } from '../../core/base/clock.ts';

interface Pending {
  readonly due: number;
  /** Breaks ties: timers due at the same time fire in the order in which they were started. */
  readonly order: number;
  readonly fire: () => void;
}

/**
 * Time that only a test moves. Timers fire in the order they are due, each with `now()` standing at its own due time, so
 * a timer started by another one fires within the same {@link advance} where it is due by then.
 */
export class VirtualClock implements Clock {
  readonly #wallAtStart: number;
  readonly #pending = new Set<Pending>();
  #now = 0;
  #order = 0;

  /** `wallAtStart`: the wall clock in milliseconds at monotonic 0. */
  constructor(wallAtStart = Date.UTC(2026, 0, 1)) {
    this.#wallAtStart = wallAtStart;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#wallAtStart + this.#now;
  }

  after(delayMs: number, fire: () => void): Timer {
    const entry: Pending = { due: this.#now + Math.max(0, delayMs), order: this.#order++, fire };
    this.#pending.add(entry);
    return { cancel: () => void this.#pending.delete(entry) };
  }

  /** Timers that were started and have neither fired nor been cancelled. */
  get pending(): number {
    return this.#pending.size;
  }

  /** Milliseconds until the next timer is due; `undefined` where there is none. */
  get untilNext(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.due - this.#now;
  }

  /** Moves time on by `ms`, firing what becomes due on the way. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#next(); next !== undefined && next.due <= end; next = this.#next()) this.#run(next);
    this.#now = end;
  }

  /**
   * Moves time on by `ms` and lets promises settle before the first timer, between timers and at the end, for code that
   * awaits between two deadlines.
   */
  async advanceAsync(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(); next !== undefined && next.due <= end; next = this.#next()) {
      this.#run(next);
      await settle();
    }
    this.#now = end;
    await settle();
  }

  #run(entry: Pending): void {
    this.#pending.delete(entry);
    this.#now = entry.due;
    entry.fire();
  }

  #next(): Pending | undefined {
    let next: Pending | undefined;
    for (const entry of this.#pending) {
      if (next === undefined || entry.due < next.due || (entry.due === next.due && entry.order < next.order)) {
        next = entry;
      }
    }
    return next;
  }
}

/** Lets every promise that can settle without time or I/O do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
