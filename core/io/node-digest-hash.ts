import { hash } from 'node:crypto';
import type { DigestHash, DigestHashName } from '../sip/auth/digest.ts';

const NAMES: Readonly<Record<DigestHashName, string>> = {
  'SHA-512-256': 'sha512-256',
  'SHA-256': 'sha256',
  MD5: 'md5',
};

/** Hashing by the cryptographic library of the run-time; the three names are in OpenSSL and BoringSSL alike. */
export const nodeDigestHash: DigestHash = Object.freeze({
  hex: (name: DigestHashName, octets: Uint8Array): string => hash(NAMES[name], octets, 'hex'),
});
