import { err, ok, type Result } from '../base/result.ts';
import {
  readAlternativeNames,
  readExtensions,
  type AlternativeNames,
  type CertificateExtensions,
} from './certificate-extensions.ts';
import { DER_TAG, DerReader, readDerWith, readOid, readTime, toHex, type DerValue } from './der.ts';
import { commonName, formatName } from './distinguished-name.ts';
import { OctetMemo } from './octet-memo.ts';
import { readPem } from './pem.ts';
import { readPublicKey } from './public-key.ts';
import { sha256Hex } from './sha256.ts';

/** A certificate as people and the policy read it. Everything in it is what the certificate says, none of it is checked. */
export interface CertificateView extends CertificateExtensions {
  /** 1 or 3; a certificate of version 1 has no extensions that could say what it is for. */
  readonly version: number;
  /** Most specific part first, such as `CN=pbx.example.com, O=Example`. */
  readonly subject: string;
  readonly issuer: string;
  readonly commonName: string | undefined;
  /** Lower-case hex without leading zeros. */
  readonly serial: string;
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** `RSA`, `EC P-256`, `Ed25519` or an object identifier. */
  readonly keyType: string;
  /** `undefined` where the type is unknown. */
  readonly keyBits: number | undefined;
  /** Such as `ecdsa-with-SHA256`. */
  readonly signature: string;
  /** All alternative names with their type, such as `DNS:pbx.example.com`. */
  readonly san: readonly string[];
  readonly names: AlternativeNames;
  /** SHA-256 of the whole certificate, lower-case hex. */
  readonly sha256: string;
  /** Whether it names itself as issuer, by name and, where given, by key identifier. The signature is not checked. */
  readonly selfSigned: boolean;
}

/** Larger certificates are refused unread. */
const LARGEST_CERTIFICATE = 64 * 1024;

/** RFC 3279, 4055, 5758, 8410. */
const SIGNATURES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'md2WithRSAEncryption',
  '1.2.840.113549.1.1.4': 'md5WithRSAEncryption',
  '1.2.840.113549.1.1.5': 'sha1WithRSAEncryption',
  '1.2.840.113549.1.1.10': 'rsassaPss',
  '1.2.840.113549.1.1.11': 'sha256WithRSAEncryption',
  '1.2.840.113549.1.1.12': 'sha384WithRSAEncryption',
  '1.2.840.113549.1.1.13': 'sha512WithRSAEncryption',
  '1.2.840.113549.1.1.14': 'sha224WithRSAEncryption',
  '1.2.840.10040.4.3': 'dsa-with-SHA1',
  '1.2.840.10045.4.1': 'ecdsa-with-SHA1',
  '1.2.840.10045.4.3.1': 'ecdsa-with-SHA224',
  '1.2.840.10045.4.3.2': 'ecdsa-with-SHA256',
  '1.2.840.10045.4.3.3': 'ecdsa-with-SHA384',
  '1.2.840.10045.4.3.4': 'ecdsa-with-SHA512',
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
};

/** The certificates that were read last: those of the servers, devices and authorities that one deals with. */
const read = new OctetMemo<Result<CertificateView, string>>(16);

/** Reads one certificate (RFC 5280 §4.1) from DER. The error says what is wrong with it. */
export function readCertificate(der: Uint8Array): Result<CertificateView, string> {
  if (der.length > LARGEST_CERTIFICATE) return err('is larger than any certificate');
  return read.of(der, () => readDerWith(() => parse(der)));
}

/** The subject of a certificate, of which nothing else is read: stores of authorities hold hundreds. */
export function readSubject(der: Uint8Array): Result<string, string> {
  return readDerWith(() => {
    const body = new DerReader(der).enter(DER_TAG.sequence).enter(DER_TAG.sequence);
    body.optional(0xa0);
    for (const tag of [DER_TAG.integer, DER_TAG.sequence, DER_TAG.sequence, DER_TAG.sequence]) body.next(tag);
    return formatName(body.next(DER_TAG.sequence));
  });
}

/** Reads all certificates of a PEM text in their order; other blocks are skipped. */
export function readCertificates(pem: string): Result<CertificateView[], string> {
  const views: CertificateView[] = [];
  for (const block of readPem(pem)) {
    if (!isCertificateLabel(block.label)) continue;
    if (block.octets === undefined) return err(`certificate ${views.length + 1} is not valid base64`);
    const view = readCertificate(block.octets);
    if (!view.ok) return err(`certificate ${views.length + 1} ${view.error}`);
    views.push(view.value);
  }
  return ok(views);
}

/** Labels under which certificates are found; the trusted form of OpenSSL is not one of them. */
export function isCertificateLabel(label: string): boolean {
  return label === 'CERTIFICATE' || label === 'X509 CERTIFICATE';
}

function parse(der: Uint8Array): CertificateView {
  const certificate = new DerReader(der).enter(DER_TAG.sequence);
  const body = certificate.enter(DER_TAG.sequence);
  const signature = readAlgorithm(certificate.next(DER_TAG.sequence));
  certificate.next(DER_TAG.bitString);
  const version = body.optional(0xa0); // missing in version 1
  const serial = toHex(body.next(DER_TAG.integer).content).replace(/^0+(?=.)/, '');
  body.next(DER_TAG.sequence); // the signature algorithm once more
  const issuer = body.next(DER_TAG.sequence);
  const validity = body.enter(DER_TAG.sequence);
  const notBefore = readTime(validity.next());
  const notAfter = readTime(validity.next());
  const subject = body.next(DER_TAG.sequence);
  const key = readPublicKey(body.next(DER_TAG.sequence));
  body.optional(0x81);
  body.optional(0x82);
  const wrapped = body.optional(0xa3);
  const list = wrapped === undefined ? undefined : new DerReader(wrapped.content).enter(DER_TAG.sequence);
  const { extensions, alternativeNames } = readExtensions(list);
  const names = readAlternativeNames(alternativeNames);
  return {
    version: version === undefined ? 1 : (new DerReader(version.content).next(DER_TAG.integer).content[0] ?? 0) + 1,
    subject: formatName(subject),
    issuer: formatName(issuer),
    commonName: commonName(subject),
    serial,
    notBefore: new Date(notBefore).toISOString(),
    notAfter: new Date(notAfter).toISOString(),
    keyType: key.type,
    keyBits: key.bits,
    signature: SIGNATURES[signature] ?? signature,
    san: names.all,
    names,
    sha256: sha256Hex(der),
    selfSigned: isSelfSigned(subject, issuer, extensions),
    ...extensions,
  };
}

function readAlgorithm(value: DerValue): string {
  return readOid(new DerReader(value.content).next(DER_TAG.oid).content);
}

/** Equal names alone do not make it self-signed: authorities made carelessly give their own name to what they sign. */
function isSelfSigned(subject: DerValue, issuer: DerValue, extensions: CertificateExtensions): boolean {
  const { subjectKeyId, authorityKeyId } = extensions;
  if (toHex(subject.octets) !== toHex(issuer.octets)) return false;
  return subjectKeyId === undefined || authorityKeyId === undefined || subjectKeyId === authorityKeyId;
}
