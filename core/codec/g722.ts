import { G722Band, HIGHER_BAND, LOWER_BAND, saturate } from './g722-band.ts';

/** Half of the quadrature mirror filter, 24 coefficients in all (ITU-T G.722 table 11). */
const QMF = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];
/** Decision levels of the lower band's quantizer, Q6, and its codes for negative and positive differences. */
const Q6 = [
  0, 35, 72, 110, 150, 190, 233, 276, 323, 370, 422, 473, 530, 587, 650, 714, 786, 858, 940, 1023, 1121, 1219, 1339,
  1458, 1612, 1765, 1980, 2195, 2557, 2919,
];
/** Output values of the 60-level, 16-level and 4-level inverse quantizers. */
const QM6 = [
  -136, -136, -136, -136, -24808, -21904, -19008, -16704, -14984, -13512, -12280, -11192, -10232, -9360, -8576, -7856,
  -7192, -6576, -6000, -5456, -4944, -4464, -4008, -3576, -3168, -2776, -2400, -2032, -1688, -1360, -1040, -728, 24808,
  21904, 19008, 16704, 14984, 13512, 12280, 11192, 10232, 9360, 8576, 7856, 7192, 6576, 6000, 5456, 4944, 4464, 4008,
  3576, 3168, 2776, 2400, 2032, 1688, 1360, 1040, 728, 432, 136, -432, -136,
];
const QM4 = [0, -20456, -12896, -8968, -6288, -4240, -2584, -1200, 20456, 12896, 8968, 6288, 4240, 2584, 1200, 0];
const QM2 = [-7408, -1616, 7408, 1616];
/** Weights of the scale adaptation by code: WL through RL4, and WH through RH2. */
const LOWER_WEIGHTS = [-60, 3042, 1198, 538, 334, 172, 58, -30, 3042, 1198, 538, 334, 172, 58, -30, -60];
const HIGHER_WEIGHTS = [798, -214, 798, -214];

/** Encodes sound of 16 kHz at 64 kbit/s (ITU-T G.722, mode 1): one octet for two samples. */
export class G722Encoder {
  readonly #lower = new G722Band(LOWER_BAND);
  readonly #higher = new G722Band(HIGHER_BAND);
  readonly #line = new Int32Array(24);

  /** Encodes the first `count` samples, an even number; the octets written at `offset`. */
  encode(samples: Int16Array, count: number, output: Uint8Array, offset: number): number {
    const line = this.#line;
    let at = offset;
    for (let index = 0; index + 1 < count; index += 2) {
      line.copyWithin(0, 2);
      line[22] = samples[index] ?? 0;
      line[23] = samples[index + 1] ?? 0;
      let even = 0;
      let odd = 0;
      for (let tap = 0; tap < 12; tap++) {
        even += (line[2 * tap] ?? 0) * (QMF[tap] ?? 0);
        odd += (line[2 * tap + 1] ?? 0) * (QMF[11 - tap] ?? 0);
      }
      output[at++] = (this.#encodeHigher((odd - even) >> 14) << 6) | this.#encodeLower((even + odd) >> 14);
    }
    return at - offset;
  }

  #encodeLower(sample: number): number {
    const band = this.#lower;
    const difference = saturate(sample - band.predicted);
    const magnitude = difference >= 0 ? difference : -(difference + 1);
    let level = 1;
    while (level < 30 && magnitude >= ((Q6[level] ?? 0) * band.scale) >> 12) level++;
    const code = difference < 0 ? (level < 3 ? 64 - level : 34 - level) : 62 - level;
    const coarse = code >> 2;
    const quantized = (band.scale * (QM4[coarse] ?? 0)) >> 15;
    band.adaptScale(LOWER_WEIGHTS[coarse] ?? 0);
    band.predict(quantized);
    return code;
  }

  #encodeHigher(sample: number): number {
    const band = this.#higher;
    const difference = saturate(sample - band.predicted);
    const magnitude = difference >= 0 ? difference : -(difference + 1);
    const outer = magnitude >= (564 * band.scale) >> 12;
    const code = (difference < 0 ? 0 : 2) + (outer ? 0 : 1);
    const quantized = (band.scale * (QM2[code] ?? 0)) >> 15;
    band.adaptScale(HIGHER_WEIGHTS[code] ?? 0);
    band.predict(quantized);
    return code;
  }
}

/** Decodes 64 kbit/s (mode 1) to sound of 16 kHz. */
export class G722Decoder {
  readonly #lower = new G722Band(LOWER_BAND);
  readonly #higher = new G722Band(HIGHER_BAND);
  readonly #line = new Int32Array(24);

  /** Decodes `length` octets at `offset` to twice as many samples, whose number is the result. */
  decode(payload: Uint8Array, offset: number, length: number, output: Int16Array): number {
    const line = this.#line;
    let out = 0;
    for (let index = 0; index < length; index++) {
      const octet = payload[offset + index] ?? 0;
      const low = this.#decodeLower(octet & 0x3f);
      const high = this.#decodeHigher(octet >> 6);
      line.copyWithin(0, 2);
      line[22] = low + high;
      line[23] = low - high;
      let first = 0;
      let second = 0;
      for (let tap = 0; tap < 12; tap++) {
        first += (line[2 * tap + 1] ?? 0) * (QMF[11 - tap] ?? 0);
        second += (line[2 * tap] ?? 0) * (QMF[tap] ?? 0);
      }
      output[out++] = saturate(first >> 11);
      output[out++] = saturate(second >> 11);
    }
    return out;
  }

  #decodeLower(code: number): number {
    const band = this.#lower;
    const sample = limit(band.predicted + ((band.scale * (QM6[code] ?? 0)) >> 15));
    const coarse = code >> 2;
    const quantized = (band.scale * (QM4[coarse] ?? 0)) >> 15;
    band.adaptScale(LOWER_WEIGHTS[coarse] ?? 0);
    band.predict(quantized);
    return sample;
  }

  #decodeHigher(code: number): number {
    const band = this.#higher;
    const quantized = (band.scale * (QM2[code] ?? 0)) >> 15;
    const sample = limit(band.predicted + quantized);
    band.adaptScale(HIGHER_WEIGHTS[code] ?? 0);
    band.predict(quantized);
    return sample;
  }
}

/** LIMIT: sub-band samples have 15 bits. */
function limit(value: number): number {
  return value > 16_383 ? 16_383 : value < -16_384 ? -16_384 : value;
}
