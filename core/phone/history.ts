import type { CallOutcome, HistoryDay, HistoryEntry, HistoryQuery, PersonHit } from '../api/people.ts';
import type { HistoryState } from '../api/state.ts';
import type { RequestHandlers } from '../api/contract.ts';
import { Refusal } from '../api/refusal.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { randomToken, type Random } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import { formatUri, isSipUri } from '../sip/message/uri.ts';
import type { ServerTransaction } from '../sip/transaction/transaction-user.ts';
import type { Account } from './account.ts';
import type { PhoneCall } from './phone-call.ts';
import { diagnosisView } from './views.ts';

/** How long what was removed can be had back. */
const UNDO_MS = 30_000;

/** Where calls are kept. What cannot be written is a diagnosis; what cannot be read is empty. */
export interface HistoryStore {
  /** Writes a call, or what has become of it. */
  put(entry: HistoryEntry): Result<void, Diagnosis>;
  /** Calls that fit, newest first. */
  read(
    query: HistoryQuery,
    offset: number,
    limit: number,
  ): { readonly total: number; readonly entries: HistoryEntry[] };
  days(query: HistoryQuery): HistoryDay[];
  /** The people of the calls that fit, newest first, each address once. */
  people(text: string, limit: number): PersonHit[];
  /** Hides calls from all of the above until {@link restore} or {@link purge}. */
  remove(ids: readonly string[] | 'all'): Result<number, Diagnosis>;
  restore(): Result<void, Diagnosis>;
  purge(): Result<void, Diagnosis>;
  /** Missed calls that nobody has looked at. */
  unseen(): number;
  markSeen(): Result<void, Diagnosis>;
}

/** Requests that the history answers. */
export type HistoryRequestName = Extract<keyof RequestHandlers, `history.${string}`>;

/**
 * The calls of this phone, past the end of the program. A call is written when it begins, so that not even a crash loses it,
 * and again with each turn it takes. Where the disk does not let it, the phone goes on and says so.
 */
export class CallHistory {
  readonly #store: HistoryStore;
  readonly #ports: { readonly clock: Clock; readonly random: Random };
  readonly #onChange: () => void;
  /** What was written last of calls that go on. */
  readonly #written = new Map<string, string>();
  #revision = 0;
  #removed = 0;
  #purge: Timer | undefined;
  readonly #trouble: Diagnosis | undefined;
  #failed: Diagnosis | undefined;

  /** `trouble`: what was wrong with the store when it was opened. */
  constructor(
    store: HistoryStore,
    ports: { readonly clock: Clock; readonly random: Random },
    onChange: () => void,
    trouble?: Diagnosis,
  ) {
    this.#store = store;
    this.#ports = ports;
    this.#onChange = onChange;
    this.#trouble = trouble;
  }

  get state(): HistoryState {
    const diagnosis = this.#failed ?? this.#trouble;
    return {
      revision: this.#revision,
      missed: this.#store.unseen(),
      removed: this.#removed,
      diagnosis: diagnosis === undefined ? null : diagnosisView(diagnosis),
    };
  }

  /** Writes how a call stands. */
  record(call: PhoneCall): void {
    const entry: HistoryEntry = {
      id: call.id,
      ...accountOf(call.account),
      direction: call.direction,
      address: formatUri(call.remote.uri),
      name: call.remote.displayName ?? '',
      startedAt: call.startedAt,
      connectedAt: call.connectedAt ?? null,
      endedAt: call.endedAt ?? null,
      outcome: outcomeOf(call),
      code: call.state === 'ended' ? (call.diagnosis?.code ?? null) : null,
      security: call.security.state,
    };
    const text = JSON.stringify(entry);
    if (this.#written.get(call.id) === text) return;
    if (call.state === 'ended') this.#written.delete(call.id);
    else this.#written.set(call.id, text);
    this.#changed(this.#store.put(entry));
  }

  /** Writes a call that never rang here. */
  recordUnrung(account: Account, { request }: ServerTransaction, outcome: 'missed' | 'forwarded'): void {
    const { from } = request;
    if (from === undefined || !isSipUri(from.uri)) return;
    const now = this.#ports.clock.wall();
    const entry: HistoryEntry = {
      id: randomToken(this.#ports.random, 16),
      ...accountOf(account),
      direction: 'incoming',
      address: formatUri(from.uri),
      name: from.displayName ?? '',
      startedAt: now,
      connectedAt: null,
      endedAt: now,
      outcome,
      code: null,
      security: 'checking',
    };
    this.#changed(this.#store.put(entry));
  }

  /** The people of earlier calls that fit a text. */
  people(text: string, limit: number): PersonHit[] {
    return this.#store.people(text, limit);
  }

  /** What was removed is gone for good. */
  close(): void {
    this.#purge?.cancel();
    if (this.#removed > 0) this.#store.purge();
  }

  readonly handlers: Pick<RequestHandlers, HistoryRequestName> = {
    'history.read': ({ filter, text, offset, limit }) =>
      Promise.resolve(this.#store.read({ filter, text }, offset, limit)),
    'history.days': (query) => Promise.resolve({ days: this.#store.days(query) }),
    'history.remove': ({ callIds }) => {
      this.#forget();
      const removed = this.#store.remove(callIds ?? 'all');
      if (removed.ok) this.#removed = removed.value;
      this.#purge = this.#ports.clock.after(UNDO_MS, () => {
        this.#forget();
        this.#onChange();
      });
      this.#refuse(removed);
      return Promise.resolve(null);
    },
    'history.restore': () => {
      this.#purge?.cancel();
      const restored = this.#store.restore();
      if (restored.ok) this.#removed = 0;
      this.#refuse(restored);
      return Promise.resolve(null);
    },
    'history.seen': () => {
      if (this.#store.unseen() > 0) this.#changed(this.#store.markSeen());
      return Promise.resolve(null);
    },
  };

  #forget(): void {
    this.#purge?.cancel();
    if (this.#removed === 0) return;
    this.#removed = 0;
    this.#store.purge();
  }

  #refuse(result: Result<unknown, Diagnosis>): void {
    this.#changed(result);
    if (!result.ok) throw new Refusal(result.error);
  }

  #changed(result: Result<unknown, Diagnosis>): void {
    this.#failed = result.ok ? undefined : result.error;
    this.#revision++;
    this.#onChange();
  }
}

function accountOf(account: Account): Pick<HistoryEntry, 'accountId' | 'account'> {
  return { accountId: account.id, account: formatUri(account.options.address) };
}

/** How a call went, or goes. */
function outcomeOf(call: PhoneCall): CallOutcome {
  if (call.state !== 'ended') return 'running';
  if (call.connectedAt !== undefined) return 'answered';
  if (call.answeredElsewhere) return 'elsewhere';
  if (call.direction === 'incoming')
    return { 302: 'forwarded' as const, 603: 'declined' as const }[call.status ?? 0] ?? 'missed';
  if (call.diagnosis === undefined || call.diagnosis.code === 'sip.no-answer') return 'cancelled';
  return 'failed';
}
