import { createCipheriv } from 'node:crypto';
import type { AesBlocks, SrtpCrypto } from '../srtp/srtp-crypto.ts';

/** {@link SrtpCrypto} on `node:crypto`. */
export const nodeSrtpCrypto: SrtpCrypto = {
  aesBlocks: (key) => new NodeAesBlocks(key),
};

/** One cipher object for the life of the key: ECB has no state to carry from one call to the next. */
class NodeAesBlocks implements AesBlocks {
  readonly #cipher;

  constructor(key: Uint8Array) {
    this.#cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null);
    this.#cipher.setAutoPadding(false);
  }

  encrypt(blocks: Uint8Array): Uint8Array {
    return this.#cipher.update(blocks);
  }

  close(): void {
    this.#cipher.final();
  }
}
