const BLOCK = 64;

/** The message schedule (FIPS 180-4 §6.1.2); one for all, as nothing here is reentrant. */
const schedule = new Int32Array(80);
/** The last block or two of a message, padded. */
const padded = new Uint8Array(2 * BLOCK);

/** Mixes one block of 64 octets into the five words of `state`. */
function compress(state: Int32Array, octets: Uint8Array, offset: number): void {
  const w = schedule;
  for (let t = 0, at = offset; t < 16; t++, at += 4) {
    w[t] =
      ((octets[at] ?? 0) << 24) | ((octets[at + 1] ?? 0) << 16) | ((octets[at + 2] ?? 0) << 8) | (octets[at + 3] ?? 0);
  }
  for (let t = 16; t < 80; t++) {
    const word = (w[t - 3] ?? 0) ^ (w[t - 8] ?? 0) ^ (w[t - 14] ?? 0) ^ (w[t - 16] ?? 0);
    w[t] = (word << 1) | (word >>> 31);
  }
  const a0 = state[0] ?? 0;
  const b0 = state[1] ?? 0;
  const c0 = state[2] ?? 0;
  const d0 = state[3] ?? 0;
  const e0 = state[4] ?? 0;
  let a = a0;
  let b = b0;
  let c = c0;
  let d = d0;
  let e = e0;
  // Five rounds at a time: the words change places by name instead of being moved.
  let t = 0;
  for (; t < 20; t += 5) {
    e = (e + ((a << 5) | (a >>> 27)) + (d ^ (b & (c ^ d))) + 0x5a827999 + (w[t] ?? 0)) | 0;
    b = (b << 30) | (b >>> 2);
    d = (d + ((e << 5) | (e >>> 27)) + (c ^ (a & (b ^ c))) + 0x5a827999 + (w[t + 1] ?? 0)) | 0;
    a = (a << 30) | (a >>> 2);
    c = (c + ((d << 5) | (d >>> 27)) + (b ^ (e & (a ^ b))) + 0x5a827999 + (w[t + 2] ?? 0)) | 0;
    e = (e << 30) | (e >>> 2);
    b = (b + ((c << 5) | (c >>> 27)) + (a ^ (d & (e ^ a))) + 0x5a827999 + (w[t + 3] ?? 0)) | 0;
    d = (d << 30) | (d >>> 2);
    a = (a + ((b << 5) | (b >>> 27)) + (e ^ (c & (d ^ e))) + 0x5a827999 + (w[t + 4] ?? 0)) | 0;
    c = (c << 30) | (c >>> 2);
  }
  for (; t < 40; t += 5) {
    e = (e + ((a << 5) | (a >>> 27)) + (b ^ c ^ d) + 0x6ed9eba1 + (w[t] ?? 0)) | 0;
    b = (b << 30) | (b >>> 2);
    d = (d + ((e << 5) | (e >>> 27)) + (a ^ b ^ c) + 0x6ed9eba1 + (w[t + 1] ?? 0)) | 0;
    a = (a << 30) | (a >>> 2);
    c = (c + ((d << 5) | (d >>> 27)) + (e ^ a ^ b) + 0x6ed9eba1 + (w[t + 2] ?? 0)) | 0;
    e = (e << 30) | (e >>> 2);
    b = (b + ((c << 5) | (c >>> 27)) + (d ^ e ^ a) + 0x6ed9eba1 + (w[t + 3] ?? 0)) | 0;
    d = (d << 30) | (d >>> 2);
    a = (a + ((b << 5) | (b >>> 27)) + (c ^ d ^ e) + 0x6ed9eba1 + (w[t + 4] ?? 0)) | 0;
    c = (c << 30) | (c >>> 2);
  }
  for (; t < 60; t += 5) {
    e = (e + ((a << 5) | (a >>> 27)) + ((b & c) | (d & (b | c))) - 0x70e44324 + (w[t] ?? 0)) | 0;
    b = (b << 30) | (b >>> 2);
    d = (d + ((e << 5) | (e >>> 27)) + ((a & b) | (c & (a | b))) - 0x70e44324 + (w[t + 1] ?? 0)) | 0;
    a = (a << 30) | (a >>> 2);
    c = (c + ((d << 5) | (d >>> 27)) + ((e & a) | (b & (e | a))) - 0x70e44324 + (w[t + 2] ?? 0)) | 0;
    e = (e << 30) | (e >>> 2);
    b = (b + ((c << 5) | (c >>> 27)) + ((d & e) | (a & (d | e))) - 0x70e44324 + (w[t + 3] ?? 0)) | 0;
    d = (d << 30) | (d >>> 2);
    a = (a + ((b << 5) | (b >>> 27)) + ((c & d) | (e & (c | d))) - 0x70e44324 + (w[t + 4] ?? 0)) | 0;
    c = (c << 30) | (c >>> 2);
  }
  for (; t < 80; t += 5) {
    e = (e + ((a << 5) | (a >>> 27)) + (b ^ c ^ d) - 0x359d3e2a + (w[t] ?? 0)) | 0;
    b = (b << 30) | (b >>> 2);
    d = (d + ((e << 5) | (e >>> 27)) + (a ^ b ^ c) - 0x359d3e2a + (w[t + 1] ?? 0)) | 0;
    a = (a << 30) | (a >>> 2);
    c = (c + ((d << 5) | (d >>> 27)) + (e ^ a ^ b) - 0x359d3e2a + (w[t + 2] ?? 0)) | 0;
    e = (e << 30) | (e >>> 2);
    b = (b + ((c << 5) | (c >>> 27)) + (d ^ e ^ a) - 0x359d3e2a + (w[t + 3] ?? 0)) | 0;
    d = (d << 30) | (d >>> 2);
    a = (a + ((b << 5) | (b >>> 27)) + (c ^ d ^ e) - 0x359d3e2a + (w[t + 4] ?? 0)) | 0;
    c = (c << 30) | (c >>> 2);
  }
  state[0] = a0 + a;
  state[1] = b0 + b;
  state[2] = c0 + c;
  state[3] = d0 + d;
  state[4] = e0 + e;
}

/** Mixes in `length` octets from `offset` and the padding; `before` octets (whole blocks) went in already. */
function finish(state: Int32Array, octets: Uint8Array, offset: number, length: number, before: number): void {
  const whole = length - (length % BLOCK);
  for (let at = 0; at < whole; at += BLOCK) compress(state, octets, offset + at);
  const rest = length - whole;
  const size = rest < BLOCK - 8 ? BLOCK : 2 * BLOCK;
  for (let index = 0; index < rest; index++) padded[index] = octets[offset + whole + index] ?? 0;
  padded[rest] = 0x80;
  padded.fill(0, rest + 1, size);
  const bits = (before + length) * 8;
  padded[size - 4] = bits >>> 24;
  padded[size - 3] = bits >>> 16;
  padded[size - 2] = bits >>> 8;
  padded[size - 1] = bits;
  for (let at = 0; at < size; at += BLOCK) compress(state, padded, at);
}

/**
 * HMAC-SHA1 (RFC 2104) with one key of at most 64 octets. The states after the key's two blocks are kept, so a packet
 * costs only its own blocks and one more; nothing is allocated. Messages up to 2^28 octets.
 */
export class HmacSha1 {
  readonly #inner = new Int32Array(5);
  readonly #outer = new Int32Array(5);
  readonly #state = new Int32Array(5);
  readonly #digest = new Uint8Array(20);

  constructor(key: Uint8Array) {
    if (key.length > BLOCK) throw new RangeError('HMAC-SHA1 key longer than one block');
    begin(this.#inner, key, 0x36);
    begin(this.#outer, key, 0x5c);
  }

  /** Writes the first `tagLength` octets (20 at most) of the code over `octets[0, length)` to `target` at `at`. */
  sign(octets: Uint8Array, length: number, target: Uint8Array, at: number, tagLength: number): void {
    this.#compute(octets, length);
    for (let index = 0; index < tagLength; index++) target[at + index] = this.#digest[index] ?? 0;
  }

  /** Whether `tag[0, tagLength)` is the code over `octets[0, length)`; in a time that does not depend on the answer. */
  verify(octets: Uint8Array, length: number, tag: Uint8Array, tagLength: number): boolean {
    this.#compute(octets, length);
    let difference = 0;
    for (let index = 0; index < tagLength; index++) difference |= (tag[index] ?? 0) ^ (this.#digest[index] ?? 0);
    return difference === 0;
  }

  /** Forgets the key. Codes are wrong afterwards. */
  wipe(): void {
    for (const words of [this.#inner, this.#outer, this.#state, this.#digest]) words.fill(0);
  }

  #compute(octets: Uint8Array, length: number): void {
    const state = this.#state;
    state.set(this.#inner);
    finish(state, octets, 0, length, BLOCK);
    this.#store(state);
    state.set(this.#outer);
    finish(state, this.#digest, 0, 20, BLOCK);
    this.#store(state);
  }

  #store(state: Int32Array): void {
    const digest = this.#digest;
    for (let index = 0; index < 5; index++) {
      const word = state[index] ?? 0;
      digest[4 * index] = word >>> 24;
      digest[4 * index + 1] = word >>> 16;
      digest[4 * index + 2] = word >>> 8;
      digest[4 * index + 3] = word;
    }
  }
}

/** The state after the block that key and pad make (RFC 2104 §2). */
function begin(state: Int32Array, key: Uint8Array, pad: number): void {
  state.set([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  const block = new Uint8Array(BLOCK).fill(pad);
  for (const [index, octet] of key.entries()) block[index] = octet ^ pad;
  compress(state, block, 0);
  block.fill(0);
}
