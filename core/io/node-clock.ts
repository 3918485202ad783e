import type { Clock, Timer } from '../base/clock.ts';
import { TimerHeap } from './timer-heap.ts';

/** The longest delay that one system timer takes; longer ones are armed in steps. */
const LONGEST_STEP_MS = 2 ** 31 - 1;

/**
 * The system's time. One system timer, armed to the first deadline, serves all calls of {@link Clock.after}; it does not
 * keep the process alive, for what a timer of the protocol waits for has a socket that does.
 */
export class NodeClock implements Clock {
  readonly #heap = new TimerHeap();
  #armed: NodeJS.Timeout | undefined;
  #armedFor = Infinity;

  now(): number {
    return performance.now();
  }

  wall(): number {
    return Date.now();
  }

  after(delayMs: number, fire: () => void): Timer {
    const timer = this.#heap.add(this.now() + Math.max(0, delayMs), fire);
    this.#arm();
    return timer;
  }

  /** Calls that wait, for the figures of a running program. */
  get pending(): number {
    return this.#heap.size;
  }

  #arm(): void {
    const due = this.#heap.nextDue;
    if (due === undefined || due >= this.#armedFor) return;
    clearTimeout(this.#armed);
    this.#armedFor = due;
    // Rounded up, because a system timer counts whole milliseconds and a call must never come early.
    const delayMs = Math.min(Math.max(Math.ceil(due - this.now()), 0), LONGEST_STEP_MS);
    this.#armed = setTimeout(() => {
      this.#run();
    }, delayMs);
    this.#armed.unref();
  }

  #run(): void {
    this.#armed = undefined;
    this.#armedFor = Infinity;
    const now = this.now();
    try {
      for (let fire = this.#heap.takeDue(now); fire !== undefined; fire = this.#heap.takeDue(now)) fire();
    } finally {
      // Also where a call threw: the others must not wait for ever because of it.
      this.#armedFor = Infinity;
      clearTimeout(this.#armed);
      this.#arm();
    }
  }
}

/** The one clock of the process. */
export const systemClock: NodeClock = new NodeClock();
