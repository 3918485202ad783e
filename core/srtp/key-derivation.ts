import type { SrtpCrypto } from './srtp-crypto.ts';
import type { SrtpSuite } from './suites.ts';

/** The keys of one protocol (SRTP or SRTCP) under one master key. */
export interface SessionKeys {
  readonly cipherKey: Uint8Array;
  readonly salt: Uint8Array;
  /** Empty with AEAD suites, which authenticate with the cipher key. */
  readonly authKey: Uint8Array;
}

/** Length of HMAC-SHA1 session keys (RFC 3711 §5.2), octets. */
const AUTH_KEY_LENGTH = 20;

/** The labels of RFC 3711 §4.3.1 and §4.3.2: encryption, authentication, salt. */
const LABELS = { rtp: [0, 1, 2], rtcp: [3, 4, 5] } as const;

/**
 * Derives the session keys of both protocols from master key and salt (RFC 3711 §4.3 with a key derivation rate of 0,
 * RFC 6188 §3, RFC 7714 §11). `masterKeyAndSalt` must have exactly the suite's lengths together.
 */
export function deriveSessionKeys(
  crypto: SrtpCrypto,
  suite: SrtpSuite,
  masterKeyAndSalt: Uint8Array,
): { readonly rtp: SessionKeys; readonly rtcp: SessionKeys } {
  if (masterKeyAndSalt.length !== suite.keyLength + suite.saltLength) {
    throw new RangeError(`${suite.name} needs ${suite.keyLength + suite.saltLength} octets of key and salt`);
  }
  const aes = crypto.aesBlocks(masterKeyAndSalt.subarray(0, suite.keyLength));
  // The salt of AEAD suites is two octets shorter; RFC 7714 §11 has zeros in their place.
  const salt = new Uint8Array(14);
  salt.set(masterKeyAndSalt.subarray(suite.keyLength));
  const derive = (label: number, length: number): Uint8Array => {
    const blocks = new Uint8Array(Math.ceil(length / 16) * 16);
    for (let at = 0; at < blocks.length; at += 16) {
      blocks.set(salt, at);
      blocks[at + 7] = (blocks[at + 7] ?? 0) ^ label;
      blocks[at + 15] = at / 16;
    }
    return Uint8Array.from(aes.encrypt(blocks).subarray(0, length));
  };
  const keys = ([encryption, authentication, salting]: readonly [number, number, number]): SessionKeys => ({
    cipherKey: derive(encryption, suite.keyLength),
    salt: derive(salting, suite.saltLength),
    authKey: derive(authentication, suite.cipher === 'aes-cm' ? AUTH_KEY_LENGTH : 0),
  });
  const derived = { rtp: keys(LABELS.rtp), rtcp: keys(LABELS.rtcp) };
  aes.close();
  salt.fill(0);
  return derived;
}
