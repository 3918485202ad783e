/** A sine of `amplitude` (0 to 1) as signed 16-bit samples. */
export function tone(frequencyHz: number, sampleRate: number, samples: number, amplitude = 0.5): Int16Array {
  return Int16Array.from({ length: samples }, (_, n) =>
    Math.round(32767 * amplitude * Math.sin((2 * Math.PI * frequencyHz * n) / sampleRate)),
  );
}

/** The amplitude (0 to 1) of one frequency in a signal, by projection on its sine and cosine. */
export function amplitudeAt(frequencyHz: number, sampleRate: number, samples: ArrayLike<number>): number {
  let sine = 0;
  let cosine = 0;
  for (let n = 0; n < samples.length; n++) {
    const angle = (2 * Math.PI * frequencyHz * n) / sampleRate;
    sine += (samples[n] ?? 0) * Math.sin(angle);
    cosine += (samples[n] ?? 0) * Math.cos(angle);
  }
  return (2 * Math.hypot(sine, cosine)) / samples.length / 32768;
}

/** Root mean square of a signal, 0 to 1 of full scale. */
export function level(samples: Int16Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample ** 2;
  return Math.sqrt(sum / samples.length) / 32768;
}
