/** Longer lists are cut: what is shown of a hello must not grow with what a hostile peer sends. */
export const LONGEST_LIST = 256;

/**
 * Reads the integers and vectors of TLS (RFC 8446 §3) from octets that may lie: past the end it reads zeros and empty
 * vectors and remembers that it did, so that a parser checks `truncated` once instead of at every field.
 */
export class OctetCursor {
  readonly #octets: Uint8Array;
  #at = 0;
  #truncated = false;

  constructor(octets: Uint8Array) {
    this.#octets = octets;
  }

  get atEnd(): boolean {
    return this.#at >= this.#octets.length;
  }

  /** Whether more was asked for than there is. */
  get truncated(): boolean {
    return this.#truncated;
  }

  /** An unsigned integer of `width` octets. */
  uint(width: 1 | 2 | 3): number {
    let value = 0;
    for (const octet of this.take(width)) value = value * 256 + octet;
    return value;
  }

  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#octets.length) {
      this.#truncated = true;
      this.#at = this.#octets.length;
      return new Uint8Array(0);
    }
    const taken = this.#octets.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** A vector whose length stands before it in `width` octets. */
  vector(width: 1 | 2 | 3): OctetCursor {
    return new OctetCursor(this.take(this.uint(width)));
  }

  /** The integers of `width` octets that are left, no more than anybody sends who means well. */
  list(width: 1 | 2): number[] {
    const values: number[] = [];
    while (!this.atEnd && values.length < LONGEST_LIST) values.push(this.uint(width));
    return values;
  }
}
