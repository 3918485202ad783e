import { AesCmTransform } from './aes-cm-transform.ts';
import { AesGcmTransform } from './aes-gcm-transform.ts';
import { deriveSessionKeys } from './key-derivation.ts';
import type { SrtpCrypto } from './srtp-crypto.ts';
import type { SrtpTransform } from './srtp-transform.ts';
import type { SrtpSuite } from './suites.ts';

/** One direction's keying, beyond suite and master key. */
export interface SrtpOptions {
  /** Master key identifier, of fixed length, in every packet (RFC 3711 §3.1); none by default. */
  readonly mki?: Uint8Array | undefined;
  /** RTP packets that the master key may protect, at most 2^48 (RFC 4568 §6.1). */
  readonly lifetimePackets?: number | undefined;
}

/** The transform of a suite under a master key with salt, which the caller may wipe afterwards. */
export function createTransform(
  crypto: SrtpCrypto,
  suite: SrtpSuite,
  masterKeyAndSalt: Uint8Array,
  mki: Uint8Array = new Uint8Array(0),
): SrtpTransform {
  const keys = deriveSessionKeys(crypto, suite, masterKeyAndSalt);
  const transform =
    suite.cipher === 'aes-cm'
      ? new AesCmTransform(crypto, suite, keys, mki)
      : new AesGcmTransform(crypto, suite, keys, mki);
  for (const { cipherKey, authKey } of [keys.rtp, keys.rtcp]) {
    cipherKey.fill(0);
    authKey.fill(0);
  }
  return transform;
}
