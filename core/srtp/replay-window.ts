/** How far back packets are still told apart (RFC 3711 §3.3.2 wants at least 64). */
const SIZE = 128;

/** Which of the last 128 packet indices were seen (RFC 3711 §3.3.2). Indices are integers up to 2^48. */
export class ReplayWindow {
  readonly #seen = new Int32Array(SIZE / 32);
  #highest = -1;

  /** The greatest index seen, -1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** Whether `index` is neither known nor too old to tell. */
  isFresh(index: number): boolean {
    if (index > this.#highest) return true;
    if (index <= this.#highest - SIZE) return false;
    return ((this.#seen[wordOf(index)] ?? 0) & bitOf(index)) === 0;
  }

  /** Notes that `index` was seen. */
  add(index: number): void {
    const seen = this.#seen;
    if (index > this.#highest) {
      if (index - this.#highest >= SIZE) seen.fill(0);
      else
        for (let gap = this.#highest + 1; gap < index; gap++)
          seen[wordOf(gap)] = (seen[wordOf(gap)] ?? 0) & ~bitOf(gap);
      this.#highest = index;
    }
    seen[wordOf(index)] = (seen[wordOf(index)] ?? 0) | bitOf(index);
  }
}

function wordOf(index: number): number {
  return (index % SIZE) >>> 5;
}

function bitOf(index: number): number {
  return 1 << (index % 32);
}
