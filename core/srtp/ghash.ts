import { readUint32, writeUint32 } from '../rtp/rtp-packet.ts';

/** Factors of one product: nine of 32 bits by Karatsuba's method, and the same nine with their bits reversed. */
const FACTORS = 18;

/**
 * GHASH (NIST SP 800-38D §6.4) with one key, in constant time: the carry-less products are made of ordinary ones with
 * holes between the bits for the carries to fall into, after BearSSL's `ghash_ctmul32` by Thomas Pornin. No table is
 * looked up, so nothing about the key shows in the cache.
 */
export class Ghash {
  readonly #key = new Int32Array(FACTORS);
  readonly #factors = new Int32Array(FACTORS);
  readonly #products = new Int32Array(FACTORS);
  readonly #double = new Int32Array(8);
  readonly #state = new Int32Array(4);
  readonly #block = new Uint8Array(16);

  /** `key`: the zero block, encrypted. */
  constructor(key: Uint8Array) {
    for (let word = 0; word < 4; word++) this.#state[word] = readUint32(key, 12 - 4 * word);
    split(this.#state, this.#key);
  }

  /**
   * Writes the hash over `associated` octets `[0, associatedLength)` and `text` octets `[start, end)`, each padded with
   * zeros to whole blocks, and their lengths, to `output`.
   */
  hash(
    associated: Uint8Array,
    associatedLength: number,
    text: Uint8Array,
    start: number,
    end: number,
    output: Uint8Array,
  ): void {
    this.#state.fill(0);
    this.#update(associated, 0, associatedLength);
    this.#update(text, start, end);
    const block = this.#block.fill(0);
    writeUint32(block, 4, associatedLength * 8);
    writeUint32(block, 12, (end - start) * 8);
    this.#mix(block, 0);
    for (let word = 0; word < 4; word++) writeUint32(output, 12 - 4 * word, this.#state[word] ?? 0);
  }

  /** Forgets the key. */
  wipe(): void {
    for (const words of [this.#key, this.#factors, this.#products, this.#double, this.#state]) words.fill(0);
  }

  #update(octets: Uint8Array, start: number, end: number): void {
    let at = start;
    for (; at + 16 <= end; at += 16) this.#mix(octets, at);
    if (at === end) return;
    const block = this.#block.fill(0);
    for (let index = 0; at + index < end; index++) block[index] = octets[at + index] ?? 0;
    this.#mix(block, 0);
  }

  /** Adds a block to the state and multiplies by the key. */
  #mix(octets: Uint8Array, at: number): void {
    const y = this.#state;
    for (let word = 0; word < 4; word++) y[word] = (y[word] ?? 0) ^ readUint32(octets, at + 12 - 4 * word);
    split(y, this.#factors);
    const c = this.#products;
    for (let index = 0; index < FACTORS; index++) c[index] = multiply(this.#factors[index] ?? 0, this.#key[index] ?? 0);
    combine(c, this.#double);
    reduce(this.#double, y);
  }
}

/** The factors of Karatsuba's method for 128 bits in four words, least significant first, and their mirror images. */
function split(words: Int32Array, factors: Int32Array): void {
  for (let word = 0; word < 4; word++) {
    const value = words[word] ?? 0;
    factors[word] = value;
    factors[9 + word] = reverse(value);
  }
  for (let base = 0; base < FACTORS; base += 9) {
    const a0 = factors[base] ?? 0;
    const a1 = factors[base + 1] ?? 0;
    const a2 = factors[base + 2] ?? 0;
    const a3 = factors[base + 3] ?? 0;
    factors[base + 4] = a0 ^ a1;
    factors[base + 5] = a2 ^ a3;
    factors[base + 6] = a0 ^ a2;
    factors[base + 7] = a1 ^ a3;
    factors[base + 8] = a0 ^ a1 ^ a2 ^ a3;
  }
}

/** The low 32 bits of the carry-less product; the high ones come from the product of the mirror images. */
function multiply(x: number, y: number): number {
  const x0 = x & 0x11111111;
  const x1 = x & 0x22222222;
  const x2 = x & 0x44444444;
  const x3 = x & 0x88888888;
  const y0 = y & 0x11111111;
  const y1 = y & 0x22222222;
  const y2 = y & 0x44444444;
  const y3 = y & 0x88888888;
  const z0 = Math.imul(x0, y0) ^ Math.imul(x1, y3) ^ Math.imul(x2, y2) ^ Math.imul(x3, y1);
  const z1 = Math.imul(x0, y1) ^ Math.imul(x1, y0) ^ Math.imul(x2, y3) ^ Math.imul(x3, y2);
  const z2 = Math.imul(x0, y2) ^ Math.imul(x1, y1) ^ Math.imul(x2, y0) ^ Math.imul(x3, y3);
  const z3 = Math.imul(x0, y3) ^ Math.imul(x1, y2) ^ Math.imul(x2, y1) ^ Math.imul(x3, y0);
  return (z0 & 0x11111111) | (z1 & 0x22222222) | (z2 & 0x44444444) | (z3 & 0x88888888);
}

function reverse(word: number): number {
  let x = word;
  x = ((x & 0x55555555) << 1) | ((x >>> 1) & 0x55555555);
  x = ((x & 0x33333333) << 2) | ((x >>> 2) & 0x33333333);
  x = ((x & 0x0f0f0f0f) << 4) | ((x >>> 4) & 0x0f0f0f0f);
  x = ((x & 0x00ff00ff) << 8) | ((x >>> 8) & 0x00ff00ff);
  return (x << 16) | (x >>> 16);
}

/** Puts the 18 products together to one of 255 bits, shifted left by one, as GCM's bits run the other way round. */
function combine(products: Int32Array, double: Int32Array): void {
  const c = (index: number): number => products[index] ?? 0;
  const c4 = c(4) ^ c(0) ^ c(1);
  const c5 = c(5) ^ c(2) ^ c(3);
  const c8 = c(8) ^ c(6) ^ c(7);
  const c13 = c(13) ^ c(9) ^ c(10);
  const c14 = c(14) ^ c(11) ^ c(12);
  const c17 = c(17) ^ c(15) ^ c(16);
  const d0 = c(0);
  const d1 = c4 ^ (reverse(c(9)) >>> 1);
  const d2 = c(1) ^ c(0) ^ c(2) ^ c(6) ^ (reverse(c13) >>> 1);
  const d3 = c4 ^ c5 ^ c8 ^ (reverse(c(10) ^ c(9) ^ c(11) ^ c(15)) >>> 1);
  const d4 = c(2) ^ c(1) ^ c(3) ^ c(7) ^ (reverse(c13 ^ c14 ^ c17) >>> 1);
  const d5 = c5 ^ (reverse(c(11) ^ c(10) ^ c(12) ^ c(16)) >>> 1);
  const d6 = c(3) ^ (reverse(c14) >>> 1);
  const d7 = reverse(c(12)) >>> 1;
  double[0] = d0 << 1;
  double[1] = (d1 << 1) | (d0 >>> 31);
  double[2] = (d2 << 1) | (d1 >>> 31);
  double[3] = (d3 << 1) | (d2 >>> 31);
  double[4] = (d4 << 1) | (d3 >>> 31);
  double[5] = (d5 << 1) | (d4 >>> 31);
  double[6] = (d6 << 1) | (d5 >>> 31);
  double[7] = (d7 << 1) | (d6 >>> 31);
}

/** Reduces by x^128 + x^7 + x^2 + x + 1. */
function reduce(double: Int32Array, output: Int32Array): void {
  for (let word = 0; word < 4; word++) {
    const low = double[word] ?? 0;
    double[word + 4] = (double[word + 4] ?? 0) ^ low ^ (low >>> 1) ^ (low >>> 2) ^ (low >>> 7);
    double[word + 3] = (double[word + 3] ?? 0) ^ (low << 31) ^ (low << 30) ^ (low << 25);
  }
  for (let word = 0; word < 4; word++) output[word] = double[word + 4] ?? 0;
}
