import { isDeepStrictEqual } from 'node:util';

/** Something that takes octets from outside. */
export interface FuzzTarget {
  /** Names its folder below `test/vectors/fuzz`. */
  readonly name: string;
  /** Pieces of its language. */
  readonly tokens: readonly string[];
  /** Takes any octets. Throws where a promise is broken; gives what was made of the octets. */
  readonly run: (octets: Uint8Array) => unknown;
}

/** A promise to a target's callers that it did not keep. */
export class BrokenPromise extends Error {}

/** Throws unless `again` is as `first`. */
export function expectSame(what: string, first: unknown, again: unknown): void {
  if (!isDeepStrictEqual(first, again)) throw new BrokenPromise(`${what} changes by being written and read again`);
}

/** Reads octets as text of one octet a character, so that no input is lost. */
export function latin1(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('latin1');
}

/** Octets and characters that a value holds on to, and 8 for each of its parts: a measure of its memory. */
export function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length + 8;
  if (ArrayBuffer.isView(value)) return value.byteLength + 8;
  if (typeof value !== 'object' || value === null) return 8;
  const parts: readonly unknown[] =
    value instanceof Map
      ? [...value.keys(), ...value.values()]
      : Symbol.iterator in value
        ? [...(value as Iterable<unknown>)]
        : Object.values(value);
  return parts.reduce((sum: number, part) => sum + sizeOf(part), 8);
}
