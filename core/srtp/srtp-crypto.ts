/** AES in ECB mode with one key: what key streams, hash keys and key derivation are made of. */
export interface AesBlocks {
  /** Encrypts whole blocks of 16 octets. The result is the caller's. */
  encrypt(blocks: Uint8Array): Uint8Array;
  /** Lets the key go. */
  close(): void;
}

/** The cipher SRTP needs, as long-lived objects: setting one up per packet costs more than the packet. */
export interface SrtpCrypto {
  /** AES with a key of 16, 24 or 32 octets. */
  aesBlocks(key: Uint8Array): AesBlocks;
}
