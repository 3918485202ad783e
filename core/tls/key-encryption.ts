import { DER_TAG, DerReader, readDerWith, readOid, toHex } from './der.ts';

const PBES2 = '1.2.840.113549.1.5.13';
const PBKDF2 = '1.2.840.113549.1.5.12';

/**
 * How many rounds an encrypted PKCS#8 key (RFC 5958 §3) asks for before it opens; 0 where it does not say. Whoever opens
 * keys that came from elsewhere looks here first: a file can ask for hours.
 */
export function keyDerivationRounds(encryptedKey: Uint8Array): number {
  const rounds = readDerWith(() => {
    const algorithm = new DerReader(encryptedKey).enter(DER_TAG.sequence).enter(DER_TAG.sequence);
    const scheme = readOid(algorithm.next(DER_TAG.oid).content);
    const parameters = algorithm.enter(DER_TAG.sequence);
    if (scheme !== PBES2) {
      parameters.next(DER_TAG.octetString);
      return Number(`0x${toHex(parameters.next(DER_TAG.integer).content)}`);
    }
    const derivation = parameters.enter(DER_TAG.sequence);
    if (readOid(derivation.next(DER_TAG.oid).content) !== PBKDF2) return 0;
    const details = derivation.enter(DER_TAG.sequence);
    details.next(DER_TAG.octetString);
    return Number(`0x${toHex(details.next(DER_TAG.integer).content)}`);
  });
  return rounds.ok && Number.isFinite(rounds.value) ? rounds.value : 0;
}
