import { DER_TAG } from './der.ts';
import { der, DER_NULL, derInteger, derOid, derSequence, joinOctets } from './der-writer.ts';

/** What PKCS#12 needs of the platform's cryptography. */
export interface Pkcs12Crypto {
  random(length: number): Uint8Array<ArrayBuffer>;
  hash(name: Pkcs12Hash, octets: Uint8Array): Uint8Array;
  hmac(name: Pkcs12Hash, key: Uint8Array, octets: Uint8Array): Uint8Array;
  /** PBKDF2 with HMAC-SHA-256 (RFC 8018 §5.2). */
  pbkdf2(password: string, salt: Uint8Array, iterations: number, length: number): Uint8Array;
  /** CBC with the padding of RFC 8018 §6.1.1. */
  encrypt(cipher: 'aes-256-cbc' | 'des-ede3-cbc', key: Uint8Array, iv: Uint8Array, octets: Uint8Array): Uint8Array;
}

type Pkcs12Hash = 'sha1' | 'sha256';

/** What goes into the file. */
export interface Pkcs12Content {
  /** PKCS#8 DER; without it the file holds certificates only. */
  readonly key: Uint8Array | undefined;
  /** DER; the first is the one that the key belongs to. */
  readonly certificates: readonly Uint8Array[];
  /** The name under which stores show it. */
  readonly friendlyName: string;
  readonly password: string;
  /** `modern`: AES-256, PBKDF2, SHA-256. `legacy`: 3DES and SHA-1, for devices that know nothing else. */
  readonly strength: 'modern' | 'legacy';
}

const OID = Object.freeze({
  data: '1.2.840.113549.1.7.1',
  encryptedData: '1.2.840.113549.1.7.6',
  shroudedKeyBag: '1.2.840.113549.1.12.10.1.2',
  certBag: '1.2.840.113549.1.12.10.1.3',
  x509Certificate: '1.2.840.113549.1.9.22.1',
  friendlyName: '1.2.840.113549.1.9.20',
  localKeyId: '1.2.840.113549.1.9.21',
  pbeWithSha1And3Des: '1.2.840.113549.1.12.1.3',
  pbes2: '1.2.840.113549.1.5.13',
  pbkdf2: '1.2.840.113549.1.5.12',
  hmacWithSha256: '1.2.840.113549.2.9',
  aes256Cbc: '2.16.840.1.101.3.4.1.42',
  sha1: '1.3.14.3.2.26',
  sha256: '2.16.840.1.101.3.4.2.1',
});

const CONTEXT_0 = 0xa0;
const SALT_OCTETS = 16;
/** OWASP's figure for PBKDF2 with SHA-256 would take devices minutes; this is what the tools of the field write at most. */
const ITERATIONS = 100_000;
/** The hash of the older derivation runs one call at a time. */
const OLD_ITERATIONS = 2048;

/** Use of a derived key (RFC 7292 §B.3). */
const PURPOSE = Object.freeze({ key: 1, iv: 2, mac: 3 });

/** A PFX (RFC 7292 §4) with password integrity: what the certificate stores of phones and systems import. */
export function writePkcs12(content: Pkcs12Content, crypto: Pkcs12Crypto): Uint8Array<ArrayBuffer> {
  const { key, certificates, friendlyName, password, strength } = content;
  const [leaf = new Uint8Array(0)] = certificates;
  const keyId = crypto.hash('sha1', leaf);
  const attributes = der(
    DER_TAG.set,
    attribute(OID.friendlyName, der(DER_TAG.bmpString, bmpString(friendlyName))),
    attribute(OID.localKeyId, der(DER_TAG.octetString, keyId)),
  );
  const certificateBags = certificates.map((certificate, index) =>
    bag(
      OID.certBag,
      derSequence(derOid(OID.x509Certificate), der(CONTEXT_0, der(DER_TAG.octetString, certificate))),
      key !== undefined && index === 0 ? [attributes] : [],
    ),
  );
  const seal = sealerFor(strength, password, crypto);
  const certificateSafe = seal(derSequence(...certificateBags));
  const safes = [
    contentInfo(
      OID.encryptedData,
      derSequence(
        derInteger(0),
        derSequence(derOid(OID.data), certificateSafe.algorithm, der(0x80, certificateSafe.octets)),
      ),
    ),
  ];
  if (key !== undefined) {
    const shrouded = seal(key);
    const value = derSequence(shrouded.algorithm, der(DER_TAG.octetString, shrouded.octets));
    const keyBag = bag(OID.shroudedKeyBag, value, [attributes]);
    safes.push(contentInfo(OID.data, der(DER_TAG.octetString, derSequence(keyBag))));
  }
  const authSafe = derSequence(...safes);
  return derSequence(
    derInteger(3),
    contentInfo(OID.data, der(DER_TAG.octetString, authSafe)),
    macData(authSafe, strength, password, crypto),
  );
}

interface Sealed {
  readonly algorithm: Uint8Array;
  readonly octets: Uint8Array;
}

function sealerFor(
  strength: Pkcs12Content['strength'],
  password: string,
  crypto: Pkcs12Crypto,
): (octets: Uint8Array) => Sealed {
  return strength === 'modern'
    ? (octets) => sealModern(octets, password, crypto)
    : (octets) => sealLegacy(octets, password, crypto);
}

/** PBES2 (RFC 8018 §6.2). */
function sealModern(octets: Uint8Array, password: string, crypto: Pkcs12Crypto): Sealed {
  const salt = crypto.random(SALT_OCTETS);
  const iv = crypto.random(16);
  const derivation = derSequence(
    derOid(OID.pbkdf2),
    derSequence(
      der(DER_TAG.octetString, salt),
      derInteger(ITERATIONS),
      derSequence(derOid(OID.hmacWithSha256), DER_NULL),
    ),
  );
  const cipher = derSequence(derOid(OID.aes256Cbc), der(DER_TAG.octetString, iv));
  const key = crypto.pbkdf2(password, salt, ITERATIONS, 32);
  return {
    algorithm: derSequence(derOid(OID.pbes2), derSequence(derivation, cipher)),
    octets: crypto.encrypt('aes-256-cbc', key, iv, octets),
  };
}

/** pbeWithSHAAnd3-KeyTripleDES-CBC (RFC 7292 appendix C). */
function sealLegacy(octets: Uint8Array, password: string, crypto: Pkcs12Crypto): Sealed {
  const salt = crypto.random(8);
  const derive = (purpose: number, length: number): Uint8Array =>
    deriveOld('sha1', purpose, { password, salt, length }, crypto);
  return {
    algorithm: derSequence(
      derOid(OID.pbeWithSha1And3Des),
      derSequence(der(DER_TAG.octetString, salt), derInteger(OLD_ITERATIONS)),
    ),
    octets: crypto.encrypt('des-ede3-cbc', derive(PURPOSE.key, 24), derive(PURPOSE.iv, 8), octets),
  };
}

function macData(
  authSafe: Uint8Array,
  strength: Pkcs12Content['strength'],
  password: string,
  crypto: Pkcs12Crypto,
): Uint8Array {
  const hash = strength === 'modern' ? 'sha256' : 'sha1';
  const salt = crypto.random(SALT_OCTETS);
  const length = HASHES[hash].octets;
  const key = deriveOld(hash, PURPOSE.mac, { password, salt, length }, crypto);
  const digest = crypto.hmac(hash, key, authSafe);
  return derSequence(
    derSequence(derSequence(derOid(OID[hash]), DER_NULL), der(DER_TAG.octetString, digest)),
    der(DER_TAG.octetString, salt),
    derInteger(OLD_ITERATIONS),
  );
}

const HASHES = Object.freeze({ sha1: { octets: 20 }, sha256: { octets: 32 } });
/** The block size of both, which RFC 7292 calls v. */
const BLOCK = 64;

/** The key derivation of RFC 7292 §B.2; the MAC has no other. */
function deriveOld(
  hash: Pkcs12Hash,
  purpose: number,
  { password, salt, length }: { readonly password: string; readonly salt: Uint8Array; readonly length: number },
  crypto: Pkcs12Crypto,
): Uint8Array {
  const diversifier = new Uint8Array(BLOCK).fill(purpose);
  // RFC 7292 §B.1: with two zero octets at the end.
  const text = joinOctets(bmpString(password), Uint8Array.of(0, 0));
  const input = joinOctets(fillBlocks(salt), fillBlocks(text));
  const derived: Uint8Array[] = [];
  for (let have = 0; have < length; have += HASHES[hash].octets) {
    let block = crypto.hash(hash, joinOctets(diversifier, input));
    for (let round = 1; round < OLD_ITERATIONS; round++) block = crypto.hash(hash, block);
    derived.push(block);
    const addend = fillBlocks(block);
    for (let at = 0; at < input.length; at += BLOCK) addPlusOne(input.subarray(at, at + BLOCK), addend);
  }
  return joinOctets(...derived).subarray(0, length);
}

/** Octets repeated until they fill whole blocks; nothing stays nothing. */
function fillBlocks(octets: Uint8Array): Uint8Array {
  const filled = new Uint8Array(Math.ceil(octets.length / BLOCK) * BLOCK);
  for (let at = 0; at < filled.length; at++) filled[at] = octets[at % octets.length] ?? 0;
  return filled;
}

/** block = (block + addend + 1) mod 2^512, both big-endian. */
function addPlusOne(block: Uint8Array, addend: Uint8Array): void {
  let carry = 1;
  for (let at = BLOCK - 1; at >= 0; at--) {
    carry += (block[at] ?? 0) + (addend[at] ?? 0);
    block[at] = carry & 0xff;
    carry >>= 8;
  }
}

function contentInfo(type: string, content: Uint8Array): Uint8Array {
  return derSequence(derOid(type), der(CONTEXT_0, content));
}

function bag(type: string, value: Uint8Array, attributes: readonly Uint8Array[]): Uint8Array {
  return derSequence(derOid(type), der(CONTEXT_0, value), ...attributes);
}

function attribute(type: string, value: Uint8Array): Uint8Array {
  return derSequence(derOid(type), der(DER_TAG.set, value));
}

/** Big-endian UTF-16, as the names and passwords of PKCS#12 are. */
function bmpString(text: string): Uint8Array {
  const octets = new Uint8Array(text.length * 2);
  const view = new DataView(octets.buffer);
  for (let at = 0; at < text.length; at++) view.setUint16(at * 2, text.charCodeAt(at));
  return octets;
}
