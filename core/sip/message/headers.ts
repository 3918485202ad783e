import { headerName, type HeaderName } from './header-names.ts';

interface Field {
  readonly name: HeaderName;
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
    const key = headerName(name).key;
    for (const field of this.#fields) if (field.name.key === key) return field.value;
    return undefined;
  }

  /** Every field of that name, one entry a field; a comma-separated list is not taken apart (see `splitList`). */
  getAll(name: string): readonly string[] {
    const key = headerName(name).key;
    const values: string[] = [];
    for (const field of this.#fields) if (field.name.key === key) values.push(field.value);
    return values;
  }

  /** How many fields of that name there are. */
  count(name: string): number {
    const key = headerName(name).key;
    let count = 0;
    for (const field of this.#fields) if (field.name.key === key) count++;
    return count;
  }

  has(name: string): boolean {
    return this.#indexOf(headerName(name).key) >= 0;
  }

  /** Adds a field behind all others. */
  append(name: string, value: string): void {
    this.appendNamed(headerName(name), value);
  }

  /** Adds a field whose name has been recognised already, behind all others. */
  appendNamed(name: HeaderName, value: string): void {
    this.#fields.push({ name, value });
    this.#revision++;
  }

  /** Calls `visit` for every field in order: what the iterator yields, without its cost. */
  forEach(visit: (name: string, value: string) => void): void {
    for (const { name, value } of this.#fields) visit(name.name, value);
  }

  /** Adds a field in front of all others of its name, as Via and Record-Route want it; a new name comes first of all. */
  prepend(name: string, value: string): void {
    const field = { name: headerName(name), value };
    this.#fields.splice(Math.max(this.#indexOf(field.name.key), 0), 0, field);
    this.#revision++;
  }

  /** Replaces all fields of that name by one, in the place of the first. */
  set(name: string, value: string): void {
    const field = { name: headerName(name), value };
    const first = this.#indexOf(field.name.key);
    if (first < 0) {
      this.append(name, value);
      return;
    }
    this.delete(name);
    this.#fields.splice(first, 0, field);
  }

  /** Takes away every field of that name. */
  delete(name: string): void {
    const key = headerName(name).key;
    for (let index = this.#fields.length - 1; index >= 0; index--) {
      if (this.#fields[index]?.name.key === key) this.#fields.splice(index, 1);
    }
    this.#revision++;
  }

  *[Symbol.iterator](): Iterator<readonly [name: string, value: string]> {
    for (const { name, value } of this.#fields) yield [name.name, value];
  }

  #indexOf(key: string): number {
    return this.#fields.findIndex((field) => field.name.key === key);
  }
}
