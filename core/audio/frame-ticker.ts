import type { Clock, Timer } from '../base/clock.ts';
import { AUDIO_FRAME_MS } from './audio-port.ts';

/** Ticks that are made up for at most; what a sleeping machine missed beyond them is gone. */
const CATCH_UP_TICKS = 10;

/**
 * Calls once per 10 ms, without drift: each tick is due at its place on the clock however late the one before came. Late
 * ticks are made up for, 100 ms at most; after a longer stall the beat starts anew.
 */
export class FrameTicker {
  readonly #clock: Clock;
  readonly #onTick: () => void;
  #due: number;
  #timer: Timer;
  #skipped = 0;

  constructor(clock: Clock, onTick: () => void) {
    this.#clock = clock;
    this.#onTick = onTick;
    this.#due = clock.now() + AUDIO_FRAME_MS;
    this.#timer = this.#arm();
  }

  /** Ticks that a stall cost. */
  get skipped(): number {
    return this.#skipped;
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
    const behind = Math.floor((this.#clock.now() - this.#due) / AUDIO_FRAME_MS) - CATCH_UP_TICKS;
    if (behind > 0) {
      this.#skipped += behind;
      this.#due += behind * AUDIO_FRAME_MS;
    }
    while (this.#due <= this.#clock.now()) {
      this.#due += AUDIO_FRAME_MS;
      this.#onTick();
    }
    if (this.#due !== Infinity) this.#timer = this.#arm();
  }
}
