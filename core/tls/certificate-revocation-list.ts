import { err, ok, type Result } from '../base/result.ts';
import { DER_TAG, DerReader, readDerWith, readOid, readTime, toHex, type DerValue } from './der.ts';
import { formatName } from './distinguished-name.ts';
import { readPem } from './pem.ts';

/** A revocation list as it says itself; its signature is not checked here. */
export interface RevocationList {
  readonly issuer: string;
  /** Wall-clock milliseconds. */
  readonly thisUpdate: number;
  /** Wall-clock milliseconds; a list without it never ends. */
  readonly nextUpdate: number | undefined;
  /** Of the issuer's key, lower-case hex. */
  readonly authorityKeyId: string | undefined;
  /** When each certificate was revoked, by serial number: lower-case hex without leading zeros. */
  readonly revoked: ReadonlyMap<string, number>;
  /** The octets that are signed, object identifier of the algorithm, and signature. */
  readonly signed: Uint8Array;
  readonly algorithm: string;
  readonly signature: Uint8Array;
}

/** Larger lists are refused unread. */
const LARGEST_LIST = 16 * 1024 * 1024;

const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35';

/** Reads a complete list (RFC 5280 §5.1) from DER. The error says what is wrong with it. */
export function readRevocationList(der: Uint8Array): Result<RevocationList, string> {
  if (der.length > LARGEST_LIST) return err('is larger than 16 MiB');
  const list = readDerWith(() => parse(der));
  return list.ok ? list.value : list;
}

/** Reads all lists of PEM texts, at least one in each. */
export function readRevocationLists(pems: readonly string[]): Result<readonly RevocationList[], string> {
  const lists: RevocationList[] = [];
  for (const pem of pems) {
    const blocks = readPem(pem).filter(({ label }) => label === 'X509 CRL');
    if (blocks.length === 0) return err('there is no revocation list in PEM form');
    for (const { octets } of blocks) {
      const list = octets === undefined ? err('is not valid base64') : readRevocationList(octets);
      if (!list.ok) return err(`revocation list ${lists.length + 1} ${list.error}`);
      lists.push(list.value);
    }
  }
  return ok(lists);
}

function parse(der: Uint8Array): Result<RevocationList, string> {
  const whole = new DerReader(der).enter(DER_TAG.sequence);
  const signed = whole.next(DER_TAG.sequence);
  const algorithm = readOid(whole.enter(DER_TAG.sequence).next(DER_TAG.oid).content);
  const signature = whole.next(DER_TAG.bitString).content.subarray(1);
  const body = new DerReader(signed.content);
  body.optional(DER_TAG.integer); // the version
  body.next(DER_TAG.sequence); // the signature algorithm once more
  const issuer = formatName(body.next(DER_TAG.sequence));
  const thisUpdate = readTime(body.next());
  const hasEnd = body.peekTag() === DER_TAG.utcTime || body.peekTag() === DER_TAG.generalizedTime;
  const nextUpdate = hasEnd ? readTime(body.next()) : undefined;
  const entries = body.optional(DER_TAG.sequence);
  const extensions = readExtensions(body.optional(0xa0));
  // A list of some reasons, of another issuer's certificates, or of changes only would be misread as a whole one.
  if (extensions.unknownCritical !== undefined) return err(`has the critical extension ${extensions.unknownCritical}`);
  return ok({
    issuer,
    thisUpdate,
    nextUpdate,
    authorityKeyId: extensions.authorityKeyId,
    revoked: entries === undefined ? new Map<string, number>() : readEntries(entries),
    signed: signed.octets,
    algorithm,
    signature,
  });
}

function readEntries(entries: DerValue): ReadonlyMap<string, number> {
  const revoked = new Map<string, number>();
  const reader = new DerReader(entries.content);
  while (!reader.atEnd) {
    const entry = reader.enter(DER_TAG.sequence);
    const serial = toHex(entry.next(DER_TAG.integer).content).replace(/^0+(?=.)/, '');
    revoked.set(serial, readTime(entry.next()));
  }
  return revoked;
}

function readExtensions(wrapped: DerValue | undefined): {
  readonly authorityKeyId: string | undefined;
  readonly unknownCritical: string | undefined;
} {
  const list = wrapped === undefined ? undefined : new DerReader(wrapped.content).enter(DER_TAG.sequence);
  let authorityKeyId: string | undefined;
  let unknownCritical: string | undefined;
  while (list !== undefined && !list.atEnd) {
    const extension = list.enter(DER_TAG.sequence);
    const id = readOid(extension.next(DER_TAG.oid).content);
    const critical = (extension.optional(DER_TAG.boolean)?.content[0] ?? 0) !== 0;
    const value = extension.next(DER_TAG.octetString).content;
    if (id === AUTHORITY_KEY_IDENTIFIER) {
      const key = new DerReader(value).enter(DER_TAG.sequence).optional(0x80);
      authorityKeyId = key === undefined ? undefined : toHex(key.content);
    } else if (critical) unknownCritical ??= id;
  }
  return { authorityKeyId, unknownCritical };
}
