import type { SeededRandom } from '../support/seeded-random.ts';

/** Longest input that is tried, octets. */
export const LONGEST_INPUT = 4096;
/** Numbers at the edges of their fields. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0xffff_ffff] as const;
const DECIMALS = ['0', '-1', '1', '00', '255', '65535', '65536', '4294967295', '4294967296', '99999999999999999999'];

/** Changes inputs at random: single bits and octets, pieces cut out, doubled or moved, tokens, lengths, other inputs. */
export class Mutator {
  readonly #random: SeededRandom;
  readonly #tokens: readonly Uint8Array[];

  constructor(random: SeededRandom, tokens: readonly Uint8Array[]) {
    this.#random = random;
    this.#tokens = tokens;
  }

  /** `input` changed one to eight times; `others` is what pieces may be taken from. */
  mutate(input: Uint8Array, others: readonly Uint8Array[]): Uint8Array {
    let octets = new Uint8Array(input);
    for (let changes = 1 + this.#random.below(8); changes > 0; changes--) octets = this.#change(octets, others);
    return octets.subarray(0, LONGEST_INPUT);
  }

  #change(octets: Uint8Array, others: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
    const at = this.#random.below(octets.length + 1);
    const length = 1 + this.#random.below(this.#random.pick([4, 16, 200]));
    const end = Math.min(octets.length, at + length);
    switch (this.#random.below(10)) {
      case 0:
        return this.#overwrite(octets, at, new Uint8Array([(octets[at] ?? 0) ^ (1 << this.#random.below(8))]));
      case 1:
        return this.#overwrite(octets, at, this.#random.bytes(1));
      case 2:
        return join(octets.subarray(0, at), octets.subarray(end));
      case 3:
        return join(octets.subarray(0, end), octets.subarray(at));
      case 4:
        return join(octets.subarray(0, at), this.#random.bytes(length), octets.subarray(at));
      case 5:
        return join(octets.subarray(0, at), this.#token(), octets.subarray(at));
      case 6:
        return this.#overwrite(octets, at, this.#token());
      case 7:
        return this.#overwrite(octets, at, this.#edge(octets.length));
      case 8: {
        const other = this.#random.pick(others);
        const from = this.#random.below(other.length + 1);
        return join(octets.subarray(0, at), other.subarray(from, from + length), octets.subarray(end));
      }
      default:
        return this.#decimal(octets, at);
    }
  }

  #token(): Uint8Array {
    return this.#tokens.length === 0 ? this.#random.bytes(2) : this.#random.pick(this.#tokens);
  }

  /** A binary length: at the edge of its field, or near that of the input. */
  #edge(near: number): Uint8Array {
    const width = this.#random.pick([1, 2, 3, 4]);
    const value = this.#random.below(2) === 0 ? this.#random.pick(EDGES) : near - this.#random.below(64);
    return Uint8Array.from({ length: width }, (_, index) => value >>> (8 * (width - 1 - index)));
  }

  /** Another number in the place of the next one that is written in digits. */
  #decimal(octets: Uint8Array, from: number): Uint8Array<ArrayBuffer> {
    const isDigit = (index: number): boolean => (octets[index] ?? 0) >= 0x30 && (octets[index] ?? 0) <= 0x39;
    let start = from;
    while (start < octets.length && !isDigit(start)) start++;
    let end = start;
    while (isDigit(end)) end++;
    const number =
      this.#random.below(2) === 0 ? this.#random.pick(DECIMALS) : String(this.#random.below(octets.length + 9));
    return join(octets.subarray(0, start), new TextEncoder().encode(number), octets.subarray(end));
  }

  #overwrite(octets: Uint8Array, at: number, piece: Uint8Array): Uint8Array<ArrayBuffer> {
    return join(octets.subarray(0, at), piece, octets.subarray(at + piece.length));
  }
}

function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
