import { readCertificate, type CertificateView } from './certificate-reader.ts';
import type { PathCertificate, TrustAnchors } from './trust-anchors.ts';

/** The way from the peer's certificate towards a trusted one, each signed by the next. */
export interface CertificatePath {
  /** Leaf first. Where it is not anchored, as far as it could be followed. */
  readonly certificates: readonly PathCertificate[];
  /** Whether the last one is trusted. */
  readonly anchored: boolean;
}

/** Whether the key in `issuer` made the signature of `subject`; both are DER. */
export type SignatureCheck = (subject: Uint8Array, issuer: Uint8Array) => boolean;

/** A peer that sends a thicket of namesakes must not hold us. */
const MOST_CHECKS = 32;
const LONGEST_PATH = 10;

/**
 * Finds the path from the first certificate that was sent to a trusted one (RFC 5280 §6.1), over whatever else was sent, in
 * any order, as every TLS client must since servers send roots, doubles and strangers. Of several paths the first is taken
 * whose certificates are all valid `now`, in milliseconds; else the first. Dates and extensions are the policy's business.
 * `undefined` where the first certificate cannot be read.
 */
export function findPath(
  sent: readonly Uint8Array[],
  anchors: TrustAnchors,
  signedBy: SignatureCheck,
  now: number,
): CertificatePath | undefined {
  const [leaf, ...others] = sent.flatMap((der) => {
    const view = readCertificate(der);
    return view.ok ? [{ der, view: view.value }] : [];
  });
  if (leaf === undefined || leaf.der !== sent[0]) return undefined;
  let checks = 0;
  let longest: readonly PathCertificate[] = [leaf];
  let first: readonly PathCertificate[] | undefined;
  const search = (path: readonly PathCertificate[], last: PathCertificate): readonly PathCertificate[] | undefined => {
    if (path.length > longest.length) longest = path;
    if (anchors.has(last.view)) {
      first ??= path;
      return path.every(({ view }) => isValid(view, now)) ? path : undefined;
    }
    if (path.length >= LONGEST_PATH || last.view.selfSigned) return undefined;
    for (const issuer of [...anchors.named(last.view.issuer), ...others]) {
      if (!mayHaveIssued(issuer.view, last.view) || path.some(({ view }) => view.sha256 === issuer.view.sha256))
        continue;
      if (++checks > MOST_CHECKS) return undefined;
      const found = signedBy(last.der, issuer.der) ? search([...path, issuer], issuer) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const certificates = search([leaf], leaf) ?? first;
  return certificates === undefined ? { certificates: longest, anchored: false } : { certificates, anchored: true };
}

function mayHaveIssued(issuer: CertificateView, subject: CertificateView): boolean {
  return (
    issuer.subject === subject.issuer &&
    (issuer.subjectKeyId === undefined ||
      subject.authorityKeyId === undefined ||
      issuer.subjectKeyId === subject.authorityKeyId)
  );
}

function isValid({ notBefore, notAfter }: CertificateView, now: number): boolean {
  return now >= Date.parse(notBefore) && now <= Date.parse(notAfter);
}
