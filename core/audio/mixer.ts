import { AUDIO_FRAME_SAMPLES } from './audio-port.ts';

/** Adds frames up, so that several calls can be heard from one speaker; the sum is clipped, not wrapped. */
export class Mixer {
  readonly #sum = new Int32Array(AUDIO_FRAME_SAMPLES);

  add(frame: Int16Array): void {
    const sum = this.#sum;
    for (let n = 0; n < sum.length; n++) sum[n] = (sum[n] ?? 0) + (frame[n] ?? 0);
  }

  /** Writes the sum to `frame` and begins anew with silence. */
  take(frame: Int16Array): void {
    const sum = this.#sum;
    for (let n = 0; n < sum.length; n++) frame[n] = Math.max(-32768, Math.min(32767, sum[n] ?? 0));
    sum.fill(0);
  }
}
