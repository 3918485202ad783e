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
} from '@peculiar/x509';
import type { Diagnosis } from '../base/diagnosis.ts';
import type { Result } from '../base/result.ts';
import type { Secret } from '../base/secret.ts';
import {
  CertificateAuthority,
  issueSelfSigned,
  type AuthorityContext,
  type IssuedCertificate,
} from '../tls/certificate-authority.ts';
import {
  leafKeyUsage,
  nameOf,
  PURPOSES,
  serialFrom,
  validity,
  type CertificateOptions,
} from '../tls/certificate-options.ts';
import { writePem } from '../tls/pem.ts';
import {
  exportKey,
  generateKeyPair,
  importSigningKey,
  type SigningKey,
  type SigningKeyPair,
} from '../tls/signing-key.ts';
import type { TlsIdentity } from '../tls/tls-settings.ts';
import type { FaultyCertificate } from './fault.ts';

/** The name and the address that clients dial. */
export interface DialledNames {
  readonly domain: string;
  readonly address: string;
}

const DAY_MS = 86_400_000;
/** Nobody needs them for longer than an afternoon. */
const DAYS = 7;
const FIREWALL = 'FortiGate CA SSL inspection';

type Change = Partial<CertificateOptions>;

/**
 * Certificates with one thing wrong each, all for the same name and of the same authority where nothing else is said. They are
 * made when asked for; everything else about them is as it should be, so that only one diagnosis fits.
 */
export class FaultyCertificates {
  readonly #context: AuthorityContext;
  readonly #names: DialledNames;
  readonly #root: CertificateAuthority;
  readonly #narrowRoot: CertificateAuthority;
  readonly #lists: string[] = [];

  private constructor(
    context: AuthorityContext,
    names: DialledNames,
    root: CertificateAuthority,
    narrowRoot: CertificateAuthority,
  ) {
    this.#context = context;
    this.#names = names;
    this.#root = root;
    this.#narrowRoot = narrowRoot;
  }

  /** Makes the authorities. */
  static async create(names: DialledNames, context: AuthorityContext): Promise<FaultyCertificates> {
    const root = await CertificateAuthority.create({ commonName: 'Sotto fault cabinet', days: DAYS }, context);
    return new FaultyCertificates(context, names, valueOf(root), await makeNarrowRoot(context));
  }

  /** What a client has to trust, PEM: with it, all that is wrong is what the fault says. */
  get trust(): string {
    return this.#root.certificate + this.#narrowRoot.certificate;
  }

  /** What a client has to know of taken-back certificates, PEM; none where the fault is not about them. */
  get revocationLists(): readonly string[] {
    return this.#lists;
  }

  /** A certificate of that kind with its key. */
  async identity(kind: FaultyCertificate): Promise<TlsIdentity> {
    const { certificateChain, key } = await this.#make(kind);
    return { certificateChain, key, passphrase: undefined };
  }

  async #make(kind: FaultyCertificate): Promise<IssuedCertificate> {
    const { domain, address } = this.#names;
    const now = this.#context.now();
    switch (kind) {
      case 'good':
        return this.#issue({});
      case 'expired':
        return this.#issue({ notBefore: now - 9 * DAY_MS, notAfter: now - DAY_MS });
      case 'not-yet-valid':
        return this.#issue({ notBefore: now + DAY_MS });
      case 'wrong-name':
        return this.#issue({ dns: ['elsewhere.invalid'], ips: [] });
      case 'address-only':
        return this.#issue({ dns: [], ips: [address] });
      case 'wildcard':
        return this.#issue({ dns: [domain.replace(/^[^.]+/, '*')] });
      case 'revoked':
        return this.#listed(now + DAY_MS, true);
      case 'list-ended':
        return this.#listed(now - DAY_MS, false);
      case 'for-clients':
        return this.#issue({ role: 'client' });
      case 'without-intermediate':
        return leafOnly(await this.#issue({}, await this.#intermediate(this.#root)));
      case 'chain-too-long':
        return this.#issue({}, await this.#intermediate(this.#narrowRoot));
      case 'self-signed':
        return valueOf(await issueSelfSigned(this.#options({}), this.#context));
      case 'other-authority':
        return this.#issue({}, await this.#stranger('Somebody else'));
      case 'inspected':
        return this.#issue({}, await this.#stranger(FIREWALL));
      case 'other-authority-shown': {
        const stranger = await this.#stranger('Somebody else');
        const issued = await this.#issue({}, stranger);
        return { ...issued, certificateChain: issued.certificateChain + stranger.certificate };
      }
      case 'weak-key':
        return this.#sign(this.#root, await rsa1024(this.#context), {});
      case 'weak-signature':
        return this.#sign(this.#root, await generateKeyPair(this.#context.crypto, 'ec'), { hash: 'SHA-1' });
      case 'issued-by-no-authority': {
        const { crypto } = this.#context;
        const mayCertify = new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign, true);
        const above = await this.#sign(this.#root, await generateKeyPair(crypto, 'ec'), { usage: mayCertify });
        const issuer = { certificate: above.certificateChain, key: above.key };
        const issued = await this.#sign(issuer, await generateKeyPair(crypto, 'ec'), {});
        return { ...issued, certificateChain: issued.certificateChain + above.certificateChain };
      }
    }
  }

  /** A certificate, and a list of its authority that is good until `nextUpdate` and may hold it. */
  async #listed(nextUpdate: number, taken: boolean): Promise<IssuedCertificate> {
    const issued = await this.#issue({});
    const serial = new X509Certificate(issued.certificateChain).serialNumber;
    const at = nextUpdate - 2 * DAY_MS;
    const revoked = taken ? [{ serial, at, reason: 'keyCompromise' as const }] : [];
    this.#lists.push(await this.#root.revocationList({ revoked, number: 1, thisUpdate: at, nextUpdate }));
    return issued;
  }

  #options(change: Change): CertificateOptions {
    const { domain, address } = this.#names;
    return { commonName: domain, role: 'server', dns: [domain], ips: [address], days: DAYS, ...change };
  }

  async #issue(change: Change, by = this.#root): Promise<IssuedCertificate> {
    return valueOf(await by.issue(this.#options(change)));
  }

  async #intermediate(above: CertificateAuthority): Promise<CertificateAuthority> {
    return valueOf(await above.issueAuthority({ commonName: 'Sotto fault cabinet, issuing', days: DAYS }));
  }

  async #stranger(commonName: string): Promise<CertificateAuthority> {
    return valueOf(await CertificateAuthority.create({ commonName, days: DAYS }, this.#context));
  }

  /** What our authority refuses to make: a key too short, an old digest, an issuer that is no authority. */
  async #sign(
    issuer: { readonly certificate: string; readonly key: Secret },
    keys: SigningKeyPair,
    {
      hash = 'SHA-256',
      usage = leafKeyUsage(keys.publicKey.algorithm.name !== 'ECDSA'),
    }: { readonly hash?: 'SHA-256' | 'SHA-1'; readonly usage?: KeyUsagesExtension },
  ): Promise<IssuedCertificate> {
    const { crypto, now } = this.#context;
    const signer = new X509Certificate(issuer.certificate);
    const signingKey = await importSigningKey(crypto, 'EC P-256', issuer.key);
    if (signingKey === undefined) throw new Error('the key of an authority that was just made cannot be read');
    const { domain, address } = this.#names;
    // Two of them stand in one chain, and must not have one name.
    const serialNumber = serialFrom(crypto);
    const leaf = await X509CertificateGenerator.create({
      subject: nameOf({ commonName: domain, organization: `Serial ${serialNumber.slice(0, 8)}` }),
      issuer: signer.subjectName,
      publicKey: keys.publicKey,
      signingKey,
      signingAlgorithm: { name: 'ECDSA', hash },
      serialNumber,
      ...validity({ days: DAYS }, DAYS, now(), signer),
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        usage,
        new ExtendedKeyUsageExtension(PURPOSES.server),
        new SubjectAlternativeNameExtension([
          { type: 'dns', value: domain },
          { type: 'ip', value: address },
        ]),
        await SubjectKeyIdentifierExtension.create(keys.publicKey),
        await AuthorityKeyIdentifierExtension.create(signer.publicKey),
      ],
    });
    return { certificateChain: pemOf(leaf), key: await exportKey(crypto, keys.privateKey) };
  }
}

/** A root below which no other authority may stand (RFC 5280 §4.2.1.9: a path length of 0). */
async function makeNarrowRoot(context: AuthorityContext): Promise<CertificateAuthority> {
  const keys = await generateKeyPair(context.crypto, 'ec');
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: nameOf({ commonName: 'Sotto fault cabinet, narrow' }),
    keys,
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    serialNumber: serialFrom(context.crypto),
    ...validity({ days: DAYS }, DAYS, context.now()),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const key = await exportKey(context.crypto, keys.privateKey);
  return valueOf(await CertificateAuthority.load(pemOf(certificate), key, context));
}

function rsa1024({ crypto }: AuthorityContext): Promise<{ publicKey: SigningKey; privateKey: SigningKey }> {
  return crypto.subtle.generateKey(
    { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength: 1024, publicExponent: Uint8Array.of(1, 0, 1) },
    true,
    ['sign', 'verify'],
  );
}

function leafOnly({ certificateChain, key }: IssuedCertificate): IssuedCertificate {
  const end = '-----END CERTIFICATE-----\n';
  return { key, certificateChain: certificateChain.slice(0, certificateChain.indexOf(end) + end.length) };
}

function pemOf(certificate: X509Certificate): string {
  return writePem('CERTIFICATE', new Uint8Array(certificate.rawData));
}

/** What an authority says to options that stand in this file. */
function valueOf<T>(result: Result<T, Diagnosis>): T {
  if (result.ok) return result.value;
  throw new Error(`the fault cabinet asked for a certificate that cannot be: ${result.error.summary}`);
}
