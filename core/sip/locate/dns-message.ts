import { err, ok, type Result } from '../../base/result.ts';
import type { NaptrRecord, SrvRecord } from './resolver.ts';

/** The types of records that are asked for. */
export type DnsType = 'A' | 'AAAA' | 'SRV' | 'NAPTR';

/** One record of an answer. Names are lower case without the final dot. */
export type DnsRecord = { readonly name: string; readonly ttl: number } & (
  | { readonly type: 'A' | 'AAAA'; readonly data: string }
  | { readonly type: 'CNAME'; readonly data: string }
  | { readonly type: 'SRV'; readonly data: SrvRecord }
  | { readonly type: 'NAPTR'; readonly data: NaptrRecord }
);

/** A response of a name server, as far as a stub resolver needs it. */
export interface DnsResponse {
  readonly id: number;
  readonly question: { readonly name: string; readonly type: number } | undefined;
  /** TC: not all of it fitted into a datagram. */
  readonly truncated: boolean;
  /** RCODE: 0 no error, 2 server failure, 3 no such name (RFC 1035 §4.1.1). */
  readonly code: number;
  readonly answers: readonly DnsRecord[];
  /** How long "there is none" holds, seconds: the lesser of TTL and MINIMUM of the SOA (RFC 2308 §5). */
  readonly negativeTtl: number | undefined;
}

const CODES = { A: 1, CNAME: 5, SOA: 6, AAAA: 28, SRV: 33, NAPTR: 35 } as const;
const CLASS_IN = 1;
const HEADER_OCTETS = 12;
const MAX_LABEL = 63;
const MAX_NAME = 253;
/** Records that are read of one section; nobody has so many servers. */
const MAX_RECORDS = 200;
/** A TTL with its highest bit set counts as zero (RFC 2181 §8). */
const MAX_TTL = 0x7fff_ffff;

/** A recursive query for one name and type (RFC 1035 §4.1). The error says what is wrong with the name. */
export function encodeQuery(id: number, name: string, type: DnsType): Result<Uint8Array, string> {
  const labels = name.replace(/\.$/, '').split('.');
  const octets = [id >> 8, id & 0xff, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
  if (name.length > MAX_NAME) return err('the name is too long');
  for (const label of labels) {
    if (label === '' || label.length > MAX_LABEL) return err('a label is empty or too long');
    octets.push(label.length);
    for (let index = 0; index < label.length; index++) {
      const code = label.charCodeAt(index);
      if (code <= 0x20 || code >= 0x7f) return err('a label has characters that no name has');
      octets.push(code);
    }
  }
  octets.push(0, 0, CODES[type], 0, CLASS_IN);
  return ok(Uint8Array.from(octets));
}

/** Whether a response belongs to a query: the same ID and question, names compared without case (RFC 5452 §9.1). */
export function answersQuery(response: DnsResponse, id: number, name: string, type: DnsType): boolean {
  const wanted = name.replace(/\.$/, '').toLowerCase();
  return response.id === id && response.question?.name === wanted && response.question.type === CODES[type];
}

/** Reads a response. Records of other types and classes are left out; whatever is cut short or loops is an error. */
export function decodeResponse(octets: Uint8Array): Result<DnsResponse, string> {
  try {
    return ok(readResponse(new Reader(octets)));
  } catch (error) {
    if (error instanceof Malformed) return err(error.message);
    throw error;
  }
}

class Malformed extends Error {}

/** Octets with a place; every step beyond the end throws {@link Malformed}. */
class Reader {
  readonly octets: Uint8Array;
  at = 0;

  constructor(octets: Uint8Array) {
    this.octets = octets;
  }

  u8(): number {
    const octet = this.octets[this.at++];
    if (octet === undefined) throw new Malformed('cut short');
    return octet;
  }

  u16(): number {
    return this.u8() * 0x100 + this.u8();
  }

  u32(): number {
    return this.u16() * 0x1_0000 + this.u16();
  }

  text(length: number): string {
    let text = '';
    for (let index = 0; index < length; index++) text += String.fromCharCode(this.u8());
    return text;
  }

  /** A name, compressed or not (RFC 1035 §4.1.4). A pointer may lead backwards only, so that none can loop. */
  name(): string {
    const labels: string[] = [];
    let length = 0;
    let end: number | undefined;
    let bound = this.at;
    for (;;) {
      const size = this.u8();
      if (size === 0) break;
      if (size >= 0xc0) {
        const target = (size & 0x3f) * 0x100 + this.u8();
        end ??= this.at;
        if (target >= bound) throw new Malformed('a name points forwards');
        bound = target;
        this.at = target;
        continue;
      }
      if (size > MAX_LABEL) throw new Malformed('a label of an unknown kind');
      const label = this.text(size).toLowerCase();
      length += size + 1;
      if (length > MAX_NAME + 1 || label.includes('.')) throw new Malformed('a name that is none');
      labels.push(label);
    }
    if (end !== undefined) this.at = end;
    return labels.join('.');
  }
}

function readResponse(reader: Reader): DnsResponse {
  const id = reader.u16();
  const flags = reader.u16();
  if ((flags & 0x8000) === 0) throw new Malformed('not a response');
  const [questions, answerCount, authorityCount] = [reader.u16(), reader.u16(), reader.u16()];
  if (questions > 1) throw new Malformed('several questions');
  reader.at = HEADER_OCTETS;
  const question = questions === 1 ? { name: reader.name(), type: reader.u16() } : undefined;
  if (question !== undefined) reader.u16();
  const answers: DnsRecord[] = [];
  let negativeTtl: number | undefined;
  const truncated = (flags & 0x0200) !== 0;
  const response = { id, question, truncated, code: flags & 0x0f };
  // What a truncated response holds is asked for again over TCP.
  if (truncated) return { ...response, answers, negativeTtl };
  for (let index = 0; index < Math.min(answerCount, MAX_RECORDS); index++) {
    const record = readRecord(reader);
    if (record !== undefined && 'data' in record) answers.push(record);
  }
  if (answerCount <= MAX_RECORDS) {
    for (let index = 0; index < Math.min(authorityCount, MAX_RECORDS); index++) {
      const record = readRecord(reader);
      if (record !== undefined && 'minimum' in record) negativeTtl = record.minimum;
    }
  }
  return { ...response, answers, negativeTtl };
}

function readRecord(reader: Reader): DnsRecord | { readonly minimum: number } | undefined {
  const name = reader.name();
  const type = reader.u16();
  const isInternet = reader.u16() === CLASS_IN;
  const written = reader.u32();
  const ttl = written > MAX_TTL ? 0 : written;
  const length = reader.u16();
  const end = reader.at + length;
  if (end > reader.octets.length) throw new Malformed('cut short');
  const record = isInternet ? readData(reader, name, type, ttl, length) : undefined;
  if (reader.at > end) throw new Malformed('a record is longer than it says');
  reader.at = end;
  return record;
}

function readData(
  reader: Reader,
  name: string,
  type: number,
  ttl: number,
  length: number,
): DnsRecord | { readonly minimum: number } | undefined {
  switch (type) {
    case CODES.A:
      if (length !== 4) throw new Malformed('an A record has four octets');
      return { name, ttl, type: 'A', data: [reader.u8(), reader.u8(), reader.u8(), reader.u8()].join('.') };
    case CODES.AAAA:
      if (length !== 16) throw new Malformed('an AAAA record has sixteen octets');
      return { name, ttl, type: 'AAAA', data: formatIPv6(Array.from({ length: 8 }, () => reader.u16())) };
    case CODES.CNAME:
      return { name, ttl, type: 'CNAME', data: reader.name() };
    case CODES.SRV: {
      const [priority, weight, port] = [reader.u16(), reader.u16(), reader.u16()];
      return { name, ttl, type: 'SRV', data: { priority, weight, port, target: reader.name() } };
    }
    case CODES.NAPTR: {
      const [order, preference] = [reader.u16(), reader.u16()];
      const [flags, service, regexp] = [reader.text(reader.u8()), reader.text(reader.u8()), reader.text(reader.u8())];
      return { name, ttl, type: 'NAPTR', data: { order, preference, flags, service, regexp, replacement: reader.name() } }; // prettier-ignore
    }
    case CODES.SOA: {
      reader.name();
      reader.name();
      for (let index = 0; index < 4; index++) reader.u32();
      return { minimum: Math.min(ttl, reader.u32()) };
    }
    default:
      return undefined;
  }
}

/** RFC 5952: lower case, the longest run of two or more zero groups left out, the first of equals. */
function formatIPv6(groups: readonly number[]): string {
  let best = { start: 0, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (best.length < 2) return text(groups);
  return `${text(groups.slice(0, best.start))}::${text(groups.slice(best.start + best.length))}`;
}
