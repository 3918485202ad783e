import { canonicalName, headerKey } from './header-names.ts';

interface Field {
  readonly key: string;
  readonly name: string;
  readonly value: string;
}

/**
 * The header fields of one message, in order. Names compare without case and compact forms are one with the long form
 * (RFC 3261 §7.3.3); names come back in canonical spelling, unknown ones as they came. Values are unfolded text without
 * surrounding white space.
 */
export class Headers implements Iterable<readonly [name: string, value: string]> {
  // Messages have about a dozen fields, and known keys are interned: comparing their pointers beats building an index.
  readonly #fields: Field[] = [];
  #revision = 0;

  constructor(fields: Iterable<readonly [name: string, value: string]> = []) {
    for (const [name, value] of fields) this.append(name, value);
  }

  /** Grows with every change, so that what was derived from the fields can tell that it is stale. */
  get revision(): number {
    return this.#revision;
  }

  /** The number of fields. */
  get size(): number {
    return this.#fields.length;
  }

  /** The first field of that name. */
  get(name: string): string | undefined {
    const key = headerKey(name);
    for (const field of this.#fields) if (field.key === key) return field.value;
    return undefined;
  }

  /** Every field of that name, one entry a field; a comma-separated list is not taken apart (see `splitList`). */
  getAll(name: string): readonly string[] {
    const key = headerKey(name);
    const values: string[] = [];
    for (const field of this.#fields) if (field.key === key) values.push(field.value);
    return values;
  }

  /** How many fields of that name there are. */
  count(name: string): number {
    const key = headerKey(name);
    let count = 0;
    for (const field of this.#fields) if (field.key === key) count++;
    return count;
  }

  has(name: string): boolean {
    return this.#indexOf(headerKey(name)) >= 0;
  }

  /** Adds a field behind all others. */
  append(name: string, value: string): void {
    this.#fields.push(makeField(name, value));
    this.#revision++;
  }

  /** Adds a field in front of all others of its name, as Via and Record-Route want it; a new name comes first of all. */
  prepend(name: string, value: string): void {
    const field = makeField(name, value);
    this.#fields.splice(Math.max(this.#indexOf(field.key), 0), 0, field);
    this.#revision++;
  }

  /** Replaces all fields of that name by one, in the place of the first. */
  set(name: string, value: string): void {
    const field = makeField(name, value);
    const first = this.#indexOf(field.key);
    if (first < 0) {
      this.append(name, value);
      return;
    }
    this.delete(name);
    this.#fields.splice(first, 0, field);
  }

  /** Takes away every field of that name. */
  delete(name: string): void {
    const key = headerKey(name);
    for (let index = this.#fields.length - 1; index >= 0; index--) {
      if (this.#fields[index]?.key === key) this.#fields.splice(index, 1);
    }
    this.#revision++;
  }

  *[Symbol.iterator](): Iterator<readonly [name: string, value: string]> {
    for (const { name, value } of this.#fields) yield [name, value];
  }

  #indexOf(key: string): number {
    return this.#fields.findIndex((field) => field.key === key);
  }
}

function makeField(name: string, value: string): Field {
  return { key: headerKey(name), name: canonicalName(name), value };
}
