import type { Clock, Timer } from '../base/clock.ts';
import { AUDIO_FRAME_MS } from './audio-port.ts';

/** What is made up for at most; what a sleeping machine missed beyond it is gone. */
const CATCH_UP_MS = 1_000;

/**
 * Calls once per 10 ms, without drift: each tick is due at its place on the clock however late the one before came. Late
 * ticks are made up for, one second at most, one per turn of the event loop, so that what arrived meanwhile is heard
 * between them; after a longer stall the beat starts anew.
 */
export class FrameTicker {
  readonly #clock: Clock;
  readonly #onTick: (now: number) => void;
  readonly #nextTurn: (fire: () => void) => void;
  #due: number;
  #timer: Timer;
  #skipped = 0;

  /**
   * `onTick` gets the time at which the tick was due. `nextTurn` calls back when the event loop has looked at what came in,
   * without going to sleep, from which a busy machine wakes late (`setImmediate`).
   */
  constructor(clock: Clock, onTick: (now: number) => void, nextTurn: (fire: () => void) => void) {
    this.#clock = clock;
    this.#onTick = onTick;
    this.#nextTurn = nextTurn;
    this.#due = clock.now() + AUDIO_FRAME_MS;
    this.#timer = this.#arm();
  }

  /** Ticks that a stall cost. */
  get skipped(): number {
    return this.#skipped;
  }

  /**
   * The time of the sound: the clock's, but never past a tick that has not been made yet. What comes in while the machine
   * is behind is thus as late as the sound is, and not later.
   */
  now(): number {
    return Math.min(this.#clock.now(), this.#due);
  }

  stop(): void {
    this.#timer.cancel();
    this.#due = Infinity;
  }

  #arm(): Timer {
    return this.#clock.after(this.#due - this.#clock.now(), () => {
      this.#run();
    });
  }

  #run(): void {
    const behind = this.#clock.now() - this.#due;
    if (behind > CATCH_UP_MS) {
      const skipped = Math.floor(behind / AUDIO_FRAME_MS);
      this.#skipped += skipped;
      this.#due += skipped * AUDIO_FRAME_MS;
    }
    const now = this.#due;
    if (now === Infinity) return;
    this.#due += AUDIO_FRAME_MS;
    this.#onTick(now);
    if (this.#due > this.#clock.now()) {
      if (this.#due !== Infinity) this.#timer = this.#arm();
    } else {
      this.#nextTurn(() => {
        this.#run();
      });
    }
  }
}
