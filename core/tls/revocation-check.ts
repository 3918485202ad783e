import type { CertificatePath } from './certificate-path.ts';
import type { RevocationList } from './certificate-revocation-list.ts';
import type { CertificateView } from './certificate-reader.ts';

/** The list that tells of one certificate of a path. */
export interface ListOver {
  readonly certificate: CertificateView;
  readonly list: RevocationList;
  /** Whether the issuer of the certificate signed it, and may sign lists. */
  readonly genuine: boolean;
}

/**
 * Finds for each certificate of a path the newest list of its issuer (RFC 5280 §6.3.3). `signedBy` tells whether the key in
 * a certificate, as DER, made the signature of a list.
 */
export function findLists(
  { certificates }: CertificatePath,
  lists: readonly RevocationList[],
  signedBy: (list: RevocationList, issuer: Uint8Array) => boolean,
): readonly ListOver[] {
  return certificates.flatMap(({ view: certificate }, index) => {
    const issuer = certificates[index + 1];
    if (issuer === undefined) return [];
    const { keyUsage } = issuer.view;
    const found = lists
      .filter((list) => isFrom(list, issuer.view))
      .map((list) => ({
        certificate,
        list,
        genuine: keyUsage?.includes('cRLSign') !== false && signedBy(list, issuer.der),
      }))
      .sort((a, b) => Number(b.genuine) - Number(a.genuine) || b.list.thisUpdate - a.list.thisUpdate)[0];
    return found === undefined ? [] : [found];
  });
}

/** Why a certificate cannot be relied on; `undefined` where the list has nothing against it at `now`, milliseconds. */
export function revocationProblem(
  { certificate, list, genuine }: ListOver,
  now: number | undefined,
): 'cert.revoked' | 'cert.crl-expired' | undefined {
  if (genuine && list.revoked.has(certificate.serial)) return 'cert.revoked';
  if (!genuine) return 'cert.crl-expired';
  if (now === undefined) return undefined;
  return now < list.thisUpdate || (list.nextUpdate !== undefined && now > list.nextUpdate)
    ? 'cert.crl-expired'
    : undefined;
}

function isFrom(list: RevocationList, { subject, subjectKeyId }: CertificateView): boolean {
  return (
    list.issuer === subject &&
    (list.authorityKeyId === undefined || subjectKeyId === undefined || list.authorityKeyId === subjectKeyId)
  );
}
