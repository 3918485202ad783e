import type { CertificateView } from './certificate-reader.ts';

const LEAST_RSA_BITS = 2048;
const LEAST_EC_BITS = 224;

/**
 * Whether a certificate is below what OpenSSL's security level 2 wants: 112 bits for the key, and no MD5 or SHA-1 under its
 * signature. BoringSSL has no such levels, so the policy asks here and both behave alike.
 */
export function weakness(certificate: CertificateView): 'cert.weak-key' | 'cert.weak-signature' | undefined {
  const { keyType, keyBits, signature, selfSigned } = certificate;
  const least = keyType === 'RSA' || keyType === 'DSA' ? LEAST_RSA_BITS : LEAST_EC_BITS;
  if (keyBits !== undefined && keyBits < least) return 'cert.weak-key';
  // Nobody relies on the signature of a root: it is trusted because it is in the store.
  return !selfSigned && /^(md\d|sha1|.*-SHA1$)/.test(signature) ? 'cert.weak-signature' : undefined;
}
