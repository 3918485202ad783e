/**
 * The discrete Fourier transform in place, radix 2; `inverse` also divides by the length. Both arrays have the same
 * length, a power of two.
 */
export function fourier(real: Float64Array, imaginary: Float64Array, inverse = false): void {
  const size = real.length;
  reorder(real, imaginary);
  for (let half = 1; half < size; half *= 2) {
    const angle = ((inverse ? 1 : -1) * Math.PI) / half;
    for (let k = 0; k < half; k++) {
      const cosine = Math.cos(angle * k);
      const sine = Math.sin(angle * k);
      for (let a = k; a < size; a += 2 * half) {
        const b = a + half;
        const re = (real[b] ?? 0) * cosine - (imaginary[b] ?? 0) * sine;
        const im = (real[b] ?? 0) * sine + (imaginary[b] ?? 0) * cosine;
        real[b] = (real[a] ?? 0) - re;
        imaginary[b] = (imaginary[a] ?? 0) - im;
        real[a] = (real[a] ?? 0) + re;
        imaginary[a] = (imaginary[a] ?? 0) + im;
      }
    }
  }
  if (!inverse) return;
  for (let n = 0; n < size; n++) {
    real[n] = (real[n] ?? 0) / size;
    imaginary[n] = (imaginary[n] ?? 0) / size;
  }
}

/** Puts each value where the butterflies want it: at its index with the bits reversed. */
function reorder(real: Float64Array, imaginary: Float64Array): void {
  const size = real.length;
  for (let n = 1, reversed = 0; n < size; n++) {
    let bit = size >> 1;
    for (; reversed & bit; bit >>= 1) reversed ^= bit;
    reversed ^= bit;
    if (n < reversed) {
      swap(real, n, reversed);
      swap(imaginary, n, reversed);
    }
  }
}

function swap(values: Float64Array, a: number, b: number): void {
  const kept = values[a] ?? 0;
  values[a] = values[b] ?? 0;
  values[b] = kept;
}
