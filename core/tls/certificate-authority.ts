import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  type Extension,
  type Name,
} from '@peculiar/x509';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import {
  alternativeNames,
  DEFAULT_DAYS,
  leafKeyUsage,
  nameOf,
  namesProblem,
  PURPOSES,
  serialFrom,
  subjectProblem,
  validity,
  type CertificateOptions,
  type Lifetime,
  type SubjectOptions,
} from './certificate-options.ts';
import { isCertificateLabel, readCertificate } from './certificate-reader.ts';
import { readPem, writePem } from './pem.ts';
import { writeRevocationList, type RevocationListOptions } from './revocation-list-issuer.ts';
import {
  exportKey,
  generateKeyPair,
  importSigningKey,
  signingAlgorithm,
  type SigningKey,
  type WebCrypto,
} from './signing-key.ts';

/** A fresh certificate, PEM. */
export interface CertificateChain {
  /** Leaf first, then the intermediates; the root is not among them. */
  readonly certificateChain: string;
}

/** A fresh certificate and its key, both PEM. */
export interface IssuedCertificate extends CertificateChain {
  readonly key: Secret;
}

/** What an authority needs of the platform. */
export interface AuthorityContext {
  /** Wall-clock milliseconds. */
  readonly now: () => number;
  readonly crypto: WebCrypto;
}

/** What the library takes for a public key. */
type PublicKey = SigningKey | X509Certificate['publicKey'];

/**
 * A certificate authority in memory (RFC 5280): its own certificate, its key, and what it issues. The certificates pass
 * `openssl verify -x509_strict`, carry a purpose for their role, always `digitalSignature`, without which BoringSSL refuses
 * them, and none outlives its authority.
 */
export class CertificateAuthority {
  readonly #context: AuthorityContext;
  readonly #certificate: X509Certificate;
  readonly #signingKey: SigningKey;
  readonly #intermediates: string;
  /** The authority's own certificate as PEM. */
  readonly certificate: string;
  /** The certificate for those who shall trust it: the root above it where that is known, else its own. */
  readonly anchor: string;
  /** The authority's key as PKCS#8 PEM. */
  readonly key: Secret;

  private constructor(
    context: AuthorityContext,
    certificate: X509Certificate,
    signing: { readonly signingKey: SigningKey; readonly key: Secret },
    above: { readonly intermediates: string; readonly anchor?: string | undefined },
  ) {
    this.#context = context;
    this.#certificate = certificate;
    this.#signingKey = signing.signingKey;
    this.#intermediates = above.intermediates;
    this.certificate = pemOf(certificate);
    this.anchor = above.anchor ?? this.certificate;
    this.key = signing.key;
  }

  /** Makes a root: a new key and a certificate that it signs itself. */
  static async create(
    options: SubjectOptions,
    context: AuthorityContext,
  ): Promise<Result<CertificateAuthority, Diagnosis>> {
    const problem = subjectProblem(options);
    if (problem !== undefined) return err(problem);
    const keys = await generateKeyPair(context.crypto, options.keyType ?? 'ec');
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: nameOf(options),
      keys,
      signingAlgorithm: signingAlgorithm(keys.privateKey),
      serialNumber: serialFrom(context.crypto),
      ...validity(options, DEFAULT_DAYS.authority, context.now()),
      extensions: await authorityExtensions(keys.publicKey, keys.publicKey),
    });
    const key = await exportKey(context.crypto, keys.privateKey);
    return ok(
      new CertificateAuthority(context, certificate, { signingKey: keys.privateKey, key }, { intermediates: '' }),
    );
  }

  /**
   * Takes an authority from its PEM files; the key must be a PKCS#8 block without passphrase. An authority below another is
   * sent along with what it issues, and so are the intermediates that follow it in `certificates`.
   */
  static async load(
    certificates: string,
    key: Secret,
    context: AuthorityContext,
  ): Promise<Result<CertificateAuthority, Diagnosis>> {
    const found = readPem(certificates).flatMap(({ label, text, octets }) => {
      const view = octets === undefined || !isCertificateLabel(label) ? undefined : readCertificate(octets);
      return octets !== undefined && view?.ok === true ? [{ text, octets, view: view.value }] : [];
    });
    const [own] = found;
    if (own === undefined) {
      return err(refuse('file.no-certificate', 'There is no certificate of an authority in PEM form.'));
    }
    const { keyType, subject, isCa } = own.view;
    if (!isCa) return err(refuse('cert.invalid-ca', `${subject} is not the certificate of an authority.`));
    const signingKey = await importSigningKey(context.crypto, keyType, key);
    if (signingKey === undefined) {
      return err(refuse('file.no-key', 'The key of the authority is not a PKCS#8 key of the type of its certificate.'));
    }
    const intermediates = found.filter(({ view }) => !view.selfSigned).map(({ text }) => text);
    const anchor = found.find(({ view }) => view.selfSigned)?.text;
    return ok(
      new CertificateAuthority(
        context,
        new X509Certificate(own.octets),
        { signingKey, key },
        { intermediates: intermediates.join(''), anchor },
      ),
    );
  }

  /** Issues a certificate with a new key. Fails where the options name something that no certificate can carry. */
  async issue(options: CertificateOptions): Promise<Result<IssuedCertificate, Diagnosis>> {
    const problem = subjectProblem(options) ?? namesProblem(options);
    if (problem !== undefined) return err(problem);
    if (nameOf(options).toString() === this.#certificate.subjectName.toString()) return err(sameName(options));
    const keys = await generateKeyPair(this.#context.crypto, options.keyType ?? 'ec');
    const extensions = await leafExtensions(options, keys.publicKey, this.#certificate.publicKey);
    const leaf = await this.#sign(nameOf(options), options, DEFAULT_DAYS.certificate, keys.publicKey, extensions);
    return ok({
      certificateChain: pemOf(leaf) + this.#intermediates,
      key: await exportKey(this.#context.crypto, keys.privateKey),
    });
  }

  /** Issues a certificate again: subject, names, purposes and type of key as before, new dates, and a new key. */
  async renew(old: Uint8Array<ArrayBuffer>, lifetime: Lifetime): Promise<IssuedCertificate> {
    const certificate = new X509Certificate(old);
    const keys = await generateKeyPair(this.#context.crypto, isRsa(old) ? 'rsa' : 'ec');
    return {
      ...(await this.#renew(certificate, lifetime, keys.publicKey)),
      key: await exportKey(this.#context.crypto, keys.privateKey),
    };
  }

  /** The same for the key that it has. */
  renewKeepingKey(old: Uint8Array<ArrayBuffer>, lifetime: Lifetime): Promise<CertificateChain> {
    const certificate = new X509Certificate(old);
    return this.#renew(certificate, lifetime, certificate.publicKey);
  }

  /** Whether the signature on a certificate is this authority's. */
  async signed(der: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const certificate = new X509Certificate(der);
    if (certificate.issuer !== this.#certificate.subject) return false;
    return certificate.verify({ publicKey: this.#certificate.publicKey, signatureOnly: true }).catch(() => false);
  }

  /** A list of the certificates that it takes back (RFC 5280 §5), as PEM. */
  revocationList(options: RevocationListOptions): Promise<string> {
    return writeRevocationList(this.#certificate, this.#signingKey, options);
  }

  /** Makes an intermediate authority below this one. */
  async issueAuthority(options: SubjectOptions): Promise<Result<CertificateAuthority, Diagnosis>> {
    const problem = subjectProblem(options);
    if (problem !== undefined) return err(problem);
    const keys = await generateKeyPair(this.#context.crypto, options.keyType ?? 'ec');
    const extensions = await authorityExtensions(keys.publicKey, this.#certificate.publicKey);
    const certificate = await this.#sign(nameOf(options), options, DEFAULT_DAYS.authority, keys.publicKey, extensions);
    const key = await exportKey(this.#context.crypto, keys.privateKey);
    return ok(
      new CertificateAuthority(
        this.#context,
        certificate,
        { signingKey: keys.privateKey, key },
        { intermediates: pemOf(certificate) + this.#intermediates, anchor: this.anchor },
      ),
    );
  }

  async #renew(old: X509Certificate, lifetime: Lifetime, publicKey: PublicKey): Promise<CertificateChain> {
    const names = old.getExtension(SubjectAlternativeNameExtension);
    const purposes = old.getExtension(ExtendedKeyUsageExtension);
    const extensions = [
      new BasicConstraintsExtension(false, undefined, true),
      leafKeyUsage(isRsa(new Uint8Array(old.rawData))),
      ...(purposes === null ? [] : [purposes]),
      ...(names === null ? [] : [names]),
      await SubjectKeyIdentifierExtension.create(publicKey),
      await AuthorityKeyIdentifierExtension.create(this.#certificate.publicKey),
    ];
    const leaf = await this.#sign(old.subjectName, lifetime, DEFAULT_DAYS.certificate, publicKey, extensions);
    return { certificateChain: pemOf(leaf) + this.#intermediates };
  }

  #sign(
    subject: Name,
    lifetime: Lifetime,
    days: number,
    publicKey: PublicKey,
    extensions: Extension[],
  ): Promise<X509Certificate> {
    return X509CertificateGenerator.create({
      subject,
      issuer: this.#certificate.subjectName,
      publicKey,
      signingKey: this.#signingKey,
      signingAlgorithm: signingAlgorithm(this.#signingKey),
      serialNumber: serialFrom(this.#context.crypto),
      ...validity(lifetime, days, this.#context.now(), this.#certificate),
      extensions,
    });
  }
}

/** A certificate that nobody but its own key vouches for, such as devices make for themselves. */
export async function issueSelfSigned(
  options: CertificateOptions,
  context: AuthorityContext,
): Promise<Result<IssuedCertificate, Diagnosis>> {
  const problem = subjectProblem(options) ?? namesProblem(options);
  if (problem !== undefined) return err(problem);
  const keys = await generateKeyPair(context.crypto, options.keyType ?? 'ec');
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: nameOf(options),
    keys,
    signingAlgorithm: signingAlgorithm(keys.privateKey),
    serialNumber: serialFrom(context.crypto),
    ...validity(options, DEFAULT_DAYS.certificate, context.now()),
    extensions: await leafExtensions(options, keys.publicKey, keys.publicKey),
  });
  return ok({ certificateChain: pemOf(certificate), key: await exportKey(context.crypto, keys.privateKey) });
}

async function authorityExtensions(publicKey: SigningKey, issuerKey: PublicKey): Promise<Extension[]> {
  return [
    new BasicConstraintsExtension(true, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    await SubjectKeyIdentifierExtension.create(publicKey),
    await AuthorityKeyIdentifierExtension.create(issuerKey),
  ];
}

async function leafExtensions(
  options: CertificateOptions,
  publicKey: SigningKey,
  issuerKey: PublicKey,
): Promise<Extension[]> {
  const names = alternativeNames(options);
  return [
    new BasicConstraintsExtension(false, undefined, true),
    leafKeyUsage(options.keyType === 'rsa'),
    new ExtendedKeyUsageExtension(PURPOSES[options.role]),
    ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)]),
    await SubjectKeyIdentifierExtension.create(publicKey),
    await AuthorityKeyIdentifierExtension.create(issuerKey),
  ];
}

function isRsa(der: Uint8Array): boolean {
  const view = readCertificate(der);
  return view.ok && view.value.keyType === 'RSA';
}

function pemOf(certificate: X509Certificate): string {
  return writePem('CERTIFICATE', new Uint8Array(certificate.rawData));
}

/** Verifiers that know a root by its name take such a certificate for one that signed itself. */
function sameName({ commonName }: SubjectOptions): Diagnosis {
  return {
    code: 'config.conflict',
    side: 'here',
    summary: `The authority itself is called ${commonName}; a certificate of the same name would be taken for self-signed.`,
    cure: 'Give the certificate a name of its own, best the host name that is dialled.',
    evidence: { commonName },
  };
}

function refuse(code: Diagnosis['code'], summary: string): Diagnosis {
  const cure = 'Take the certificate and the key that were made together when the authority was set up.';
  return { code, side: 'here', summary, cure, evidence: {} };
}
