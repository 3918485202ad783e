/** ITU-T G.711 Appendix I: pitch between 66 and 200 Hz, found over 20 ms. */
const MIN_PITCH_MS = 5;
const MAX_PITCH_MS = 15;
const CORRELATION_MS = 20;
/** Full volume for 10 ms, a fifth less every 10 ms after that, silence after 60 ms. */
const FULL_MS = 10;
const SILENT_MS = 60;
/** Longest blend back into real sound. */
const MAX_BLEND_MS = 10;

/**
 * Conceals lost packets of waveform codecs by repeating the last pitch period, fading, after the manner of ITU-T G.711
 * Appendix I; without its delay of 3.75 ms, so the first repetition begins where the sound broke off.
 */
export class WaveformConcealer {
  readonly #perMs: number;
  readonly #history: Float32Array;
  /** One pitch period whose end leads smoothly into its beginning. */
  readonly #period: Float32Array;
  #periodLength = 0;
  #position = 0;
  /** Samples concealed in a row. */
  #concealed = 0;

  constructor(sampleRate: number) {
    this.#perMs = sampleRate / 1000;
    this.#history = new Float32Array((CORRELATION_MS + MAX_PITCH_MS) * this.#perMs);
    this.#period = new Float32Array(MAX_PITCH_MS * this.#perMs);
  }

  /** Real sound came: blends it in where something was lost before, in place, and remembers it. */
  accept(samples: Int16Array, count: number): void {
    if (this.#concealed > 0) {
      const blend = Math.min(
        count,
        MAX_BLEND_MS * this.#perMs,
        Math.floor(this.#periodLength / 4) + this.#concealed / 2,
      );
      for (let index = 0; index < blend; index++) {
        const share = (index + 1) / (blend + 1);
        samples[index] = Math.round(this.#next() * (1 - share) + (samples[index] ?? 0) * share);
      }
      this.#concealed = 0;
    }
    this.#remember(samples, count);
  }

  /** Writes `count` samples in place of what was lost. */
  conceal(output: Int16Array, count: number): void {
    if (this.#concealed === 0) this.#findPeriod();
    for (let index = 0; index < count; index++) output[index] = Math.round(this.#next());
    this.#remember(output, count);
  }

  #next(): number {
    const elapsedMs = this.#concealed++ / this.#perMs;
    if (elapsedMs >= SILENT_MS) return 0;
    const value = this.#period[this.#position] ?? 0;
    this.#position = (this.#position + 1) % this.#periodLength;
    return value * (elapsedMs < FULL_MS ? 1 : 1 - (elapsedMs - FULL_MS) / (SILENT_MS - FULL_MS));
  }

  #findPeriod(): void {
    const history = this.#history;
    const end = history.length;
    const lag = this.#pitch();
    const overlap = Math.floor(lag / 4);
    for (let index = 0; index < lag; index++) {
      const sample = history[end - lag + index] ?? 0;
      const share = Math.max(0, index - (lag - overlap) + 1) / (overlap + 1);
      const earlier = share > 0 ? (history[end - 2 * lag + index] ?? 0) : 0;
      this.#period[index] = sample * (1 - share) + earlier * share;
    }
    this.#periodLength = lag;
    this.#position = 0;
  }

  /** The lag at which the last 20 ms are most like what came before, samples. */
  #pitch(): number {
    const history = this.#history;
    const end = history.length;
    const span = CORRELATION_MS * this.#perMs;
    let best = MAX_PITCH_MS * this.#perMs;
    let bestScore = 0;
    for (let lag = MIN_PITCH_MS * this.#perMs; lag <= MAX_PITCH_MS * this.#perMs; lag++) {
      let product = 0;
      let energy = 1;
      for (let index = end - span; index < end; index++) {
        const earlier = history[index - lag] ?? 0;
        product += (history[index] ?? 0) * earlier;
        energy += earlier * earlier;
      }
      const score = product / Math.sqrt(energy);
      if (score > bestScore) {
        bestScore = score;
        best = lag;
      }
    }
    return best;
  }

  #remember(samples: Int16Array, count: number): void {
    const history = this.#history;
    const kept = Math.max(0, history.length - count);
    history.copyWithin(0, history.length - kept);
    const skipped = Math.max(0, count - history.length);
    for (let index = kept; index < history.length; index++) history[index] = samples[skipped + index - kept] ?? 0;
  }
}
