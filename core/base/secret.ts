const MASK = '[secret]';

/**
 * A value that cannot be printed: not by string conversion, JSON, `util.inspect`, a log or a crash report. Only
 * {@link Secret.reveal} gives it out, so every use can be found by its name.
 */
export class Secret<T = string> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  /** The value itself. Call it where the value is used, never where it is stored or passed on. */
  reveal(): T {
    return this.#value;
  }

  /** Overwrites octets with zeros, where the value is octets; a string cannot be wiped in JavaScript. */
  wipe(): void {
    if (this.#value instanceof Uint8Array) this.#value.fill(0);
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  /** What `util.inspect` and `console.log` print. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return MASK;
  }
}
