import type { AesBlocks } from './srtp-crypto.ts';

const BLOCK = 16;
/** Blocks made at once: 4 KiB, about 20 voice packets. */
const BATCH_BLOCKS = 256;

/**
 * The key stream of AES in counter mode for packets (RFC 3711 §4.1.1). A call of the cipher costs as much as some
 * hundred blocks, so where packets come in sequence the stream for the next ones is made along with this one's.
 */
export class KeyStream {
  readonly #aes: AesBlocks;
  readonly #salt: DataView;
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

  /** `salt`: the session salt of 14 octets. */
  constructor(aes: AesBlocks, salt: Uint8Array) {
    this.#aes = aes;
    this.#salt = new DataView(new ArrayBuffer(BLOCK));
    for (const [at, octet] of salt.entries()) this.#salt.setUint8(at, octet);
  }

  /** Adds the key stream of packet `index` to `octets[start, end)`: encrypts and decrypts. */
  apply(octets: Uint8Array, start: number, end: number, ssrc: number, index: number): void {
    const size = end - start;
    if (size <= BATCH_BLOCKS * BLOCK) {
      const from = this.#locate(Math.ceil(size / BLOCK), ssrc, index);
      const stream = this.#stream;
      for (let at = 0; at < size; at++) octets[start + at] = (octets[start + at] ?? 0) ^ (stream[from + at] ?? 0);
    } else this.#applyLong(octets, start, end, ssrc, index);
    this.#lastSsrc = ssrc;
    this.#lastIndex = index;
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
      let block = 0;
      for (let packet = 0; packet < this.#count; packet++) {
        for (let counter = 0; counter < this.#blocks; counter++)
          this.#setCounter(block++, ssrc, index + packet, counter);
      }
      this.#stream = this.#aes.encrypt(this.#counters.subarray(0, block * BLOCK));
    }
    return (index - this.#first) * this.#blocks * BLOCK;
  }

  /** A packet longer than the batch, piece by piece; past Ethernet's size only. */
  #applyLong(octets: Uint8Array, start: number, end: number, ssrc: number, index: number): void {
    this.#count = 0;
    for (let at = start, counter = 0; at < end; at += BATCH_BLOCKS * BLOCK) {
      const size = Math.min(end - at, BATCH_BLOCKS * BLOCK);
      const blocks = Math.ceil(size / BLOCK);
      for (let block = 0; block < blocks; block++) this.#setCounter(block, ssrc, index, counter++);
      const stream = this.#aes.encrypt(this.#counters.subarray(0, blocks * BLOCK));
      for (let piece = 0; piece < size; piece++) octets[at + piece] = (octets[at + piece] ?? 0) ^ (stream[piece] ?? 0);
    }
  }

  /** IV = (salt * 2^16) XOR (SSRC * 2^64) XOR (index * 2^16), plus the block counter. */
  #setCounter(block: number, ssrc: number, index: number, counter: number): void {
    const at = block * BLOCK;
    const salt = this.#salt;
    const view = this.#view;
    view.setUint32(at, salt.getUint32(0));
    view.setUint32(at + 4, salt.getUint32(4) ^ ssrc);
    view.setUint32(at + 8, salt.getUint32(8) ^ Math.floor(index / 65_536));
    view.setUint32(at + 12, salt.getUint32(12) ^ ((index & 0xffff) << 16) ^ counter);
  }
}
