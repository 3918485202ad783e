import type { DigestHash } from './digest.ts';

const BLOCK_LENGTH = 64;
const encoder = new TextEncoder();

/** HMAC-SHA-256 (RFC 2104) in hexadecimal digits. `key` must not be longer than 64 octets. */
export function hmacSha256(hasher: DigestHash, key: Uint8Array, text: string): string {
  const inner = hasher.hex('SHA-256', concatenate(padded(key, 0x36), encoder.encode(text)));
  return hasher.hex('SHA-256', concatenate(padded(key, 0x5c), fromHex(inner)));
}

function padded(key: Uint8Array, pad: number): Uint8Array {
  const block = new Uint8Array(BLOCK_LENGTH).fill(pad);
  for (const [index, octet] of key.entries()) block[index] = octet ^ pad;
  return block;
}

function concatenate(head: Uint8Array, tail: Uint8Array): Uint8Array {
  const whole = new Uint8Array(head.length + tail.length);
  whole.set(head);
  whole.set(tail, head.length);
  return whole;
}

function fromHex(hex: string): Uint8Array {
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) => parseInt(hex.slice(2 * index, 2 * index + 2), 16));
}
