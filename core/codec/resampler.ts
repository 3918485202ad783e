import { lowPass, TAPS } from './low-pass.ts';

/** Changes the sampling rate of one stream of sound, without allocating, frame by frame of any length. */
export interface Resampler {
  /** Takes `count` samples; the samples written to `output`. A downward change takes multiples of its factor. */
  process(input: Int16Array, count: number, output: Int16Array): number;
}

/** Longest frame at the higher rate: 120 ms at 48 kHz. */
const MAX_FRAME = 5760;

/** A resampler between two rates, of which one must be a multiple of the other. */
export function createResampler(fromRate: number, toRate: number): Resampler {
  if (fromRate === toRate) return { process: copy };
  const factor = Math.max(fromRate, toRate) / Math.min(fromRate, toRate);
  if (!Number.isInteger(factor)) throw new RangeError(`no resampler from ${fromRate} to ${toRate} Hz`);
  return fromRate < toRate ? new Upsampler(factor) : new Downsampler(factor);
}

function copy(input: Int16Array, count: number, output: Int16Array): number {
  for (let index = 0; index < count; index++) output[index] = input[index] ?? 0;
  return count;
}

/** Every input sample gives `factor` outputs, each by its own phase of the low-pass. */
class Upsampler implements Resampler {
  readonly #factor: number;
  /** `TAPS` coefficients of phase 0, then of phase 1, and so on, last sample first. */
  readonly #phases: Float32Array;
  /** The last `TAPS - 1` samples, followed by the frame at hand. */
  readonly #line: Float32Array;

  constructor(factor: number) {
    this.#factor = factor;
    const taps = lowPass(factor);
    this.#phases = new Float32Array(taps.length);
    for (let phase = 0; phase < factor; phase++) {
      let sum = 0;
      for (let tap = 0; tap < TAPS; tap++) sum += taps[phase + factor * tap] ?? 0;
      // Every phase passes a constant unchanged, so none is heard as a tone of its own.
      for (let tap = 0; tap < TAPS; tap++) {
        this.#phases[phase * TAPS + (TAPS - 1 - tap)] = (taps[phase + factor * tap] ?? 0) / sum;
      }
    }
    this.#line = new Float32Array(TAPS - 1 + MAX_FRAME / factor);
  }

  process(input: Int16Array, count: number, output: Int16Array): number {
    const line = this.#line;
    const phases = this.#phases;
    const factor = this.#factor;
    for (let index = 0; index < count; index++) line[TAPS - 1 + index] = input[index] ?? 0;
    let out = 0;
    for (let index = 0; index < count; index++) {
      for (let phase = 0; phase < factor; phase++) {
        let sum = 0;
        const from = phase * TAPS;
        for (let tap = 0; tap < TAPS; tap++) sum += (line[index + tap] ?? 0) * (phases[from + tap] ?? 0);
        output[out++] = clip(sum);
      }
    }
    line.copyWithin(0, count, count + TAPS - 1);
    return out;
  }
}

/** Every output is the low-pass over the inputs up to it; the inputs between are not computed. */
class Downsampler implements Resampler {
  readonly #factor: number;
  readonly #taps: Float32Array;
  readonly #line: Float32Array;

  constructor(factor: number) {
    this.#factor = factor;
    this.#taps = lowPass(factor);
    this.#line = new Float32Array(this.#taps.length - 1 + MAX_FRAME);
  }

  process(input: Int16Array, count: number, output: Int16Array): number {
    const line = this.#line;
    const taps = this.#taps;
    const length = taps.length;
    for (let index = 0; index < count; index++) line[length - 1 + index] = input[index] ?? 0;
    let out = 0;
    for (let index = this.#factor - 1; index < count; index += this.#factor) {
      let sum = 0;
      // The low-pass is symmetrical, so its direction does not matter.
      for (let tap = 0; tap < length; tap++) sum += (line[index + tap] ?? 0) * (taps[tap] ?? 0);
      output[out++] = clip(sum);
    }
    line.copyWithin(0, count, count + length - 1);
    return out;
  }
}

function clip(value: number): number {
  return Math.round(value < -32_768 ? -32_768 : value > 32_767 ? 32_767 : value);
}
