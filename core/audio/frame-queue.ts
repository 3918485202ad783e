import { AUDIO_FRAME_SAMPLES } from './audio-port.ts';
import { peak } from './samples.ts';

/** Pulls after which a reserve that was never touched is given up but for one frame: one second; that one: ten. */
const OBSERVED_PULLS = 100;
const OBSERVED_PULLS_LAST = 1_000;
/** A frame whose peak is below this (-40 dB) can be left out unheard. */
const QUIET_PEAK = 327;

/**
 * Frames between two clocks that do not agree, such as a sound card and the system's: the reader never waits. It holds
 * as little as the writer's jitter allows: an empty queue makes it grow by the frame of silence that the reader gets
 * instead; a reserve that was not needed for some seconds is given up, at a quiet place if one comes within another
 * second. Where it is full the oldest frame is lost. Frames are copied in and out; nothing is allocated later.
 */
export class FrameQueue {
  readonly #frames: readonly Int16Array[];
  #head = 0;
  #depth = 0;
  #least = Infinity;
  #pulls = 0;
  #underruns = 0;
  #dropped = 0;

  /** `capacity` in frames of 10 ms. */
  constructor(capacity: number) {
    this.#frames = Array.from({ length: capacity }, () => new Int16Array(AUDIO_FRAME_SAMPLES));
  }

  /** Frames that wait. */
  get depth(): number {
    return this.#depth;
  }

  /** Frames of silence given out because nothing was there. */
  get underruns(): number {
    return this.#underruns;
  }

  /** Frames left out because there were too many. */
  get dropped(): number {
    return this.#dropped;
  }

  push(frame: Int16Array): void {
    if (this.#depth === this.#frames.length) this.#drop();
    this.#slot(this.#depth).set(frame);
    this.#depth++;
  }

  /** Fills `frame` with the oldest frame, or with silence; whether there was one. */
  pull(frame: Int16Array): boolean {
    this.#pulls++;
    this.#least = Math.min(this.#least, this.#depth);
    if (this.#depth === 0) {
      this.#underruns++;
      frame.fill(0);
      this.#restart();
      return false;
    }
    this.#trim();
    frame.set(this.#slot(0));
    this.#advance();
    return true;
  }

  clear(): void {
    this.#depth = 0;
    this.#restart();
  }

  /** Gives up what was to spare all the time. */
  #trim(): void {
    const observed = this.#pulls - (this.#least > 2 ? OBSERVED_PULLS : OBSERVED_PULLS_LAST);
    if (observed < 0) return;
    if (this.#least < 2) {
      this.#restart();
      return;
    }
    if (peak(this.#slot(0)) > QUIET_PEAK && observed < OBSERVED_PULLS) return;
    this.#skip(Math.max(1, this.#least - 2));
    this.#restart();
  }

  /** Leaves out `count` frames, blending the first of them into the one after them. */
  #skip(count: number): void {
    const first = this.#slot(0);
    const next = this.#slot(count);
    for (let n = 0; n < next.length; n++) {
      const share = n / next.length;
      next[n] = Math.round((first[n] ?? 0) * (1 - share) + (next[n] ?? 0) * share);
    }
    for (let n = 0; n < count; n++) this.#drop();
  }

  #drop(): void {
    this.#advance();
    this.#dropped++;
  }

  #advance(): void {
    this.#head = (this.#head + 1) % this.#frames.length;
    this.#depth--;
  }

  #restart(): void {
    this.#pulls = 0;
    this.#least = Infinity;
  }

  #slot(index: number): Int16Array {
    const frame = this.#frames[(this.#head + index) % this.#frames.length];
    if (frame === undefined) throw new Error('a frame queue needs a capacity of at least one');
    return frame;
  }
}
