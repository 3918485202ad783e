import type { Clock, Timer } from '../base/clock.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Channel, ChannelState } from './channel.ts';
import {
  EVENTS,
  REQUESTS,
  eventMessage,
  replyMessage,
  type EventBody,
  type RequestInput,
  type RequestName,
  type RequestOutput,
} from './contract.ts';
import type { DiagnosisView, Snapshot } from './state.ts';

/**
 * Why a request brought nothing: the core refused, with its diagnosis; no answer came in time; the channel was or went
 * closed; or the answer was not what the contract says. After the middle two the core may or may not have acted.
 */
export type RequestFailure =
  | { readonly kind: 'refused'; readonly diagnosis: DiagnosisView }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'disconnected' }
  | { readonly kind: 'malformed' };

/** What a window shows: the newest state, and whether the core can be reached. A new object for each change. */
export interface ClientView {
  /** `connecting` until the first state has come, `lost` while a state is shown that may be old. */
  readonly connection: 'connecting' | 'online' | 'lost';
  readonly snapshot: Snapshot | null;
}

/** How long an answer may take, unless told otherwise. */
export const DEFAULT_TIMEOUT_MS = 10_000;

interface Waiting {
  readonly name: RequestName;
  readonly timer: Timer;
  readonly settle: (result: Result<unknown, RequestFailure>) => void;
}

/**
 * A window's end of the contract. It asks for the state whenever the channel opens, keeps the newest by revision, and
 * gives every request exactly one result; it never throws and never rejects.
 */
export class ContractClient {
  readonly #channel: Channel;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<() => void>();
  readonly #levelListeners = new Set<(levels: EventBody<'levels'>) => void>();
  readonly #offerListeners = new Set<(text: string) => void>();
  readonly #stop: (() => void)[];
  #view: ClientView = { connection: 'connecting', snapshot: null };
  #state: ChannelState = 'closed';
  #retry: Timer | null = null;
  #nextId = 0;
  /** Below every revision after the channel has opened: the core behind it may be a new one that counts afresh. */
  #revision = -Infinity;

  constructor(channel: Channel, clock: Clock, timeoutMs = DEFAULT_TIMEOUT_MS) {
    this.#channel = channel;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#stop = [
      channel.onMessage((text) => {
        this.#receive(text);
      }),
      channel.onState((state) => {
        this.#onChannelState(state);
      }),
    ];
  }

  /** What to show now. The same object until something changes. */
  get view(): ClientView {
    return this.#view;
  }

  /** Calls back after each change of {@link view}; the result stops it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls back with the levels of running calls, about ten times a second; the result stops it. */
  onLevels(listener: (levels: EventBody<'levels'>) => void): () => void {
    this.#levelListeners.add(listener);
    return () => this.#levelListeners.delete(listener);
  }

  /** Calls back with each link that the desktop opened; the result stops it. */
  onOffered(listener: (text: string) => void): () => void {
    this.#offerListeners.add(listener);
    return () => this.#offerListeners.delete(listener);
  }

  /** Makes a request. It fails at once while the channel is closed: nothing is kept to be done later. */
  request<N extends RequestName>(name: N, input: RequestInput<N>): Promise<Result<RequestOutput<N>, RequestFailure>> {
    if (this.#state === 'closed') return Promise.resolve(err({ kind: 'disconnected' }));
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, {
        name,
        timer: this.#clock.after(this.#timeoutMs, () => {
          this.#settle(id, err({ kind: 'timeout' }));
        }),
        // #receive has checked the output with the schema of this request.
        settle: resolve as Waiting['settle'],
      });
      this.#channel.send(JSON.stringify({ id, request: name, input }));
    });
  }

  /** Lets go of the channel; requests on their way end as `disconnected`. */
  close(): void {
    for (const stop of this.#stop) stop();
    this.#onChannelState('closed');
    this.#listeners.clear();
    this.#levelListeners.clear();
    this.#offerListeners.clear();
  }

  #onChannelState(state: ChannelState): void {
    this.#state = state;
    this.#retry?.cancel();
    this.#retry = null;
    if (state === 'open') {
      this.#revision = -Infinity;
      void this.#refresh();
      return;
    }
    for (const id of [...this.#waiting.keys()]) this.#settle(id, err({ kind: 'disconnected' }));
    if (this.#view.connection === 'online') this.#show({ ...this.#view, connection: 'lost' });
  }

  async #refresh(): Promise<void> {
    const result = await this.request('state.get', {});
    if (result.ok) this.#adopt(result.value);
    else if (result.error.kind !== 'disconnected' && this.#view.connection !== 'online') {
      this.#retry = this.#clock.after(this.#timeoutMs, () => void this.#refresh());
    }
  }

  #adopt(snapshot: Snapshot): void {
    if (snapshot.revision <= this.#revision || this.#state === 'closed') return;
    this.#revision = snapshot.revision;
    this.#show({ connection: 'online', snapshot });
  }

  #show(view: ClientView): void {
    this.#view = view;
    for (const listener of this.#listeners) listener();
  }

  #settle(id: number, result: Result<unknown, RequestFailure>): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    waiting.timer.cancel();
    waiting.settle(result);
  }

  #receive(text: string): void {
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      return;
    }
    const event = eventMessage.safeParse(json);
    if (event.success) {
      this.#onEvent(event.data.event, event.data.body);
      return;
    }
    const reply = replyMessage.safeParse(json);
    if (!reply.success) return;
    const waiting = this.#waiting.get(reply.data.id);
    if (waiting === undefined) return;
    if ('error' in reply.data) {
      this.#settle(reply.data.id, err({ kind: 'refused', diagnosis: reply.data.error }));
      return;
    }
    const output = REQUESTS[waiting.name].output.safeParse(reply.data.output);
    this.#settle(reply.data.id, output.success ? ok(output.data) : err({ kind: 'malformed' }));
  }

  #onEvent(name: string, body: unknown): void {
    if (name === 'state') {
      const snapshot = EVENTS.state.safeParse(body);
      if (snapshot.success) this.#adopt(snapshot.data);
    } else if (name === 'levels') {
      const levels = EVENTS.levels.safeParse(body);
      if (levels.success) for (const listener of this.#levelListeners) listener(levels.data);
    } else if (name === 'offered') {
      const offered = EVENTS.offered.safeParse(body);
      if (offered.success) for (const listener of this.#offerListeners) listener(offered.data.text);
    }
  }
}
