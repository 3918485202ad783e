import { createCipheriv, createDecipheriv, createSecretKey, type CipherGCMTypes, type KeyObject } from 'node:crypto';
import type { AesBlocks, AesGcm, SrtpCrypto } from '../srtp/srtp-crypto.ts';

/** {@link SrtpCrypto} on `node:crypto`. Long-lived objects throughout; see `docs/decisions` for what each way costs. */
export const nodeSrtpCrypto: SrtpCrypto = {
  aesBlocks: (key) => new NodeAesBlocks(key),
  aesGcm: (key, tagLength) => new NodeAesGcm(key, tagLength),
};

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

class NodeAesGcm implements AesGcm {
  readonly #name: CipherGCMTypes;
  /** As a key object: OpenSSL 3.5 takes six times as long to import raw octets for every packet. */
  readonly #key: KeyObject;
  readonly #options: { readonly authTagLength: number };

  constructor(key: Uint8Array, tagLength: number) {
    this.#name = key.length === 32 ? 'aes-256-gcm' : 'aes-128-gcm';
    this.#key = createSecretKey(key);
    this.#options = { authTagLength: tagLength };
  }

  seal(nonce: Uint8Array, associated: Uint8Array, text: Uint8Array, tag: Uint8Array): void {
    const cipher = createCipheriv(this.#name, this.#key, nonce, this.#options);
    cipher.setAAD(associated);
    text.set(cipher.update(text));
    cipher.final();
    tag.set(cipher.getAuthTag());
  }

  open(nonce: Uint8Array, associated: Uint8Array, text: Uint8Array, tag: Uint8Array): boolean {
    const decipher = createDecipheriv(this.#name, this.#key, nonce, this.#options);
    decipher.setAAD(associated);
    decipher.setAuthTag(tag);
    const plain = decipher.update(text);
    try {
      decipher.final();
    } catch {
      return false;
    }
    text.set(plain);
    return true;
  }

  close(): void {
    // A key object frees and wipes its octets itself when the last reference goes.
  }
}
