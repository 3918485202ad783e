import { randomFillSync } from 'node:crypto';
import type { Random } from '../base/random.ts';

/** The cryptographically secure generator of the crypto library. */
export const systemRandom: Random = Object.freeze({
  bytes: (length: number): Uint8Array<ArrayBuffer> => randomFillSync(new Uint8Array(length)),
});
