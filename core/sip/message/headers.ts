import { canonicalName } from './header-names.ts';

/**
 * The header fields of one message, in order. Names compare without case and compact forms are one with the long form
 * (RFC 3261 §7.3.3); unknown ones are kept as they came. Values are unfolded text without surrounding white space.
 */
export class Headers implements Iterable<readonly [name: string, value: string]> {
  readonly #fields: { name: string; value: string }[] = [];

  constructor(fields: Iterable<readonly [name: string, value: string]> = []) {
    for (const [name, value] of fields) this.append(name, value);
  }

  /** The first field of that name. */
  get(name: string): string | undefined {
    const wanted = canonicalName(name);
    return this.#fields.find((field) => field.name === wanted)?.value;
  }

  /** Every field of that name, one entry a field; a comma-separated list is not taken apart (see `splitList`). */
  getAll(name: string): readonly string[] {
    const wanted = canonicalName(name);
    return this.#fields.filter((field) => field.name === wanted).map((field) => field.value);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** Adds a field behind all others. */
  append(name: string, value: string): void {
    this.#fields.push({ name: canonicalName(name), value });
  }

  /** Adds a field in front of all others of its name, as Via and Record-Route want it. */
  prepend(name: string, value: string): void {
    const wanted = canonicalName(name);
    const first = this.#fields.findIndex((field) => field.name === wanted);
    this.#fields.splice(Math.max(first, 0), 0, { name: wanted, value });
  }

  /** Replaces all fields of that name by one, in the place of the first. */
  set(name: string, value: string): void {
    const wanted = canonicalName(name);
    const first = this.#fields.findIndex((field) => field.name === wanted);
    if (first < 0) {
      this.append(name, value);
      return;
    }
    this.delete(name);
    this.#fields.splice(first, 0, { name: wanted, value });
  }

  delete(name: string): void {
    const wanted = canonicalName(name);
    for (let index = this.#fields.length - 1; index >= 0; index--) {
      if (this.#fields[index]?.name === wanted) this.#fields.splice(index, 1);
    }
  }

  *[Symbol.iterator](): Iterator<readonly [name: string, value: string]> {
    for (const { name, value } of this.#fields) yield [name, value];
  }
}
