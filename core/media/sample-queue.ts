/** A queue of samples of fixed capacity. Where it is full, the oldest samples give way. */
export class SampleQueue {
  readonly #samples: Int16Array;
  #start = 0;
  #length = 0;

  constructor(capacity: number) {
    this.#samples = new Int16Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** Appends the first `count` samples, at most the capacity. */
  push(samples: Int16Array, count: number): void {
    const capacity = this.#samples.length;
    const excess = Math.max(0, this.#length + count - capacity);
    this.#start = (this.#start + excess) % capacity;
    this.#length -= excess;
    let at = (this.#start + this.#length) % capacity;
    for (let index = 0; index < count; index++) {
      this.#samples[at] = samples[index] ?? 0;
      if (++at === capacity) at = 0;
    }
    this.#length += count;
  }

  /** Fills `output`, with silence where there are too few samples; whether there was any. */
  shift(output: Int16Array): boolean {
    const capacity = this.#samples.length;
    const count = Math.min(this.#length, output.length);
    for (let index = 0; index < count; index++) {
      output[index] = this.#samples[this.#start] ?? 0;
      if (++this.#start === capacity) this.#start = 0;
    }
    output.fill(0, count);
    this.#length -= count;
    return count > 0;
  }

  clear(): void {
    this.#length = 0;
  }
}
