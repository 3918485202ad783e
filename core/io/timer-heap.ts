import type { Timer } from '../base/clock.ts';

/** A call waiting for its time; its place in the heap lets it be taken out without a search. */
interface Entry {
  readonly due: number;
  /** Breaks ties: calls due at the same time are made in the order in which they were asked for. */
  readonly order: number;
  readonly fire: () => void;
  index: number;
}

/** Calls ordered by the time they are due: adding, cancelling and taking the first cost O(log n). */
export class TimerHeap {
  readonly #entries: Entry[] = [];
  #order = 0;

  /** When the first call is due; `undefined` where none waits. */
  get nextDue(): number | undefined {
    return this.#entries[0]?.due;
  }

  get size(): number {
    return this.#entries.length;
  }

  add(due: number, fire: () => void): Timer {
    const entry: Entry = { due, order: this.#order++, fire, index: this.#entries.length };
    this.#entries.push(entry);
    this.#rise(entry);
    return { cancel: () => this.#remove(entry) };
  }

  /** Takes out the first call due at or before `now`. */
  takeDue(now: number): (() => void) | undefined {
    const first = this.#entries[0];
    if (first === undefined || first.due > now) return undefined;
    this.#remove(first);
    return first.fire;
  }

  #remove(entry: Entry): void {
    if (this.#entries[entry.index] !== entry) return;
    const last = this.#entries.pop();
    if (last !== undefined && last !== entry) {
      this.#place(last, entry.index);
      this.#rise(last);
      this.#sink(last);
    }
    entry.index = -1;
  }

  #rise(entry: Entry): void {
    while (entry.index > 0) {
      const parent = this.#entries[(entry.index - 1) >> 1];
      if (parent === undefined || isBefore(parent, entry)) return;
      this.#swap(parent, entry);
    }
  }

  #sink(entry: Entry): void {
    for (;;) {
      const left = this.#entries[2 * entry.index + 1];
      const right = this.#entries[2 * entry.index + 2];
      const child = left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
      if (child === undefined || isBefore(entry, child)) return;
      this.#swap(entry, child);
    }
  }

  #swap(one: Entry, other: Entry): void {
    const index = one.index;
    this.#place(one, other.index);
    this.#place(other, index);
  }

  #place(entry: Entry, index: number): void {
    this.#entries[index] = entry;
    entry.index = index;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.due < other.due || (one.due === other.due && one.order < other.order);
}
