import { randomFillSync } from 'node:crypto';
import type { Random } from '../base/random.ts';

/** Octets fetched at once: a call to the generator costs a microsecond, however few are asked for. */
const POOL_OCTETS = 4096;
/** Longer wishes go to the generator. */
const LARGEST_SHARE = 256;

const pool = new Uint8Array(POOL_OCTETS);
let taken = POOL_OCTETS;

/** The cryptographically secure generator of the crypto library, asked for many octets at a time. */
export const systemRandom: Random = Object.freeze({
  bytes: (length: number): Uint8Array<ArrayBuffer> => {
    if (length > LARGEST_SHARE) return randomFillSync(new Uint8Array(length));
    if (taken + length > POOL_OCTETS) {
      randomFillSync(pool);
      taken = 0;
    }
    const octets = pool.slice(taken, taken + length);
    // What was given out is in no other place: a key must not be read from here again.
    pool.fill(0, taken, taken + length);
    taken += length;
    return octets;
  },
});
