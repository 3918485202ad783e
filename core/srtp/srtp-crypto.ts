/** AES in ECB mode with one key: what AES-CM's key stream and the key derivation are made of. */
export interface AesBlocks {
  /** Encrypts whole blocks of 16 octets. The result is the caller's to read until the next call. */
  encrypt(blocks: Uint8Array): Uint8Array;
  /** Lets the key go. */
  close(): void;
}

/** AES-GCM with one key. */
export interface AesGcm {
  /** Encrypts `text` in place and writes the tag. `nonce` has 12 octets. */
  seal(nonce: Uint8Array, associated: Uint8Array, text: Uint8Array, tag: Uint8Array): void;
  /** Checks the tag, then decrypts `text` in place; `false`, with `text` as it was, where the tag is wrong. */
  open(nonce: Uint8Array, associated: Uint8Array, text: Uint8Array, tag: Uint8Array): boolean;
  /** Lets the key go. */
  close(): void;
}

/** The ciphers SRTP needs, as long-lived objects: setting one up per packet costs more than the packet. */
export interface SrtpCrypto {
  aesBlocks(key: Uint8Array): AesBlocks;
  /** `tagLength` in octets: 16, or 8 for FreeSWITCH's variants. */
  aesGcm(key: Uint8Array, tagLength: number): AesGcm;
}
