const CR = 0x0d;
const LF = 0x0a;

/** The index of the first octet from `start` on that does not begin a CRLF (RFC 3261 §7.5). */
export function skipLineBreaks(octets: Uint8Array, start: number): number {
  while (octets[start] === CR && octets[start + 1] === LF) start += 2;
  return start;
}

/** The index of the empty line that ends the header section, or -1 where it does not lie between `start` and `end`. */
export function findHeadEnd(octets: Uint8Array, start: number, end: number): number {
  // Looks at every fourth octet only: whichever octet of CRLF CRLF that is, it is a CR or an LF.
  for (let index = start + 3; index < end; index += 4) {
    const octet = octets[index];
    if (octet !== CR && octet !== LF) continue;
    for (let first = index - 3; first <= index && first + 3 < end; first++) {
      if (isEmptyLine(octets, first)) return first + 2;
    }
  }
  return -1;
}

function isEmptyLine(octets: Uint8Array, index: number): boolean {
  return octets[index] === CR && octets[index + 1] === LF && octets[index + 2] === CR && octets[index + 3] === LF;
}
