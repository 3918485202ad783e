import { AUDIO_FRAME_SAMPLES, AUDIO_RATE } from './audio-port.ts';
import { Interpolator } from './interpolator.ts';
import { toInt16 } from './samples.ts';
import type { Wav } from './wav.ts';

/** Plays a recording frame by frame at the rate of the media plane, whatever its own rate. */
export class WavPlayer {
  readonly #wav: Wav;
  readonly #interpolator: Interpolator | undefined;
  readonly #length: number;
  readonly #output = new Float32Array(AUDIO_FRAME_SAMPLES);
  #input = new Float32Array(0);
  #position = 0;

  constructor(wav: Wav) {
    this.#wav = wav;
    this.#interpolator = wav.sampleRate === AUDIO_RATE ? undefined : new Interpolator(wav.sampleRate, AUDIO_RATE);
    this.#length = Math.floor((wav.length * AUDIO_RATE) / wav.sampleRate);
  }

  /** Fills one frame, the last one with silence at its end; `false`, with a silent frame, when there is no more. */
  pull(frame: Int16Array): boolean {
    if (this.#position >= this.#length) {
      frame.fill(0);
      return false;
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

/** Plays recordings one after the other, once or again and again: fills a frame, `false` at the end. */
export function playWavs(wavs: readonly Wav[], loop = false): (frame: Int16Array) => boolean {
  let at = 0;
  let player: WavPlayer | undefined;
  return (frame) => {
    // One more than there are, so that recordings without a sample end the round.
    for (let tries = 0; tries <= wavs.length; tries++) {
      const wav = wavs[at];
      if (wav === undefined) break;
      player ??= new WavPlayer(wav);
      if (player.pull(frame)) return true;
      player = undefined;
      at = loop ? (at + 1) % wavs.length : at + 1;
    }
    frame.fill(0);
    return false;
  };
}
