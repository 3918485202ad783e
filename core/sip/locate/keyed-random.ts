import type { Random } from '../../base/random.ts';

/**
 * Lots that follow from `key` alone. A server without state must send every message of a transaction to the same place
 * (RFC 3263 §4.4): it draws by what these messages share. Never for secrets.
 */
export function keyedRandom(key: string): Random {
  // FNV-1a, then xorshift32.
  let state = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) {
    state = Math.imul(state ^ key.charCodeAt(index), 0x01000193) >>> 0;
  }
  if (state === 0) state = 1;
  return {
    bytes: (length) => {
      const octets = new Uint8Array(length);
      for (let index = 0; index < length; index++) {
        state ^= state << 13;
        state ^= state >>> 17;
        state = (state ^ (state << 5)) >>> 0;
        octets[index] = state >>> 24;
      }
      return octets;
    },
  };
}
