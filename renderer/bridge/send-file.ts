/** Octets of a file that go in one request. */
const PIECE = 36_000;

/** A piece of a file, as the contract takes it. */
export interface FilePiece {
  readonly upload: string | null;
  readonly data: string;
  readonly last: boolean;
}

/** Sends a file piece by piece; gives the answer to the last piece, or undefined where one was refused. */
export async function sendFile<A extends { readonly upload: string }>(
  file: File,
  send: (piece: FilePiece) => Promise<A | undefined>,
): Promise<A | undefined> {
  const octets = new Uint8Array(await file.arrayBuffer());
  let answer: A | undefined;
  for (let at = 0; at === 0 || at < octets.length; at += PIECE) {
    const data = btoa(String.fromCharCode(...octets.subarray(at, at + PIECE)));
    answer = await send({ upload: answer?.upload ?? null, data, last: at + PIECE >= octets.length });
    if (answer === undefined) return undefined;
  }
  return answer;
}
