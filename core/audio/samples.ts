/** A number from -1 to 1 as a signed 16-bit sample; louder ones are clipped. */
export function toInt16(value: number): number {
  return Math.max(-32768, Math.min(32767, Math.round(value * 32768)));
}

/** Signed 16-bit samples as numbers from -1 to 1. */
export function toFloat(samples: Int16Array): Float32Array<ArrayBuffer> {
  const output = new Float32Array(samples.length);
  for (let n = 0; n < samples.length; n++) output[n] = (samples[n] ?? 0) / 32768;
  return output;
}

/** The largest magnitude of a frame, 0 to 32,768. */
export function peak(samples: Int16Array): number {
  let largest = 0;
  for (const sample of samples) largest = Math.max(largest, Math.abs(sample));
  return largest;
}
