/** G.711 as the reference programs of ITU-T G.191 compute it; 16-bit samples hold 14 (µ-law) or 13 (A-law) bits, left-justified. */

/** Sample of every µ-law octet. */
export const ULAW_DECODE: Int16Array = Int16Array.from({ length: 256 }, (_, octet) => decodeUlaw(octet));
/** Sample of every A-law octet. */
export const ALAW_DECODE: Int16Array = Int16Array.from({ length: 256 }, (_, octet) => decodeAlaw(octet));
/** µ-law octet by the upper 14 bits of a sample, offset by 8192. */
const ULAW_ENCODE = Uint8Array.from({ length: 16_384 }, (_, index) => encodeUlaw(index - 8192));
/** A-law octet by the upper 12 bits of a sample, offset by 2048. */
const ALAW_ENCODE = Uint8Array.from({ length: 4096 }, (_, index) => encodeAlaw(index - 2048));

/** µ-law octet of a 16-bit sample. */
export function ulawOf(sample: number): number {
  return ULAW_ENCODE[(sample >> 2) + 8192] ?? 0;
}

/** A-law octet of a 16-bit sample. */
export function alawOf(sample: number): number {
  return ALAW_ENCODE[(sample >> 4) + 2048] ?? 0;
}

/** `linear`: 14 bits, one's complement as the recommendation has it. */
function encodeUlaw(linear: number): number {
  const magnitude = Math.min(0x1fff, (linear < 0 ? ~linear : linear) + 33);
  const segment = 26 - Math.clz32(magnitude);
  const step = (magnitude >> (segment + 1)) & 0x0f;
  return (~((segment << 4) | step) & 0x7f) | (linear < 0 ? 0 : 0x80);
}

function decodeUlaw(octet: number): number {
  const inverted = ~octet & 0xff;
  const segment = (inverted >> 4) & 0x07;
  const magnitude = ((((inverted & 0x0f) << 1) + 33) << segment) - 33;
  return (octet & 0x80) === 0 ? -magnitude * 4 : magnitude * 4;
}

/** `linear`: 12 bits of magnitude and sign, one's complement. */
function encodeAlaw(linear: number): number {
  const magnitude = linear < 0 ? ~linear : linear;
  const segment = magnitude > 15 ? 28 - Math.clz32(magnitude) : 0;
  const code = segment === 0 ? magnitude : (segment << 4) | ((magnitude >> (segment - 1)) & 0x0f);
  return (linear < 0 ? code : code | 0x80) ^ 0x55;
}

function decodeAlaw(octet: number): number {
  const code = (octet ^ 0x55) & 0x7f;
  const segment = code >> 4;
  const step = ((code & 0x0f) << 4) + 8;
  const magnitude = segment === 0 ? step : (step + 0x100) << (segment - 1);
  return ((octet ^ 0x55) & 0x80) === 0 ? -magnitude : magnitude;
}
