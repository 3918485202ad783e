import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  type Extension,
} from '@peculiar/x509';
import { isNumericHost } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import { readCertificate } from './certificate-reader.ts';
import { toHex } from './der.ts';
import { readPem, writePem } from './pem.ts';
import {
  exportKey,
  generateKeyPair,
  importSigningKey,
  signingAlgorithm,
  type KeyType,
  type SigningKey,
  type WebCrypto,
} from './signing-key.ts';

/** What a certificate is for: an end that is dialled, one that dials, or a node that does both. */
export type CertificateRole = 'server' | 'client' | 'both';

/** A name and a life. */
export interface SubjectOptions {
  readonly commonName: string;
  readonly organization?: string | undefined;
  readonly keyType?: KeyType | undefined;
  /** Days from now; {@link DEFAULT_DAYS} where not given. */
  readonly days?: number | undefined;
  /** Wall-clock milliseconds of the first valid moment; a day before now where not given, for clocks that are slow. */
  readonly notBefore?: number | undefined;
  /** Wall-clock milliseconds of the last one; goes before `days`. */
  readonly notAfter?: number | undefined;
}

/** What {@link CertificateAuthority.issue} puts into a certificate. */
export interface CertificateOptions extends SubjectOptions {
  readonly role: CertificateRole;
  readonly dns?: readonly string[] | undefined;
  /** Numeric addresses. */
  readonly ips?: readonly string[] | undefined;
  /** Such as `sip:example.com`. With one of these RFC 5922 no longer looks at the DNS names. */
  readonly uris?: readonly string[] | undefined;
}

/** A fresh certificate and its key, both PEM. */
export interface IssuedCertificate {
  /** Leaf first, then the intermediates; the root is not among them. */
  readonly certificateChain: string;
  readonly key: Secret;
}

/** What an authority needs of the platform. */
export interface AuthorityContext {
  /** Wall-clock milliseconds. */
  readonly now: () => number;
  readonly crypto: WebCrypto;
}

/** Life in days where nothing was said. Apple's devices refuse server certificates that live longer than 825 days. */
export const DEFAULT_DAYS = Object.freeze({ authority: 3650, certificate: 820 });

const DAY_MS = 86_400_000;
/** RFC 5280 §4.1.2.5: the time that stands for "no end", and the last that can be written. */
const END_OF_TIME = Date.UTC(9999, 11, 31, 23, 59, 59);

/**
 * A certificate authority in memory (RFC 5280): its own certificate, its key, and what it issues. The certificates pass
 * `openssl verify -x509_strict`, carry a purpose for their role, and always `digitalSignature`, without which BoringSSL
 * refuses them.
 */
export class CertificateAuthority {
  readonly #context: AuthorityContext;
  readonly #certificate: X509Certificate;
  readonly #signingKey: SigningKey;
  readonly #intermediates: string;
  /** The authority's own certificate as PEM, for those who shall trust it. */
  readonly certificate: string;
  /** The authority's key as PKCS#8 PEM. */
  readonly key: Secret;

  private constructor(
    context: AuthorityContext,
    certificate: X509Certificate,
    signingKey: SigningKey,
    key: Secret,
    intermediates: string,
  ) {
    this.#context = context;
    this.#certificate = certificate;
    this.#signingKey = signingKey;
    this.#intermediates = intermediates;
    this.certificate = writePem('CERTIFICATE', new Uint8Array(certificate.rawData));
    this.key = key;
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
    return ok(
      new CertificateAuthority(
        context,
        certificate,
        keys.privateKey,
        await exportKey(context.crypto, keys.privateKey),
        '',
      ),
    );
  }

  /** Takes an authority from its PEM files; the key must be a PKCS#8 block without passphrase. */
  static async load(
    certificate: string,
    key: Secret,
    context: AuthorityContext,
  ): Promise<Result<CertificateAuthority, Diagnosis>> {
    const block = readPem(certificate).find(({ label }) => label === 'CERTIFICATE')?.octets;
    const view = block === undefined ? undefined : readCertificate(block);
    if (block === undefined || view?.ok !== true) {
      return err(refuse('file.no-certificate', 'There is no certificate of an authority in PEM form.'));
    }
    if (!view.value.isCa) {
      return err(refuse('cert.invalid-ca', `${view.value.subject} is not the certificate of an authority.`));
    }
    const signingKey = await importSigningKey(context.crypto, view.value.keyType, key);
    if (signingKey === undefined) {
      return err(refuse('file.no-key', 'The key of the authority is not a PKCS#8 key of the type of its certificate.'));
    }
    return ok(new CertificateAuthority(context, new X509Certificate(block), signingKey, key, ''));
  }

  /** Issues a certificate with a new key. Fails where the options name something that no certificate can carry. */
  async issue(options: CertificateOptions): Promise<Result<IssuedCertificate, Diagnosis>> {
    const problem = subjectProblem(options) ?? namesProblem(options);
    if (problem !== undefined) return err(problem);
    const keys = await generateKeyPair(this.#context.crypto, options.keyType ?? 'ec');
    const extensions = await leafExtensions(options, keys.publicKey, this.#certificate.publicKey);
    const leaf = await this.#sign(options, DEFAULT_DAYS.certificate, keys.publicKey, extensions);
    const own = writePem('CERTIFICATE', new Uint8Array(leaf.rawData));
    return ok({
      certificateChain: own + this.#intermediates,
      key: await exportKey(this.#context.crypto, keys.privateKey),
    });
  }

  /** Makes an intermediate authority below this one. */
  async issueAuthority(options: SubjectOptions): Promise<Result<CertificateAuthority, Diagnosis>> {
    const problem = subjectProblem(options);
    if (problem !== undefined) return err(problem);
    const keys = await generateKeyPair(this.#context.crypto, options.keyType ?? 'ec');
    const extensions = await authorityExtensions(keys.publicKey, this.#certificate.publicKey);
    const certificate = await this.#sign(options, DEFAULT_DAYS.authority, keys.publicKey, extensions);
    const key = await exportKey(this.#context.crypto, keys.privateKey);
    const chain = writePem('CERTIFICATE', new Uint8Array(certificate.rawData)) + this.#intermediates;
    return ok(new CertificateAuthority(this.#context, certificate, keys.privateKey, key, chain));
  }

  #sign(
    options: SubjectOptions,
    days: number,
    publicKey: SigningKey,
    extensions: Extension[],
  ): Promise<X509Certificate> {
    return X509CertificateGenerator.create({
      subject: nameOf(options),
      issuer: this.#certificate.subjectName,
      publicKey,
      signingKey: this.#signingKey,
      signingAlgorithm: signingAlgorithm(this.#signingKey),
      serialNumber: serialFrom(this.#context.crypto),
      ...validity(options, days, this.#context.now()),
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
  return ok({
    certificateChain: writePem('CERTIFICATE', new Uint8Array(certificate.rawData)),
    key: await exportKey(context.crypto, keys.privateKey),
  });
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const PURPOSES: Readonly<Record<CertificateRole, string[]>> = {
  server: [SERVER_AUTH],
  client: [CLIENT_AUTH],
  both: [SERVER_AUTH, CLIENT_AUTH],
};

async function authorityExtensions(
  publicKey: SigningKey,
  issuerKey: SigningKey | X509Certificate['publicKey'],
): Promise<Extension[]> {
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
  issuerKey: SigningKey | X509Certificate['publicKey'],
): Promise<Extension[]> {
  const names = alternativeNames(options);
  return [
    new BasicConstraintsExtension(false, undefined, true),
    options.keyType === 'rsa'
      ? new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true)
      : new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension(PURPOSES[options.role]),
    ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)]),
    await SubjectKeyIdentifierExtension.create(publicKey),
    await AuthorityKeyIdentifierExtension.create(issuerKey),
  ];
}

function nameOf({ commonName, organization }: SubjectOptions): Name {
  // As typed values: plain strings would be searched for quotes and escapes.
  return new Name([
    ...(organization === undefined || organization === '' ? [] : [{ O: [{ utf8String: organization }] }]),
    { CN: [{ utf8String: commonName }] },
  ]);
}

function alternativeNames({
  dns = [],
  ips = [],
  uris = [],
}: CertificateOptions): { type: 'dns' | 'ip' | 'url'; value: string }[] {
  return [
    ...dns.map((value) => ({ type: 'dns' as const, value })),
    ...ips.map((value) => ({ type: 'ip' as const, value: value.replace(/[[\]]/g, '') })),
    ...uris.map((value) => ({ type: 'url' as const, value })),
  ];
}

function validity(options: SubjectOptions, defaultDays: number, now: number): { notBefore: Date; notAfter: Date } {
  // Dates in certificates have no fractions of a second.
  const second = (time: number): Date => new Date(Math.floor(Math.min(time, END_OF_TIME) / 1000) * 1000);
  return {
    notBefore: second(options.notBefore ?? now - DAY_MS),
    notAfter: second(options.notAfter ?? now + (options.days ?? defaultDays) * DAY_MS),
  };
}

/** 127 random bits; RFC 5280 §4.1.2.2 wants a positive number. */
function serialFrom(crypto: WebCrypto): string {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  octets[0] = ((octets[0] ?? 0) & 0x7f) | 0x40;
  return toHex(octets);
}

function subjectProblem({ commonName, days }: SubjectOptions): Diagnosis | undefined {
  // RFC 5280 §A.1: ub-common-name.
  if (commonName === '' || commonName.length > 64) {
    return refuse('config.invalid', 'The commonName of a certificate has 1 to 64 characters.');
  }
  if (days !== undefined && !(days > 0)) return refuse('config.invalid', 'A certificate lives for at least one day.');
  return undefined;
}

function namesProblem({ dns = [], ips = [], uris = [] }: CertificateOptions): Diagnosis | undefined {
  const bad =
    dns.find((name) => !/^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i.test(name)) ??
    ips.find((ip) => !isNumericHost(ip)) ??
    uris.find((uri) => !/^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i.test(uri));
  return bad === undefined
    ? undefined
    : refuse('config.invalid', `"${bad}" cannot be an alternative name of a certificate.`);
}

function refuse(code: Diagnosis['code'], summary: string): Diagnosis {
  const cure =
    code === 'config.invalid'
      ? 'Correct the value.'
      : 'Take the certificate and the key that were made together when the authority was set up.';
  return { code, side: 'here', summary, cure, evidence: {} };
}
