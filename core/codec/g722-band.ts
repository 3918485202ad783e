/** Scale factors of the logarithmic quantizers, 2^(i/32) in units of 2048 (ITU-T G.722 table 14). */
const ILB = [
  2048, 2093, 2139, 2186, 2233, 2282, 2332, 2383, 2435, 2489, 2543, 2599, 2656, 2714, 2774, 2834, 2896, 2960, 3025,
  3091, 3158, 3228, 3298, 3371, 3444, 3520, 3597, 3676, 3756, 3838, 3922, 4008,
];

/** What tells the lower band's adaptive quantizer from the higher band's. */
interface BandKind {
  readonly firstScale: number;
  readonly maxLogScale: number;
  readonly scaleShift: number;
}

export const LOWER_BAND: BandKind = { firstScale: 32, maxLogScale: 18_432, scaleShift: 8 };
export const HIGHER_BAND: BandKind = { firstScale: 8, maxLogScale: 22_528, scaleShift: 10 };

/**
 * Predictor and quantizer scale of one sub-band of G.722, the same in encoder and decoder. Variables and the names in
 * comments are those of the recommendation, clauses 3.5 and 3.6.
 */
export class G722Band {
  readonly #kind: BandKind;
  /** The quantizer's scale factor, DET. */
  scale: number;
  /** The predicted sample, S. */
  predicted = 0;
  #logScale = 0;
  /** The zeros' part of the prediction, SZ. */
  #zeros = 0;
  /** Reconstructed and partially reconstructed samples R and P; differences D; coefficients A and B. */
  readonly #r = new Int32Array(3);
  readonly #p = new Int32Array(3);
  readonly #d = new Int32Array(7);
  readonly #a = new Int32Array(3);
  readonly #b = new Int32Array(7);

  constructor(kind: BandKind) {
    this.#kind = kind;
    this.scale = kind.firstScale;
  }

  /** LOGSCL/LOGSCH and SCALEL/SCALEH: adapts the scale by the weight of the code just used. */
  adaptScale(weight: number): void {
    const { maxLogScale, scaleShift } = this.#kind;
    this.#logScale = Math.min(maxLogScale, Math.max(0, ((this.#logScale * 127) >> 7) + weight));
    const mantissa = ILB[(this.#logScale >> 6) & 31] ?? 0;
    const shift = scaleShift - (this.#logScale >> 11);
    this.scale = (shift < 0 ? mantissa << -shift : mantissa >> shift) << 2;
  }

  /** Takes the quantized difference of a sample and predicts the next one. */
  predict(difference: number): void {
    const r = this.#r;
    const p = this.#p;
    const d = this.#d;
    const a = this.#a;
    const b = this.#b;
    d[0] = difference;
    r[0] = saturate(this.predicted + difference);
    p[0] = saturate(this.#zeros + difference);
    const [a1, a2] = this.#adaptPoles();
    this.#adaptZeros(difference);
    a[1] = a1;
    a[2] = a2;
    d.copyWithin(1, 0, 6);
    r.copyWithin(1, 0, 2);
    p.copyWithin(1, 0, 2);
    // FILTEP, FILTEZ, PREDIC
    let poles = 0;
    for (let i = 1; i <= 2; i++) poles += ((a[i] ?? 0) * saturate(2 * (r[i] ?? 0))) >> 15;
    let zeros = 0;
    for (let i = 6; i >= 1; i--) zeros += ((b[i] ?? 0) * saturate(2 * (d[i] ?? 0))) >> 15;
    this.#zeros = saturate(zeros);
    this.predicted = saturate(saturate(poles) + this.#zeros);
  }

  /** UPPOL2, UPPOL1. */
  #adaptPoles(): readonly [number, number] {
    const [, a1 = 0, a2 = 0] = this.#a;
    const [p0 = 0, p1 = 0, p2 = 0] = this.#p;
    const same1 = p0 >> 15 === p1 >> 15;
    const same2 = p0 >> 15 === p2 >> 15;
    const quadruple = saturate(a1 << 2);
    const step = (Math.min(32_767, same1 ? -quadruple : quadruple) >> 7) + (same2 ? 128 : -128);
    const next2 = Math.min(12_288, Math.max(-12_288, step + ((a2 * 32_512) >> 15)));
    const bound = saturate(15_360 - next2);
    const next1 = saturate((same1 ? 192 : -192) + ((a1 * 32_640) >> 15));
    return [Math.min(bound, Math.max(-bound, next1)), next2];
  }

  /** UPZERO. */
  #adaptZeros(difference: number): void {
    const step = difference === 0 ? 0 : 128;
    for (let i = 1; i <= 6; i++) {
      const same = (this.#d[i] ?? 0) >> 15 === difference >> 15;
      this.#b[i] = saturate((same ? step : -step) + (((this.#b[i] ?? 0) * 32_640) >> 15));
    }
  }
}

/** Keeps a value within 16 bits. */
export function saturate(value: number): number {
  return value > 32_767 ? 32_767 : value < -32_768 ? -32_768 : value;
}
