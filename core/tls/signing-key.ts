import { Secret } from '../base/secret.ts';
import { readPem, writePem } from './pem.ts';

/** Elliptic curve P-256, or RSA with 2048 bits for devices that know nothing newer. */
export type KeyType = 'ec' | 'rsa';

/** The Web Cryptography API, as `node:crypto` and browsers have it. */
export type WebCrypto = typeof globalThis.crypto;

/** A key of it. */
export type SigningKey = Awaited<ReturnType<WebCrypto['subtle']['importKey']>>;

/** Both halves of a new key. */
export interface SigningKeyPair {
  readonly publicKey: SigningKey;
  readonly privateKey: SigningKey;
}

const HASH = 'SHA-256';
const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: HASH } as const;

/** A new pair of keys whose private one can be exported. */
export function generateKeyPair(crypto: WebCrypto, type: KeyType): Promise<SigningKeyPair> {
  return type === 'ec'
    ? crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
    : crypto.subtle.generateKey({ ...RSA, modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) }, true, [
        'sign',
        'verify',
      ]);
}

/** How a key signs certificates: always over SHA-256. */
export function signingAlgorithm(key: SigningKey): { readonly name: string; readonly hash: string } {
  return { name: key.algorithm.name, hash: HASH };
}

/** PKCS#8 as PEM. */
export async function exportKey(crypto: WebCrypto, key: SigningKey): Promise<Secret> {
  return new Secret(writePem('PRIVATE KEY', new Uint8Array(await crypto.subtle.exportKey('pkcs8', key))));
}

/**
 * Takes a PKCS#8 PEM key for a certificate whose key type is given as `certificate-reader` names it; `undefined` where it
 * is no such key.
 */
export async function importSigningKey(
  crypto: WebCrypto,
  keyType: string,
  pem: Secret,
): Promise<SigningKey | undefined> {
  const octets = readPem(pem.reveal()).find(({ label }) => label === 'PRIVATE KEY')?.octets;
  const algorithm = keyType === 'RSA' ? RSA : { name: 'ECDSA', namedCurve: keyType.replace('EC ', '') };
  if (octets === undefined) return undefined;
  try {
    return await crypto.subtle.importKey('pkcs8', octets, algorithm, false, ['sign']);
  } catch {
    // The platform refuses with several kinds of errors, all of which say that this is no such key.
    return undefined;
  } finally {
    octets.fill(0);
  }
}
