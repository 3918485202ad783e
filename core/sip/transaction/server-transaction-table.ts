import type { SipRequest } from '../message/message.ts';
import type { RunningServerTransaction } from './server-transaction.ts';
import { comparesToTag, mergeKey, serverKey } from './transaction-keys.ts';

/** The server transactions alive, found by RFC 3261 §17.2.3, §9.2 and §8.2.2.2. */
export class ServerTransactionTable {
  readonly #maxAnswered: number;
  /** First by what all methods of a transaction share, then by method. */
  readonly #byKey = new Map<string, Map<string, RunningServerTransaction>>();
  readonly #byMergeKey = new Map<string, RunningServerTransaction>();
  /** Those that only wait for retransmissions, the oldest first. */
  readonly #answered = new Set<RunningServerTransaction>();
  /** How many of each address wait for their answer. */
  readonly #unansweredFrom = new Map<string, number>();
  #size = 0;

  /** Of the answered ones so many are kept; the oldest makes room for the next. */
  constructor(maxAnswered: number) {
    this.#maxAnswered = maxAnswered;
  }

  get size(): number {
    return this.#size;
  }

  /** Transactions that have no final response yet. */
  get unanswered(): number {
    return this.#size - this.#answered.size;
  }

  /** Transactions without final response whose request came from `address`. */
  unansweredFrom(address: string): number {
    return this.#unansweredFrom.get(address) ?? 0;
  }

  /** Takes a transaction in; its request must have a Via. One of the same key and method, if any, ends. */
  add(transaction: RunningServerTransaction): void {
    const { request } = transaction;
    const key = serverKey(request) ?? '';
    this.#byKey.get(key)?.get(request.method)?.abandon();
    const siblings = this.#byKey.get(key) ?? new Map<string, RunningServerTransaction>();
    this.#byKey.set(key, siblings);
    siblings.set(request.method, transaction);
    this.#size++;
    this.#countUnanswered(transaction, 1);
    const merge = mergeKey(request);
    if (merge !== undefined && !this.#byMergeKey.has(merge)) this.#byMergeKey.set(merge, transaction);
  }

  /** The transaction got its final response, and lives on only where retransmissions may come. */
  answered(transaction: RunningServerTransaction): void {
    if (this.#siblings(transaction.request)?.get(transaction.request.method) !== transaction) return;
    this.#answered.add(transaction);
    this.#countUnanswered(transaction, -1);
    const [oldest] = this.#answered;
    if (this.#answered.size > this.#maxAnswered) oldest?.abandon();
  }

  delete(transaction: RunningServerTransaction): void {
    const { request } = transaction;
    const key = serverKey(request) ?? '';
    const siblings = this.#byKey.get(key);
    if (siblings?.get(request.method) !== transaction) return;
    siblings.delete(request.method);
    if (siblings.size === 0) this.#byKey.delete(key);
    this.#size--;
    if (!this.#answered.delete(transaction)) this.#countUnanswered(transaction, -1);
    const merge = mergeKey(request);
    if (merge !== undefined && this.#byMergeKey.get(merge) === transaction) this.#byMergeKey.delete(merge);
  }

  /** The transaction that a request is a retransmission of, or that an ACK belongs to. */
  find(request: SipRequest): RunningServerTransaction | undefined {
    const isAck = request.method === 'ACK';
    const found = this.#siblings(request)?.get(isAck ? 'INVITE' : request.method);
    if (found === undefined || !comparesToTag(request)) return found;
    const expected = isAck ? found.responseToTag : found.request.toTag;
    return request.toTag === expected ? found : undefined;
  }

  /** The transaction that a CANCEL is meant for. */
  findCancelled(cancel: SipRequest): RunningServerTransaction | undefined {
    for (const [method, transaction] of this.#siblings(cancel) ?? []) if (method !== 'CANCEL') return transaction;
    return undefined;
  }

  /** Whether a request that matches no transaction is the same as one of another, come by another way. */
  isMerged(request: SipRequest): boolean {
    const merge = mergeKey(request);
    return merge !== undefined && this.#byMergeKey.has(merge);
  }

  all(): readonly RunningServerTransaction[] {
    return [...this.#byKey.values()].flatMap((siblings) => [...siblings.values()]);
  }

  #siblings(request: SipRequest): ReadonlyMap<string, RunningServerTransaction> | undefined {
    const key = serverKey(request);
    return key === undefined ? undefined : this.#byKey.get(key);
  }

  #countUnanswered({ flow }: RunningServerTransaction, change: 1 | -1): void {
    const { address } = flow.remote;
    const count = this.unansweredFrom(address) + change;
    if (count > 0) this.#unansweredFrom.set(address, count);
    else this.#unansweredFrom.delete(address);
  }
}
