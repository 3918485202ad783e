/** Zero crossings of the kernel on each side of its centre; the transition band is about a tenth of the lower rate. */
const ZERO_CROSSINGS = 16;
/** Positions between two samples for which the kernel is tabled; values in between are interpolated (error below -100 dB). */
const PHASES = 512;
/** The pass band ends here, as a share of the lower Nyquist frequency, so that the transition band does not fold back. */
const PASS_BAND = 0.94;

/**
 * Changes a sample rate by a windowed sinc (Blackman). It holds no signal: the caller hands over the
 * samples around the place, so any part of a recording can be had at any time.
 */
export class Interpolator {
  /** Samples needed on each side of a position. */
  readonly reach: number;
  readonly #inputRate: number;
  readonly #outputRate: number;
  readonly #taps: number;
  readonly #table: Float32Array;

  /** Rates in Hz, whole numbers. */
  constructor(inputRate: number, outputRate: number) {
    this.#inputRate = inputRate;
    this.#outputRate = outputRate;
    const cutoff = PASS_BAND * Math.min(1, outputRate / inputRate);
    this.reach = Math.ceil(ZERO_CROSSINGS / cutoff);
    this.#taps = 2 * this.reach;
    this.#table = new Float32Array((PHASES + 1) * this.#taps);
    for (let phase = 0; phase <= PHASES; phase++) {
      for (let tap = 0; tap < this.#taps; tap++) {
        const distance = tap - this.reach + 1 - phase / PHASES;
        this.#table[phase * this.#taps + tap] = cutoff * sinc(cutoff * distance) * blackman(distance / this.reach);
      }
    }
  }

  /** The first input sample that the output sample `index` needs; it may be negative, which stands for silence. */
  firstInput(index: number): number {
    return Math.floor((index * this.#inputRate) / this.#outputRate) - this.reach + 1;
  }

  /** Input samples that `count` outputs beginning with `index` need. */
  inputCount(index: number, count: number): number {
    return this.firstInput(index + count - 1) + this.#taps - this.firstInput(index);
  }

  /** Writes `output.length` samples beginning with the output sample `index`; `input[0]` is `firstInput(index)`. */
  fill(input: Float32Array, index: number, output: Float32Array): void {
    const taps = this.#taps;
    const table = this.#table;
    const origin = this.firstInput(index);
    for (let n = 0; n < output.length; n++) {
      // Whole numbers up to 2^53: positions stay exact for days.
      const scaled = (index + n) * this.#inputRate;
      const place = ((scaled % this.#outputRate) / this.#outputRate) * PHASES;
      const phase = Math.floor(place);
      const between = place - phase;
      const from = Math.floor(scaled / this.#outputRate) - this.reach + 1 - origin;
      let low = 0;
      let high = 0;
      for (let tap = 0, at = phase * taps; tap < taps; tap++, at++) {
        const sample = input[from + tap] ?? 0;
        low += sample * (table[at] ?? 0);
        high += sample * (table[at + taps] ?? 0);
      }
      output[n] = low + (high - low) * between;
    }
  }
}

/** A whole recording at another rate. */
export function resample(samples: Float32Array, inputRate: number, outputRate: number): Float32Array<ArrayBuffer> {
  const output = new Float32Array(Math.floor((samples.length * outputRate) / inputRate));
  if (inputRate === outputRate) {
    output.set(samples);
    return output;
  }
  const interpolator = new Interpolator(inputRate, outputRate);
  const padded = new Float32Array(interpolator.inputCount(0, output.length));
  padded.set(samples.subarray(0, padded.length + interpolator.firstInput(0)), -interpolator.firstInput(0));
  interpolator.fill(padded, 0, output);
  return output;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** The Blackman window, 1 in the middle and 0 at -1 and 1. */
function blackman(x: number): number {
  if (Math.abs(x) >= 1) return 0;
  return 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x);
}
