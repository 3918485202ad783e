import type { SipMessage } from '../message/message.ts';
import { dialogIdOf, dialogKey, type DialogId } from './dialog-id.ts';

/** Finds what belongs to a dialog: a session, a subscription. */
export class DialogTable<T> implements Iterable<T> {
  readonly #entries = new Map<string, T>();

  get size(): number {
    return this.#entries.size;
  }

  /** Puts `entry` in, in place of one with the same identity; the function returned takes it out, once. */
  add(id: DialogId, entry: T): () => void {
    const key = dialogKey(id);
    this.#entries.set(key, entry);
    return () => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    };
  }

  /** For Replaces and Join, which name a dialog (RFC 3891 §3). */
  get(id: DialogId): T | undefined {
    return this.#entries.get(dialogKey(id));
  }

  /**
   * What a message from the other side belongs to. A request that has a To tag and finds nothing is to be answered 481, an
   * ACK dropped (RFC 3261 §12.2.2).
   */
  find(message: SipMessage): T | undefined {
    const id = dialogIdOf(message);
    return id === undefined ? undefined : this.get(id);
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#entries.values();
  }
}
