/** Unpredictable bytes, injected so that flows can be repeated from a seed. The adapter in `core/io` is a CSPRNG. */
export interface Random {
  /** `length` fresh random octets that the caller owns. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.';

/** A random token of `length` characters, each carrying 6 bits, all allowed in a SIP `token` (RFC 3261 §25.1). */
export function randomToken(random: Random, length: number): string {
  let token = '';
  for (const byte of random.bytes(length)) token += ALPHABET.charAt(byte & 63);
  return token;
}

/** Crockford's Base32 in small letters: nothing that is mistaken for something else, or that a shell or a telephone's keys find hard. */
const TYPED = '0123456789abcdefghjkmnpqrstvwxyz';

/** A random password that people can read out and type: 20 characters, each carrying 5 bits. */
export function randomPassword(random: Random): string {
  return Array.from(random.bytes(20), (byte) => TYPED.charAt(byte & 31)).join('');
}

/** An unsigned random integer of 32 bits. */
export function randomUint32(random: Random): number {
  const [a = 0, b = 0, c = 0, d = 0] = random.bytes(4);
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

/** A random number in [0, 1) with 32 bits of resolution. */
export function randomFraction(random: Random): number {
  return randomUint32(random) / 2 ** 32;
}
