import { err, ok, type Result } from '../base/result.ts';

/** One value of DER (X.690 §8.1): its tag octet, its content, and all of its octets. */
export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly octets: Uint8Array;
}

/** Tag octets that X.509 uses. */
export const DER_TAG = Object.freeze({
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
});

/** Thrown while reading and caught in {@link readDerWith}; never leaves this folder. */
class DerError extends Error {}

/** Runs a reader over hostile octets and turns what it found wrong into a sentence. */
export function readDerWith<T>(read: () => T): Result<T, string> {
  try {
    return ok(read());
  } catch (error) {
    if (error instanceof DerError) return err(error.message);
    throw error;
  }
}

/** Reads the values of a constructed content one after the other. All methods are for use inside {@link readDerWith}. */
export class DerReader {
  readonly #octets: Uint8Array;
  #at = 0;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  get atEnd(): boolean {
    return this.#at >= this.#octets.length;
  }

  /** The tag of the next value; `undefined` at the end. */
  peekTag(): number | undefined {
    return this.#octets[this.#at];
  }

  /** The next value; with `tag`, only that. */
  next(tag?: number): DerValue {
    const start = this.#at;
    const octets = this.#octets;
    const found = octets[start];
    if (found === undefined) throw new DerError(`ends too early`);
    if ((found & 0x1f) === 0x1f) throw new DerError('has a tag of several octets');
    if (tag !== undefined && found !== tag)
      throw new DerError(`has ${describeTag(found)} instead of ${describeTag(tag)}`);
    let length = octets[start + 1] ?? 0x80;
    let content = start + 2;
    if (length >= 0x80) {
      const size = length & 0x7f;
      if (size === 0 || size > 4) throw new DerError('has a length that DER does not allow');
      length = 0;
      for (let index = 0; index < size; index++) length = length * 256 + (octets[content + index] ?? 0);
      content += size;
    }
    const end = content + length;
    if (end > octets.length) throw new DerError('is cut off');
    this.#at = end;
    return { tag: found, content: octets.subarray(content, end), octets: octets.subarray(start, end) };
  }

  /** The next value where it has this tag, else `undefined` and nothing is consumed. */
  optional(tag: number): DerValue | undefined {
    return this.peekTag() === tag ? this.next(tag) : undefined;
  }

  /** A reader of the next value's content. */
  enter(tag: number): DerReader {
    return new DerReader(this.next(tag).content);
  }

  /** The values that are left. */
  rest(): DerValue[] {
    const values: DerValue[] = [];
    while (!this.atEnd) values.push(this.next());
    return values;
  }
}

/** An object identifier in dots. */
export function readOid(content: Uint8Array): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of content) {
    arc = arc * 128 + (octet & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER / 128) throw new DerError('has an object identifier too large');
    if ((octet & 0x80) === 0) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [first = 0, ...others] = arcs;
  const root = Math.min(Math.floor(first / 40), 2);
  return [root, first - root * 40, ...others].join('.');
}

/** UTCTime (years 1950 to 2049, RFC 5280 §4.1.2.5.1) or GeneralizedTime, as milliseconds since 1970. */
export function readTime({ tag, content }: DerValue): number {
  const text = readLatin1(content);
  const match = /^(\d{2}|\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  const long = tag === DER_TAG.generalizedTime;
  if (match?.[1]?.length !== (long ? 4 : 2)) throw new DerError('has a date that cannot be read');
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  const fullYear = long ? year : year + (year >= 50 ? 1900 : 2000);
  const time = new Date(0);
  time.setUTCFullYear(fullYear, month - 1, day);
  time.setUTCHours(hour, minute, second);
  return time.getTime();
}

/** A string of any of the types that names use. */
export function readText({ tag, content }: DerValue): string {
  if (tag === DER_TAG.utf8String) return new TextDecoder().decode(content);
  const width = tag === DER_TAG.bmpString ? 2 : tag === DER_TAG.universalString ? 4 : 1;
  if (width === 1) return readLatin1(content);
  let text = '';
  for (let at = 0; at + width <= content.length; at += width) {
    let point = 0;
    for (let index = 0; index < width; index++) point = point * 256 + (content[at + index] ?? 0);
    text += point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
  }
  return text;
}

/** Octets as characters of the same number. */
export function readLatin1(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) text += String.fromCharCode(octet);
  return text;
}

/** Octets as lower-case hex. */
export function toHex(octets: Uint8Array): string {
  let text = '';
  for (const octet of octets) text += octet.toString(16).padStart(2, '0');
  return text;
}

function describeTag(tag: number): string {
  return `a value of type 0x${tag.toString(16).padStart(2, '0')}`;
}
