import { createCipheriv, createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import type { Pkcs12Crypto } from '../tls/pkcs12.ts';

/** The system's cryptography for PKCS#12. */
export const nodePkcs12Crypto: Pkcs12Crypto = {
  random: (length) => new Uint8Array(randomBytes(length)),
  hash: (name, octets) => createHash(name).update(octets).digest(),
  hmac: (name, key, octets) => createHmac(name, key).update(octets).digest(),
  pbkdf2: (password, salt, iterations, length) => pbkdf2Sync(password, salt, iterations, length, 'sha256'),
  encrypt: (name, key, iv, octets) => {
    const cipher = createCipheriv(name, key, iv);
    return Buffer.concat([cipher.update(octets), cipher.final()]);
  },
};
