import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { webcrypto } from 'node:crypto';
import { Secret } from '../../../core/base/secret.ts';
import type { TlsIdentity } from '../../../core/tls/tls-settings.ts';

const EC = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 60 * 60 * 1000;

/** An authority that lives as long as a test. */
export class TestAuthority {
  readonly #name: string;
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #certificate: x509.X509Certificate;
  #serial = 2;

  private constructor(name: string, keys: webcrypto.CryptoKeyPair, certificate: x509.X509Certificate) {
    this.#name = name;
    this.#keys = keys;
    this.#certificate = certificate;
  }

  static async create(name: string): Promise<TestAuthority> {
    const keys = await newKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: '01',
      name: `CN=${name}`,
      notBefore: new Date(Date.now() - DAY_MS),
      notAfter: new Date(Date.now() + 30 * DAY_MS),
      signingAlgorithm: EC,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    return new TestAuthority(name, keys, certificate);
  }

  /** Its certificate as PEM. */
  get pem(): string {
    return this.#certificate.toString('pem');
  }

  /** A certificate for these names or addresses and its key; `expired` since yesterday where asked for. */
  async issue(names: readonly string[], options: { readonly expired?: boolean } = {}): Promise<TlsIdentity> {
    const keys = await newKeys();
    const now = Date.now();
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: (this.#serial++).toString(16).padStart(2, '0'),
      subject: `CN=${names[0] ?? ''}`,
      issuer: `CN=${this.#name}`,
      notBefore: new Date(now - 10 * DAY_MS),
      notAfter: new Date(now + (options.expired === true ? -DAY_MS : 10 * DAY_MS)),
      signingAlgorithm: EC,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? 'ip' : 'dns', value }) as const),
        ),
        await x509.AuthorityKeyIdentifierExtension.create(this.#keys.publicKey),
      ],
    });
    const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
    return {
      certificateChain: certificate.toString('pem'),
      key: new Secret(x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')),
      passphrase: undefined,
    };
  }
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(EC, true, ['sign', 'verify']);
}
