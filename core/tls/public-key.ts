import { DER_TAG, DerReader, readOid, type DerValue } from './der.ts';

const RSA = new Set(['1.2.840.113549.1.1.1', '1.2.840.113549.1.1.10']);
const EC = '1.2.840.10045.2.1';
const DSA = '1.2.840.10040.4.1';

const CURVES: Readonly<Record<string, readonly [name: string, bits: number]>> = {
  '1.2.840.10045.3.1.1': ['P-192', 192],
  '1.2.840.10045.3.1.7': ['P-256', 256],
  '1.3.132.0.10': ['secp256k1', 256],
  '1.3.132.0.33': ['P-224', 224],
  '1.3.132.0.34': ['P-384', 384],
  '1.3.132.0.35': ['P-521', 521],
};

/** Type and size of a SubjectPublicKeyInfo (RFC 5280 §4.1.2.7); for use inside `readDerWith`. */
export function readPublicKey(info: DerValue): { readonly type: string; readonly bits: number | undefined } {
  const fields = new DerReader(info.content);
  const algorithm = fields.enter(DER_TAG.sequence);
  const type = readOid(algorithm.next(DER_TAG.oid).content);
  const key = fields.next(DER_TAG.bitString).content.subarray(1);
  if (RSA.has(type)) return { type: 'RSA', bits: bitLength(new DerReader(key).enter(DER_TAG.sequence).next().content) };
  if (type === EC) {
    const curve = algorithm.optional(DER_TAG.oid);
    const [name, bits] = (curve && CURVES[readOid(curve.content)]) ?? ['with another curve', undefined];
    return { type: `EC ${name}`, bits };
  }
  if (type === DSA) return { type: 'DSA', bits: bitLength(algorithm.enter(DER_TAG.sequence).next().content) };
  if (type === '1.3.101.112') return { type: 'Ed25519', bits: 256 };
  if (type === '1.3.101.113') return { type: 'Ed448', bits: 456 };
  return { type, bits: undefined };
}

function bitLength(integer: Uint8Array): number {
  const first = integer.findIndex((octet) => octet !== 0);
  if (first < 0) return 0;
  return (integer.length - first) * 8 - Math.clz32((integer[first] ?? 0) << 24);
}
