import type { Random } from '../../core/base/random.ts';

/** Random octets that repeat from a seed (xorshift32), so that every flow can be run again. Not for secrets. */
export class SeededRandom implements Random {
  #state: number;

  constructor(seed = 1) {
    this.#state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    const octets = new Uint8Array(length);
    for (let index = 0; index < length; index++) octets[index] = this.#next() >>> 24;
    return octets;
  }

  /** An integer in [0, `limit`). */
  below(limit: number): number {
    return this.#next() % limit;
  }

  /** One of `choices`, which must not be empty. */
  pick<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)];
    if (choice === undefined) throw new RangeError('nothing to pick from');
    return choice;
  }

  #next(): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state >>> 0;
    return this.#state;
  }
}
