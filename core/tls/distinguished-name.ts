import { DER_TAG, DerReader, readOid, readText, type DerValue } from './der.ts';

const COMMON_NAME = '2.5.4.3';

/** Attribute types by the short names of RFC 4514 §3 and OpenSSL. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  [COMMON_NAME]: 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.42': 'GN',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
};

interface Attribute {
  readonly type: string;
  readonly value: string;
}

/** A name for people (RFC 4514, most specific part first); for use inside `readDerWith`. */
export function formatName(name: DerValue): string {
  return readAttributes(name)
    .map(({ type, value }) => `${ATTRIBUTES[type] ?? type}=${value.replace(/[,+"\\<>;]/g, '\\$&')}`)
    .reverse()
    .join(', ');
}

/** The last commonName, which is the most specific one; for use inside `readDerWith`. */
export function commonName(name: DerValue): string | undefined {
  return readAttributes(name).findLast(({ type }) => type === COMMON_NAME)?.value;
}

function readAttributes(name: DerValue): Attribute[] {
  const attributes: Attribute[] = [];
  const parts = new DerReader(name.content);
  while (!parts.atEnd) {
    const part = parts.enter(DER_TAG.set);
    while (!part.atEnd) {
      const attribute = part.enter(DER_TAG.sequence);
      attributes.push({ type: readOid(attribute.next(DER_TAG.oid).content), value: readText(attribute.next()) });
    }
  }
  return attributes;
}
