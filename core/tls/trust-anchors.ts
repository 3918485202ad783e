import { readCertificate, readSubject, type CertificateView } from './certificate-reader.ts';

/** A certificate with its octets, which signatures are checked over. */
export interface PathCertificate {
  readonly der: Uint8Array;
  readonly view: CertificateView;
}

/** The trusted certificates, found by their names. Of hundreds that a system has, only those asked for are read whole. */
export class TrustAnchors {
  readonly #bySubject = new Map<string, Uint8Array[]>();
  readonly #read = new Map<Uint8Array, PathCertificate>();

  /** What cannot be read is nobody's authority. */
  constructor(certificates: readonly Uint8Array[]) {
    for (const der of certificates) {
      const subject = readSubject(der);
      if (!subject.ok) continue;
      const known = this.#bySubject.get(subject.value);
      if (known === undefined) this.#bySubject.set(subject.value, [der]);
      else known.push(der);
    }
  }

  /** Those with a subject. */
  named(subject: string): readonly PathCertificate[] {
    return (this.#bySubject.get(subject) ?? []).flatMap((der) => this.#view(der));
  }

  /** Whether this very certificate is one of them. */
  has({ subject, sha256 }: CertificateView): boolean {
    return this.named(subject).some(({ view }) => view.sha256 === sha256);
  }

  #view(der: Uint8Array): readonly PathCertificate[] {
    const known = this.#read.get(der);
    if (known !== undefined) return [known];
    const view = readCertificate(der);
    if (!view.ok) return [];
    const read = { der, view: view.value };
    this.#read.set(der, read);
    return [read];
  }
}
