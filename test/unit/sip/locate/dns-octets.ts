/** Writes DNS responses octet by octet, independently of the code that reads them. */

export interface WrittenRecord {
  readonly name: string;
  readonly type: number;
  readonly ttl: number;
  readonly data: readonly number[];
}

export const TYPE = { A: 1, CNAME: 5, SOA: 6, AAAA: 28, SRV: 33, NAPTR: 35, TXT: 16 } as const;

export const u16 = (value: number): number[] => [value >> 8, value & 0xff];
export const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xffff)];
const ascii = (text: string): number[] => Array.from(text, (character) => character.charCodeAt(0));
export const text = (value: string): number[] => [value.length, ...ascii(value)];
export const name = (value: string): number[] => [
  ...value.split('.').flatMap((label) => (label === '' ? [] : text(label))),
  0,
];

export function record(owner: string, type: number, ttl: number, data: readonly number[]): WrittenRecord {
  return { name: owner, type, ttl, data };
}

function written({ name: owner, type, ttl, data }: WrittenRecord): number[] {
  return [...name(owner), ...u16(type), ...u16(1), ...u32(ttl), ...u16(data.length), ...data];
}

/** A response to the question of `query`. */
export function responseTo(
  query: Uint8Array,
  parts: {
    readonly answers?: readonly WrittenRecord[];
    readonly authority?: readonly WrittenRecord[];
    readonly code?: number;
    readonly truncated?: boolean;
    readonly id?: number;
  },
): Uint8Array {
  const { answers = [], authority = [], code = 0, truncated = false } = parts;
  const id = parts.id ?? (query[0] ?? 0) * 256 + (query[1] ?? 0);
  return Uint8Array.from([
    ...u16(id),
    0x81 | (truncated ? 2 : 0),
    0x80 | code,
    ...u16(1),
    ...u16(answers.length),
    ...u16(authority.length),
    0,
    0,
    ...query.slice(12),
    ...answers.flatMap(written),
    ...authority.flatMap(written),
  ]);
}
