import { DER_TAG, DerReader, readLatin1, readOid, toHex, type DerValue } from './der.ts';
import { formatName } from './distinguished-name.ts';

/** What the extensions of a certificate say (RFC 5280 §4.2). */
export interface CertificateExtensions {
  /** Names such as `digitalSignature`; `undefined` where the extension is missing and every use is allowed. */
  readonly keyUsage: readonly string[] | undefined;
  /** Purposes such as `serverAuth`; empty where the extension is missing and every purpose is allowed. */
  readonly eku: readonly string[];
  /** basicConstraints: whether it may sign certificates. */
  readonly isCa: boolean;
  /** How many intermediate authorities may follow below. */
  readonly pathLength: number | undefined;
  /** Lower-case hex. */
  readonly subjectKeyId: string | undefined;
  readonly authorityKeyId: string | undefined;
  /** Who issued the certificate of its issuer, where the certificate says. */
  readonly authorityIssuer: string | undefined;
  /** Where the certificate of its issuer can be fetched; public authorities say it. */
  readonly issuerUrls: readonly string[];
  /** Object identifiers of critical extensions that are not read here, such as name constraints. */
  readonly unreadCritical: readonly string[];
}

/** The alternative names by type. Names are as written, addresses as text. */
export interface AlternativeNames {
  /** Whether the certificate has the extension at all, even empty or with other types (RFC 5922 §7.1). */
  readonly present: boolean;
  readonly dns: readonly string[];
  readonly uri: readonly string[];
  readonly ip: readonly string[];
  readonly all: readonly string[];
}

const OID = Object.freeze({
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
  caIssuers: '1.3.6.1.5.5.7.48.2',
});

const READ: ReadonlySet<string> = new Set(Object.values(OID));

const KEY_USAGES = [
  'digitalSignature',
  'contentCommitment',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
];

const PURPOSES: Readonly<Record<string, string>> = {
  '2.5.29.37.0': 'anyExtendedKeyUsage',
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '1.3.6.1.5.5.7.3.3': 'codeSigning',
  '1.3.6.1.5.5.7.3.4': 'emailProtection',
  '1.3.6.1.5.5.7.3.8': 'timeStamping',
  '1.3.6.1.5.5.7.3.9': 'OCSPSigning',
  '1.3.6.1.5.5.7.3.20': 'sipDomain',
};

/** Reads the list of extensions; for use inside `readDerWith`. */
export function readExtensions(list: DerReader | undefined): {
  readonly extensions: CertificateExtensions;
  readonly alternativeNames: Uint8Array | undefined;
} {
  const values = new Map<string, Uint8Array>();
  const unreadCritical: string[] = [];
  while (list !== undefined && !list.atEnd) {
    const extension = list.enter(DER_TAG.sequence);
    const id = readOid(extension.next(DER_TAG.oid).content);
    const critical = (extension.optional(DER_TAG.boolean)?.content[0] ?? 0) !== 0;
    if (critical && !READ.has(id)) unreadCritical.push(id);
    values.set(id, extension.next(DER_TAG.octetString).content);
  }
  const reader = (id: string): DerReader | undefined => {
    const value = values.get(id);
    return value === undefined ? undefined : new DerReader(value);
  };
  const constraints = reader(OID.basicConstraints)?.enter(DER_TAG.sequence);
  const isCa = (constraints?.optional(DER_TAG.boolean)?.content[0] ?? 0) !== 0;
  const pathLength = constraints?.optional(DER_TAG.integer)?.content;
  const keyUsage = reader(OID.keyUsage)?.next(DER_TAG.bitString).content;
  const purposes = reader(OID.extendedKeyUsage)?.enter(DER_TAG.sequence).rest() ?? [];
  const subjectKeyId = reader(OID.subjectKeyIdentifier)?.next(DER_TAG.octetString).content;
  const authority = reader(OID.authorityKeyIdentifier)?.enter(DER_TAG.sequence);
  const authorityKeyId = authority?.optional(0x80)?.content;
  const authorityNames = authority?.optional(0xa1)?.content;
  return {
    extensions: {
      keyUsage: keyUsage === undefined ? undefined : KEY_USAGES.filter((_, bit) => hasBit(keyUsage, bit)),
      eku: purposes.map(({ content }) => readOid(content)).map((oid) => PURPOSES[oid] ?? oid),
      isCa,
      pathLength: pathLength === undefined ? undefined : Number(`0x${toHex(pathLength)}`),
      subjectKeyId: subjectKeyId === undefined ? undefined : toHex(subjectKeyId),
      authorityKeyId: authorityKeyId === undefined ? undefined : toHex(authorityKeyId),
      authorityIssuer: authorityNames === undefined ? undefined : readDirectoryName(authorityNames),
      issuerUrls: readIssuerUrls(reader(OID.authorityInfoAccess)),
      unreadCritical,
    },
    alternativeNames: values.get(OID.subjectAltName),
  };
}

/** Reads subjectAltName (RFC 5280 §4.2.1.6); for use inside `readDerWith`. */
export function readAlternativeNames(extension: Uint8Array | undefined): AlternativeNames {
  const names = { present: extension !== undefined, dns: [], uri: [], ip: [], all: [] } as {
    present: boolean;
    dns: string[];
    uri: string[];
    ip: string[];
    all: string[];
  };
  const values = extension === undefined ? [] : new DerReader(extension).enter(DER_TAG.sequence).rest();
  for (const value of values) addName(names, value);
  return names;
}

function addName(names: { dns: string[]; uri: string[]; ip: string[]; all: string[] }, value: DerValue): void {
  const { tag, content } = value;
  const label = NAME_LABELS[tag] ?? 'other';
  const text = label === 'IP' ? formatIp(content) : label === 'other' ? toHex(content) : readLatin1(content);
  names.all.push(`${label}:${text}`);
  if (label === 'DNS') names.dns.push(text);
  if (label === 'URI') names.uri.push(text);
  if (label === 'IP') names.ip.push(text);
}

const NAME_LABELS: Readonly<Record<number, string>> = { 0x81: 'email', 0x82: 'DNS', 0x86: 'URI', 0x87: 'IP' };

/** IPv4 in dots, IPv6 as eight groups without leading zeros; anything else as hex. */
function formatIp(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join('.');
  if (octets.length !== 16) return toHex(octets);
  const view = new DataView(octets.buffer, octets.byteOffset, 16);
  return Array.from({ length: 8 }, (_, index) => view.getUint16(index * 2).toString(16)).join(':');
}

/** The first name of a GeneralNames that is a directoryName. */
function readDirectoryName(names: Uint8Array): string | undefined {
  const directory = new DerReader(names).rest().find(({ tag }) => tag === 0xa4);
  return directory === undefined ? undefined : formatName(new DerReader(directory.content).next(DER_TAG.sequence));
}

function readIssuerUrls(access: DerReader | undefined): string[] {
  const urls: string[] = [];
  const list = access?.enter(DER_TAG.sequence);
  while (list !== undefined && !list.atEnd) {
    const description = list.enter(DER_TAG.sequence);
    const method = readOid(description.next(DER_TAG.oid).content);
    const { tag, content } = description.next();
    if (method === OID.caIssuers && tag === 0x86) urls.push(readLatin1(content));
  }
  return urls;
}

/** Bit 0 is the highest bit of the first octet after the count of unused bits. */
function hasBit(bitString: Uint8Array, bit: number): boolean {
  return (((bitString[1 + (bit >> 3)] ?? 0) << (bit & 7)) & 0x80) !== 0;
}
