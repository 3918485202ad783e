import type { RequestInput, RequestName, RequestOutput } from '../../../core/api/contract.ts';
import type { RequestFailure } from '../../../core/api/client.ts';
import type { Result } from '../../../core/base/result.ts';
import { readTrace } from '../../../core/trace/trace-file.ts';
import type { TraceEvent } from '../../../core/trace/tracer.ts';

/** Where the events come from: this program as it runs, or a saved trace. */
export type Origin =
  | { readonly kind: 'live' }
  | { readonly kind: 'file'; readonly name: string }
  | { readonly kind: 'unreadable'; readonly name: string; readonly line: number };

/** What the wire view shows. A new object for each change. */
export interface TraceState {
  readonly origin: Origin;
  readonly events: readonly TraceEvent[];
  /** Whether new events are taken in as they come. */
  readonly following: boolean;
  /** Up to which level the program keeps events. */
  readonly level: number;
  readonly capturedUntil: number | null;
}

interface Client {
  request<N extends RequestName>(name: N, input: RequestInput<N>): Promise<Result<RequestOutput<N>, RequestFailure>>;
}

/** Most live events that a window keeps; the program itself keeps as many. */
const KEPT = 20_000;
const PAGE = 1_000;
const POLL_MS = 400;
/** Beyond it a file is no trace that a person reads. */
export const MAX_FILE_OCTETS = 256 * 1024 * 1024;

/** The events of the wire view: it asks for the new ones while somebody looks, or holds those of a file. */
export class TraceStore {
  readonly #client: Client;
  readonly #listeners = new Set<() => void>();
  #state: TraceState = { origin: { kind: 'live' }, events: [], following: true, level: 7, capturedUntil: null };
  #after = 0;
  #asking = false;
  /** Grows whenever an answer that is under way is no longer wanted. */
  #turn = 0;

  constructor(client: Client) {
    this.#client = client;
  }

  readonly state = (): TraceState => this.#state;

  /** Calls back after each change; live events are asked for as long as somebody listens. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.#resume();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#pause();
    };
  };

  /** Stops taking in new events, or goes on. */
  follow(following: boolean): void {
    this.#change({ following });
    if (following) this.#resume();
    else this.#pause();
  }

  /** Shows what the program does, from the oldest event that it still has. */
  live(): void {
    this.#pause();
    this.#after = 0;
    this.#change({ origin: { kind: 'live' }, events: [], following: true });
    this.#resume();
  }

  /** Shows a saved trace, or which line of it is none. */
  async open(file: Blob & { readonly name: string }): Promise<void> {
    this.#pause();
    const read =
      file.size > MAX_FILE_OCTETS ? ({ ok: false, error: { line: 0 } } as const) : readTrace(await file.text());
    const { name } = file;
    if (read.ok) this.#change({ origin: { kind: 'file', name }, events: read.value });
    else this.#change({ origin: { kind: 'unreadable', name, line: read.error.line }, events: [] });
  }

  /** Keeps events up to `level` from now on. */
  async setLevel(level: number): Promise<void> {
    await this.#client.request('trace.level', { level });
    this.#renew();
  }

  /** Captures octets and secrets from now on; 0 ends it. */
  async capture(minutes: number): Promise<void> {
    await this.#client.request('trace.capture', { minutes });
    this.#renew();
  }

  /** Everything that the program still has, with what was captured. */
  async readCaptured(): Promise<readonly TraceEvent[]> {
    const events: TraceEvent[] = [];
    for (let after = 0; ;) {
      const page = await this.#client.request('trace.read', { after, limit: PAGE, captured: true });
      if (!page.ok) return events;
      events.push(...(page.value.events as unknown as TraceEvent[]));
      if (!page.value.more) return events;
      after = page.value.next;
    }
  }

  #resume(): void {
    const { origin, following } = this.#state;
    if (this.#asking || origin.kind !== 'live' || !following || this.#listeners.size === 0) return;
    this.#asking = true;
    void this.#ask(this.#turn);
  }

  #pause(): void {
    this.#turn += 1;
    this.#asking = false;
  }

  /** Asks at once. */
  #renew(): void {
    this.#pause();
    this.#resume();
  }

  async #ask(turn: number): Promise<void> {
    while (turn === this.#turn) {
      const page = await this.#client.request('trace.read', { after: this.#after, limit: PAGE, captured: false });
      if (turn !== this.#turn) return;
      if (page.ok) this.#take(page.value);
      if (!page.ok || !page.value.more) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  #take({ events, next, level, capturedUntil }: RequestOutput<'trace.read'>): void {
    const { level: before, capturedUntil: until } = this.#state;
    // A program that has started again counts afresh.
    const known = next < this.#after ? [] : this.#state.events;
    this.#after = next;
    if (events.length === 0 && level === before && capturedUntil === until && known === this.#state.events) return;
    // The head has been checked; what else an event says is read with care.
    const all = [...known, ...(events as unknown as TraceEvent[])];
    this.#change({ events: all.length > KEPT ? all.slice(-KEPT) : all, level, capturedUntil });
  }

  #change(change: Partial<TraceState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
