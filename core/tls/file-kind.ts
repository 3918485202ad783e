import { readCertificate } from './certificate-reader.ts';
import { DER_TAG, DerReader, readDerWith, readLatin1, readOid } from './der.ts';

/** What a file is that should have been PEM, and how it becomes PEM. */
export interface FileKind {
  readonly detail: string;
  /** `undefined` where nothing better can be said than that PEM is wanted. */
  readonly cure?: string | undefined;
}

const CONVERT = (command: string): string => `Convert it to PEM: openssl ${command} -in OLD -out NEW.`;

/** Looks at a file without a PEM block. Its octets may be anything. */
export function recognizeFile(octets: Uint8Array): FileKind {
  const start = readLatin1(octets.subarray(0, 4096));
  if (start.trim() === '') return { detail: 'empty' };
  if (start.includes('-----BEGIN ')) {
    return { detail: 'a block without its end', cure: 'The file is cut off or damaged: copy it again, whole.' };
  }
  if (start.startsWith('\xfe\xed\xfe\xed') || start.startsWith('\xce\xce\xce\xce')) {
    return { detail: 'a Java key store', cure: 'Export it with keytool as PKCS#12, and that with openssl pkcs12.' };
  }
  if (octets[0] !== DER_TAG.sequence) return { detail: 'no block' };
  if (readCertificate(octets).ok) {
    return { detail: 'a certificate in DER form', cure: CONVERT('x509 -inform der') };
  }
  const kind = readDerWith(() => recognizeDer(octets));
  return kind.ok ? kind.value : { detail: 'binary, perhaps a damaged DER file' };
}

function recognizeDer(octets: Uint8Array): FileKind {
  const content = new DerReader(octets).enter(DER_TAG.sequence);
  const first = content.next();
  if (first.tag === DER_TAG.oid) {
    return readOid(first.content) === '1.2.840.113549.1.7.2'
      ? { detail: 'a PKCS#7 file (.p7b)', cure: CONVERT('pkcs7 -inform der -print_certs') }
      : { detail: 'binary (CMS)' };
  }
  if (first.tag === DER_TAG.integer) {
    const next = content.next();
    if (first.content[0] === 3 && next.tag === DER_TAG.sequence) {
      return {
        detail: 'a PKCS#12 file (.p12, .pfx)',
        cure: 'Convert it to PEM: openssl pkcs12 -in OLD -out NEW -nodes, then chmod 600 NEW.',
      };
    }
    return { detail: 'a private key in DER form', cure: CONVERT('pkey -inform der') };
  }
  if (first.tag === DER_TAG.sequence && content.peekTag() === DER_TAG.octetString) {
    return { detail: 'an encrypted private key in DER form', cure: CONVERT('pkcs8 -inform der') };
  }
  return { detail: 'binary, in DER form' };
}
