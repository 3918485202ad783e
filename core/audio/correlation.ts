import { fourier } from './fourier.ts';
import { resample } from './interpolator.ts';
import { toFloat } from './samples.ts';

/** Telephone band, Hz. */
const LOW_HZ = 300;
const HIGH_HZ = 3_400;
/** Rate at which the signals are compared; holds the band and nothing more. */
const RATE = 8_000;
/** The largest shift between the two signals that is tried. */
const LARGEST_SHIFT_MS = 1_000;

/** How alike two signals are. */
export interface Correlation {
  /** Peak of the normalised cross-correlation, -1 to 1; 0 where one of them is silent in the band. */
  readonly correlation: number;
  /** By how much `returned` comes after `played` at that peak; negative where it comes earlier. */
  readonly delayMs: number;
}

/**
 * Compares what was played with what came back: the peak of their normalised cross-correlation in the band 300 to
 * 3,400 Hz, over shifts of one second either way. At each shift only the part is compared where both were there.
 * `sampleRate` in Hz holds for both.
 */
export function correlate(played: Int16Array, returned: Int16Array, sampleRate: number): Correlation {
  const first = resample(toFloat(played), sampleRate, RATE);
  const second = resample(toFloat(returned), sampleRate, RATE);
  const largestShift = (RATE * LARGEST_SHIFT_MS) / 1000;
  let size = 1;
  while (size < Math.max(first.length, second.length) + largestShift) size *= 2;

  const a = bandLimited(first, size);
  const b = bandLimited(second, size);
  const energyA = runningEnergy(a.signal, first.length);
  const energyB = runningEnergy(b.signal, second.length);
  const product = crossCorrelation(a.spectrum, b.spectrum);

  // Less than half of the shorter signal in common proves nothing.
  const leastOverlap = Math.min(first.length, second.length) / 2;
  let best: Correlation = { correlation: 0, delayMs: 0 };
  for (let shift = -largestShift; shift <= largestShift; shift++) {
    const from = Math.max(0, -shift);
    const to = Math.min(first.length, second.length - shift);
    if (to - from <= leastOverlap) continue;
    const energy =
      ((energyA[to] ?? 0) - (energyA[from] ?? 0)) * ((energyB[to + shift] ?? 0) - (energyB[from + shift] ?? 0));
    const peak = energy > Number.EPSILON ? (product[(shift + size) % size] ?? 0) / Math.sqrt(energy) : 0;
    // The filter rings a little beyond the ends, so that equal signals may exceed 1 in the fifth decimal.
    const correlation = Math.min(1, peak);
    if (correlation > best.correlation) best = { correlation, delayMs: (shift * 1000) / RATE };
  }
  return best;
}

interface Spectrum {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

/** The signal with everything outside the band taken away, and its spectrum. */
function bandLimited(samples: Float32Array, size: number): { signal: Float64Array; spectrum: Spectrum } {
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  real.set(samples);
  fourier(real, imaginary);
  for (let bin = 0; bin < size; bin++) {
    const frequency = (Math.min(bin, size - bin) * RATE) / size;
    if (frequency < LOW_HZ || frequency > HIGH_HZ) {
      real[bin] = 0;
      imaginary[bin] = 0;
    }
  }
  const signal = real.slice();
  fourier(signal, imaginary.slice(), true);
  return { signal, spectrum: { real, imaginary } };
}

/** Sum over n of a[n] · b[n + shift], at index `shift` modulo the size. */
function crossCorrelation(a: Spectrum, b: Spectrum): Float64Array {
  const size = a.real.length;
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  for (let bin = 0; bin < size; bin++) {
    const [ar, ai, br, bi] = [a.real[bin] ?? 0, a.imaginary[bin] ?? 0, b.real[bin] ?? 0, b.imaginary[bin] ?? 0];
    real[bin] = ar * br + ai * bi;
    imaginary[bin] = ar * bi - ai * br;
  }
  fourier(real, imaginary, true);
  return real;
}

/** The energy of the first n samples, at index n. */
function runningEnergy(signal: Float64Array, length: number): Float64Array {
  const sums = new Float64Array(length + 1);
  for (let n = 0; n < length; n++) sums[n + 1] = (sums[n] ?? 0) + (signal[n] ?? 0) ** 2;
  return sums;
}
