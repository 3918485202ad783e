import { verify, X509Certificate } from 'node:crypto';
import { OctetMemo } from '../tls/octet-memo.ts';
import type { RevocationList } from '../tls/certificate-revocation-list.ts';

/** Digests of the signature algorithms that authorities use (RFC 3279, 4055, 5758, 8410); Ed25519 has none of its own. */
const DIGESTS: Readonly<Record<string, string | null>> = {
  '1.2.840.113549.1.1.5': 'sha1',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
  '1.3.101.112': null,
};

/** The pairs that were checked last; whether a signature holds does not change. */
const checked = new OctetMemo<boolean>(16);

/** Whether the key in `issuer` made the signature of the certificate `subject`; both are DER. */
export function isCertificateSignedBy(subject: Uint8Array, issuer: Uint8Array): boolean {
  return checked.of(
    Buffer.concat([new Uint8Array([subject.length >> 8, subject.length & 0xff]), subject, issuer]),
    () => {
      try {
        return new X509Certificate(subject).verify(new X509Certificate(issuer).publicKey);
      } catch {
        return false;
      }
    },
  );
}

/** Whether the key in `issuer`, a certificate as DER, made the signature of a list. */
export function isListSignedBy({ algorithm, signed, signature }: RevocationList, issuer: Uint8Array): boolean {
  const digest = DIGESTS[algorithm];
  if (digest === undefined) return false;
  try {
    return verify(digest, signed, new X509Certificate(issuer).publicKey, signature);
  } catch {
    return false;
  }
}
