interface Entry<T> {
  readonly octets: Uint8Array;
  readonly result: T;
}

/**
 * Remembers what a pure function made of octets: the same few certificates come with every handshake, and to read one takes
 * as long as a key exchange. Whole octets are compared, so that nobody can make one stand for another.
 */
export class OctetMemo<T> {
  readonly #most: number;
  /** Last used first. */
  readonly #entries: Entry<T>[] = [];

  /** Keeps the results of the `most` octets that were used last. */
  constructor(most: number) {
    this.#most = most;
  }

  /** What `make` made, or makes now, of these octets. The result is shared: it must not be changed. */
  of(octets: Uint8Array, make: () => T): T {
    const index = this.#entries.findIndex((entry) => isSame(entry.octets, octets));
    const entry = this.#entries[index] ?? { octets: new Uint8Array(octets), result: make() };
    if (index > 0) this.#entries.splice(index, 1);
    if (index !== 0) this.#entries.unshift(entry);
    if (this.#entries.length > this.#most) this.#entries.pop();
    return entry.result;
  }
}

/** From the end, since certificates begin alike and end with their signature. */
function isSame(one: Uint8Array, other: Uint8Array): boolean {
  let at = one.length;
  if (at !== other.length) return false;
  while (at > 0 && one[at - 1] === other[at - 1]) at -= 1;
  return at === 0;
}
