/** A sine of `amplitude` at `rate`. */
export function sine(rate: number, frequencyHz: number, amplitude: number, length: number): Int16Array {
  return Int16Array.from({ length }, (_, index) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * frequencyHz * index) / rate)),
  );
}

/** Something with the shape of speech: a gliding pitch with harmonics below 3 kHz, in syllables. */
export function speech(rate: number, length: number): Int16Array {
  let phase = 0;
  return Int16Array.from({ length }, (_, index) => {
    const seconds = index / rate;
    phase += (2 * Math.PI * (130 + 30 * Math.sin(2 * Math.PI * 1.3 * seconds))) / rate;
    let sample = 0;
    for (let harmonic = 1; harmonic <= 16; harmonic++) sample += Math.sin(harmonic * phase + harmonic) / harmonic;
    return Math.round(4000 * sample * (0.55 + 0.45 * Math.sin(2 * Math.PI * 4 * seconds)));
  });
}

/** Root mean square. */
export function rms(samples: Int16Array): number {
  return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
}

/** Signal to noise in dB of `actual` against `expected`, sample by sample. */
export function signalToNoise(expected: Int16Array, actual: Int16Array): number {
  const noise = expected.reduce((sum, sample, index) => sum + (sample - (actual[index] ?? 0)) ** 2, 0);
  const signal = expected.reduce((sum, sample) => sum + sample * sample, 0);
  return 10 * Math.log10(signal / Math.max(noise, 1e-9));
}

/** The same, at the delay up to `maxDelay` samples that fits best; the delay comes along. */
export function alignedSignalToNoise(
  expected: Int16Array,
  actual: Int16Array,
  maxDelay: number,
): { readonly decibel: number; readonly delay: number } {
  let best = { decibel: -Infinity, delay: 0 };
  for (let delay = 0; delay <= maxDelay; delay++) {
    const shifted = actual.subarray(delay);
    const decibel = signalToNoise(expected.subarray(0, shifted.length), shifted.subarray(0, expected.length));
    if (decibel > best.decibel) best = { decibel, delay };
  }
  return best;
}
