/** Coefficients for each sample at the lower rate; more make the edge steeper and the delay longer. */
export const TAPS = 32;
/** Share of the lower rate's band that passes: of 4 kHz, speech up to 3.4 kHz untouched. */
const EDGE = 0.97;
/** Shape of the Kaiser window: about 70 dB in the stop band. */
const BETA = 7;

/**
 * Coefficients of a linear-phase low-pass for changing the rate by `factor`: `factor * TAPS` of them, their sum 1. The
 * delay is half of that at the higher rate: 2 ms for 8 kHz.
 */
export function lowPass(factor: number): Float32Array {
  const length = factor * TAPS;
  const middle = (length - 1) / 2;
  const taps = Float32Array.from({ length }, (_, index) => {
    const distance = (index - middle) / factor;
    const offset = (index - middle) / (length / 2);
    return sinc(distance * EDGE) * bessel(BETA * Math.sqrt(Math.max(0, 1 - offset * offset)));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** The modified Bessel function of order zero, which makes the Kaiser window. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let order = 1; term > 1e-9 * sum; order++) {
    term *= (x / (2 * order)) ** 2;
    sum += term;
  }
  return sum;
}
