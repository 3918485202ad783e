import { AUDIO_FRAME_SAMPLES, AUDIO_RATE } from './audio-port.ts';
import { Interpolator } from './interpolator.ts';
import { toInt16 } from './samples.ts';
import type { Wav } from './wav.ts';

/** Plays a recording frame by frame at the rate of the media plane, whatever its own rate. */
export class WavPlayer {
  readonly #wav: Wav;
  readonly #loop: boolean;
  readonly #interpolator: Interpolator | undefined;
  readonly #length: number;
  readonly #output = new Float32Array(AUDIO_FRAME_SAMPLES);
  #input = new Float32Array(0);
  #position = 0;

  constructor(wav: Wav, loop = false) {
    this.#wav = wav;
    this.#loop = loop;
    this.#interpolator = wav.sampleRate === AUDIO_RATE ? undefined : new Interpolator(wav.sampleRate, AUDIO_RATE);
    this.#length = Math.floor((wav.length * AUDIO_RATE) / wav.sampleRate);
  }

  /** Fills one frame, the last one with silence at its end; `false`, with a silent frame, when there is no more. */
  pull(frame: Int16Array): boolean {
    if (this.#position >= this.#length) {
      if (!this.#loop || this.#length === 0) {
        frame.fill(0);
        return false;
      }
      this.#position = 0;
    }
    this.#read(this.#position);
    this.#position += AUDIO_FRAME_SAMPLES;
    for (let n = 0; n < frame.length; n++) frame[n] = toInt16(this.#output[n] ?? 0);
    return true;
  }

  #read(position: number): void {
    if (this.#interpolator === undefined) {
      this.#wav.read(position, this.#output);
      return;
    }
    const needed = this.#interpolator.inputCount(position, AUDIO_FRAME_SAMPLES);
    if (this.#input.length < needed) this.#input = new Float32Array(needed + 1);
    this.#wav.read(this.#interpolator.firstInput(position), this.#input);
    this.#interpolator.fill(this.#input, position, this.#output);
  }
}
