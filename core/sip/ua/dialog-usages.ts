import type { SipRequest } from '../message/message.ts';
import type { ServerTransaction } from '../transaction/transaction-user.ts';

/** A subscription, seen from either end: what lives in a dialog beside a session, or alone (RFC 5057 §3). */
export interface DialogUsage {
  readonly callId: string;
  /** Whether a request that has a To tag is for it. */
  matches(request: SipRequest): boolean;
  receive(transaction: ServerTransaction): void;
}

/** Finds the usage that a request within a dialog is for. */
export class DialogUsages {
  readonly #usages = new Map<string, Set<DialogUsage>>();

  get size(): number {
    let size = 0;
    for (const usages of this.#usages.values()) size += usages.size;
    return size;
  }

  /** Puts a usage in; the function returned takes it out. */
  add(usage: DialogUsage): () => void {
    const { callId } = usage;
    const usages = this.#usages.get(callId) ?? new Set<DialogUsage>();
    this.#usages.set(callId, usages.add(usage));
    return () => {
      usages.delete(usage);
      if (usages.size === 0 && this.#usages.get(callId) === usages) this.#usages.delete(callId);
    };
  }

  /** The first of the usages, oldest first, that takes `request`. */
  find(request: SipRequest): DialogUsage | undefined {
    for (const usage of this.#usages.get(request.callId) ?? []) if (usage.matches(request)) return usage;
    return undefined;
  }
}
