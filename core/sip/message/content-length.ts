/** More digits than any length that we accept could need. */
const MOST_DIGITS = 10;

/** Reads a Content-Length value (RFC 3261 §20.14); `undefined` where it is not a number. */
export function readLength(text: string): number | undefined {
  return /^\d+$/.test(text) && text.length <= MOST_DIGITS ? Number(text) : undefined;
}

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;
const NAMES = ['content-length', 'l'].map((name) => new TextEncoder().encode(name));

/**
 * The Content-Length of the header section between two indexes, found without reading any other header; `undefined` where
 * it is missing, malformed, or comes twice with different values.
 */
export function readDeclaredLength(octets: Uint8Array, start: number, end: number): number | undefined {
  let length: number | undefined;
  for (let index = start; index < end; index = octets.indexOf(LF, index) + 1) {
    const value = findValue(octets, index);
    if (value < 0) continue;
    const read = readNumber(octets, value);
    if (read === undefined || (length !== undefined && length !== read)) return undefined;
    length = read;
  }
  return length;
}

/** The index behind the colon, where the line that starts at `index` is a Content-Length; otherwise -1. */
function findValue(octets: Uint8Array, index: number): number {
  const name = NAMES.find((candidate) => startsWith(octets, index, candidate));
  if (name === undefined) return -1;
  const colon = skipBlanks(octets, index + name.length);
  return octets[colon] === COLON ? colon + 1 : -1;
}

function startsWith(octets: Uint8Array, index: number, name: Uint8Array): boolean {
  for (let offset = 0; offset < name.length; offset++) {
    const octet = octets[index + offset] ?? 0;
    const isUpperCase = octet >= 0x41 && octet <= 0x5a;
    if ((isUpperCase ? octet + 0x20 : octet) !== name[offset]) return false;
  }
  return true;
}

function readNumber(octets: Uint8Array, start: number): number | undefined {
  let index = skipBlanks(octets, start);
  while (octets[index] === CR && octets[index + 1] === LF && isBlank(octets[index + 2])) {
    index = skipBlanks(octets, index + 2);
  }
  const first = index;
  let value = 0;
  for (;;) {
    const digit = (octets[index] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
    index++;
  }
  const digits = index - first;
  return digits > 0 && digits <= MOST_DIGITS && octets[skipBlanks(octets, index)] === CR ? value : undefined;
}

function skipBlanks(octets: Uint8Array, index: number): number {
  while (isBlank(octets[index])) index++;
  return index;
}

function isBlank(octet: number | undefined): boolean {
  return octet === SPACE || octet === TAB;
}
