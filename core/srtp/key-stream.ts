import type { AesBlocks } from './srtp-crypto.ts';

const BLOCK = 16;
/** Blocks made at once: 4 KiB, about 20 voice packets. */
const BATCH_BLOCKS = 256;

/** How a suite forms its counter blocks from session salt, SSRC, packet index and block counter. */
export interface CounterLayout {
  /** Blocks of a packet before those that encrypt it: one with GCM, which masks the tag, none with AES-CM. */
  readonly lead: number;
  /** Writes the counter block at `at`. */
  write(view: DataView, at: number, salt: DataView, ssrc: number, index: number, counter: number): void;
}

/** IV = (salt * 2^16) XOR (SSRC * 2^64) XOR (index * 2^16), plus the counter (RFC 3711 §4.1.1). */
export const COUNTER_MODE: CounterLayout = {
  lead: 0,
  write(view, at, salt, ssrc, index, counter) {
    view.setUint32(at, salt.getUint32(0));
    view.setUint32(at + 4, salt.getUint32(4) ^ ssrc);
    view.setUint32(at + 8, salt.getUint32(8) ^ Math.floor(index / 65_536));
    view.setUint32(at + 12, salt.getUint32(12) ^ ((index & 0xffff) << 16) ^ counter);
  },
};

/** IV = salt XOR (16 zero bits, SSRC, index in 48 bits) (RFC 7714 §8.1, §9.1); the counter begins at 1. */
export const GALOIS_COUNTER_MODE: CounterLayout = {
  lead: 1,
  write(view, at, salt, ssrc, index, counter) {
    const rollover = Math.floor(index / 65_536);
    view.setUint32(at, salt.getUint32(0) ^ (ssrc >>> 16));
    view.setUint32(at + 4, salt.getUint32(4) ^ (ssrc << 16) ^ (rollover >>> 16));
    view.setUint32(at + 8, salt.getUint32(8) ^ (rollover << 16) ^ (index & 0xffff));
    view.setUint32(at + 12, counter + 1);
  },
};

/**
 * The key stream of AES in a counter mode, packet by packet. A call of the cipher costs as much as some hundred blocks,
 * so where packets come in sequence the stream for the next ones is made along with this one's.
 */
export class KeyStream {
  readonly #aes: AesBlocks;
  readonly #layout: CounterLayout;
  readonly #salt = new DataView(new ArrayBuffer(BLOCK));
  readonly #counters = new Uint8Array(BATCH_BLOCKS * BLOCK);
  readonly #view = new DataView(this.#counters.buffer);
  #stream: Uint8Array = new Uint8Array(0);
  #ssrc = 0;
  /** Indices `[#first, #first + #count)` are in the stream, `#blocks` blocks each. */
  #first = 0;
  #count = 0;
  #blocks = 0;
  #lastSsrc = -1;
  #lastIndex = -1;

  /** `salt`: the session salt of 14 octets (AES-CM) or 12 (GCM). */
  constructor(aes: AesBlocks, layout: CounterLayout, salt: Uint8Array) {
    this.#aes = aes;
    this.#layout = layout;
    for (const [at, octet] of salt.entries()) this.#salt.setUint8(at, octet);
  }

  /** Adds the key stream of packet `index` to `octets[start, end)`: encrypts and decrypts. */
  apply(octets: Uint8Array, start: number, end: number, ssrc: number, index: number): void {
    const { lead } = this.#layout;
    const blocks = lead + Math.ceil((end - start) / BLOCK);
    if (blocks <= BATCH_BLOCKS) {
      const from = this.#locate(blocks, ssrc, index) + lead * BLOCK;
      add(octets, start, end, this.#stream, from);
    } else this.#applyLong(octets, start, end, ssrc, index);
    this.#lastSsrc = ssrc;
    this.#lastIndex = index;
  }

  /** Adds the first block of packet `index`, whose payload has `size` octets, to `tag`. Only where there is a lead. */
  mask(tag: Uint8Array, size: number, ssrc: number, index: number): void {
    const blocks = Math.min(BATCH_BLOCKS, this.#layout.lead + Math.ceil(size / BLOCK));
    const from = this.#locate(blocks, ssrc, index);
    add(tag, 0, BLOCK, this.#stream, from);
  }

  /** Forgets key, salt and stream. */
  wipe(): void {
    this.#aes.close();
    this.#stream.fill(0);
    this.#counters.fill(0);
    for (let at = 0; at < BLOCK; at++) this.#salt.setUint8(at, 0);
    this.#count = 0;
  }

  /** Offset of the packet's key stream within `#stream`, made where it is not there yet. */
  #locate(blocks: number, ssrc: number, index: number): number {
    const ahead = index - this.#first;
    if (ssrc !== this.#ssrc || ahead < 0 || ahead >= this.#count || blocks > this.#blocks) {
      const inSequence = ssrc === this.#lastSsrc && index === this.#lastIndex + 1;
      // Room for the next packets to be a little longer, as those of Opus are.
      this.#blocks = inSequence ? Math.min((blocks + 3) & ~3, BATCH_BLOCKS) : blocks;
      this.#count = inSequence && blocks > 0 ? Math.floor(BATCH_BLOCKS / this.#blocks) : 1;
      this.#first = index;
      this.#ssrc = ssrc;
      let at = 0;
      for (let packet = 0; packet < this.#count; packet++) {
        for (let counter = 0; counter < this.#blocks; counter++, at += BLOCK) {
          this.#layout.write(this.#view, at, this.#salt, ssrc, index + packet, counter);
        }
      }
      this.#stream = this.#aes.encrypt(this.#counters.subarray(0, at));
    }
    return (index - this.#first) * this.#blocks * BLOCK;
  }

  /** A packet longer than the batch, piece by piece; past Ethernet's size only. */
  #applyLong(octets: Uint8Array, start: number, end: number, ssrc: number, index: number): void {
    this.#count = 0;
    let counter = this.#layout.lead;
    for (let at = start; at < end; at += BATCH_BLOCKS * BLOCK) {
      const pieceEnd = Math.min(end, at + BATCH_BLOCKS * BLOCK);
      const blocks = Math.ceil((pieceEnd - at) / BLOCK);
      for (let block = 0; block < blocks; block++) {
        this.#layout.write(this.#view, block * BLOCK, this.#salt, ssrc, index, counter++);
      }
      add(octets, at, pieceEnd, this.#aes.encrypt(this.#counters.subarray(0, blocks * BLOCK)), 0);
    }
  }
}

function add(octets: Uint8Array, start: number, end: number, stream: Uint8Array, from: number): void {
  for (let at = start, key = from; at < end; at++, key++) octets[at] = (octets[at] ?? 0) ^ (stream[key] ?? 0);
}
