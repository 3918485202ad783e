import { refused } from '../api/refusal.ts';
import { randomToken, type Random } from '../base/random.ts';

/** A file that a window sends in pieces of base64, one file at a time. What is wrong with it is a refusal, thrown. */
export class Upload {
  readonly #random: Random;
  readonly #limit: number;
  #current: { readonly id: string; readonly pieces: Uint8Array[]; length: number } | undefined;

  /** `limit`: most octets of a file. */
  constructor(random: Random, limit: number) {
    this.#random = random;
    this.#limit = limit;
  }

  /** Takes a piece, the first with `upload` null. With the last one the file is whole. */
  receive({ upload, data, last }: { readonly upload: string | null; readonly data: string; readonly last: boolean }): {
    readonly upload: string;
    readonly octets: Uint8Array | undefined;
  } {
    if (upload === null) this.#current = { id: randomToken(this.#random, 12), pieces: [], length: 0 };
    const current = this.#current;
    if (current === undefined || (upload !== null && upload !== current.id))
      throw refused('config.conflict', 'Another file has come in between.', 'Import the file again.');
    const piece = fromBase64(data);
    current.length += piece.length;
    if (current.length > this.#limit) {
      this.#current = undefined;
      throw refused('config.invalid', 'The file is too large.', 'Choose a smaller file, or split it.', {
        limit: this.#limit,
      });
    }
    current.pieces.push(piece);
    if (!last) return { upload: current.id, octets: undefined };
    this.#current = undefined;
    return { upload: current.id, octets: joined(current.pieces, current.length) };
  }
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const octets = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    octets.set(piece, at);
    at += piece.length;
  }
  return octets;
}

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (octet) => octet.charCodeAt(0));
  } catch {
    throw refused('config.invalid', 'A piece of the file did not arrive whole.', 'Import the file again.');
  }
}
