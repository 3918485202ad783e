import { AUDIO_FRAME_SAMPLES } from '../audio/audio-port.ts';

const FRAME_MS = 10;

/** Gives each frame back after a time that is a multiple of a frame; silence at first. */
export class DelayLine {
  readonly #frames: Int16Array[];
  #at = 0;

  constructor(delayMs: number) {
    const count = Math.max(1, Math.round(delayMs / FRAME_MS));
    this.#frames = Array.from({ length: count }, () => new Int16Array(AUDIO_FRAME_SAMPLES));
  }

  /** Keeps `input` and fills `output` with the frame that is due. */
  pass(input: Int16Array, output: Int16Array): void {
    const frame = this.#frames[this.#at];
    if (frame === undefined) return;
    output.set(frame);
    frame.set(input);
    this.#at = (this.#at + 1) % this.#frames.length;
  }
}
