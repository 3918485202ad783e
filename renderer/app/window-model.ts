import type { ClientView, ContractClient, RequestFailure } from '../../core/api/client.ts';
import type { RequestInput, RequestName, RequestOutput } from '../../core/api/contract.ts';
import type { Snapshot } from '../../core/api/state.ts';
import type { Result } from '../../core/base/result.ts';
import { announcementsBetween, type Announcement } from './announcements.ts';

/** What the phone column shows. */
export type View =
  | { readonly kind: 'home' }
  | { readonly kind: 'call'; readonly callId: string }
  /** A new account, or the one that is changed. */
  | { readonly kind: 'account-form'; readonly accountId?: string }
  /** `found`: somebody to make a contact of. */
  | { readonly kind: 'contacts'; readonly found?: { readonly name: string; readonly address: string } }
  /** `open`: one conversation, or a new one with somebody; else the list of them. */
  | {
      readonly kind: 'messages';
      readonly open?:
        { readonly accountId: string; readonly address: string; readonly name: string } | { readonly to: string };
    }
  | { readonly kind: 'settings' }
  | { readonly kind: 'switch' };

/** A request of this window that failed, for the person to see. */
export interface Notice {
  readonly id: number;
  readonly request: RequestName;
  readonly failure: RequestFailure;
  readonly retry: () => void;
}

/** Everything that the window renders. A new object for each change. */
export interface WindowState extends ClientView {
  readonly view: View;
  /** Whether the wire view is open, and whether it shows one call or everything. */
  readonly wire: { readonly callId: string | null } | null;
  /** What stands in the dial field. */
  readonly draft: string;
  readonly notices: readonly Notice[];
  /** What the last change gave to say, with a number that grows. */
  readonly spoken: { readonly serial: number; readonly announcements: readonly Announcement[] };
}

type Client = Pick<ContractClient, 'view' | 'subscribe' | 'request' | 'onOffered'>;

/**
 * The window's own state beside the core's: which view is open, what is typed, which requests failed. It decides
 * nothing about calls; it follows the core's snapshots and keeps the view true to them.
 */
export class WindowModel {
  readonly #client: Client;
  readonly #listeners = new Set<() => void>();
  #state: WindowState;
  #noticeId = 0;

  constructor(client: Client) {
    this.#client = client;
    this.#state = {
      ...client.view,
      view: { kind: 'home' },
      wire: null,
      draft: '',
      notices: [],
      spoken: { serial: 0, announcements: [] },
    };
    client.subscribe(() => {
      this.#follow(client.view);
    });
    // Shown before it is dialled: whoever made the link chose the number.
    client.onOffered((draft) => {
      this.#change({ view: { kind: 'home' }, wire: null, draft });
    });
  }

  /** What to render now. */
  readonly state = (): WindowState => this.#state;

  /** Calls back after each change; the result stops it. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Opens a view. */
  show(view: View): void {
    this.#change({ view });
  }

  /** Opens the wire view, on one call or on everything. */
  inspect(callId: string | null): void {
    this.#change({ wire: { callId } });
  }

  closeWire(): void {
    this.#change({ wire: null });
  }

  /** Takes what stands in the dial field. */
  type(draft: string): void {
    this.#change({ draft });
  }

  /** Calls, shows the call once the core has it, and empties the dial field. */
  async call(target: string, accountId: string | null): Promise<void> {
    const result = await this.ask(
      'call.start',
      { target: target.trim(), accountId },
      () => void this.call(target, accountId),
    );
    if (result.ok) this.#change({ view: { kind: 'call', callId: result.value.callId }, draft: '' });
  }

  /** Calls somebody about a call, to speak first, and shows the new call once the core has it. */
  async consult(callId: string, target: string): Promise<void> {
    const result = await this.ask('call.consult', { callId, target: target.trim() });
    if (result.ok) this.#change({ view: { kind: 'call', callId: result.value.callId } });
  }

  /** Makes a request; a failure becomes a notice, with a way to try again. */
  async ask<N extends RequestName>(
    request: N,
    input: RequestInput<N>,
    retry: () => void = () => void this.ask(request, input),
  ): Promise<Result<RequestOutput<N>, RequestFailure>> {
    const result = await this.#client.request(request, input);
    const others = this.#state.notices.filter((notice) => notice.request !== request);
    if (!result.ok)
      this.#change({ notices: [...others, { id: this.#noticeId++, request, failure: result.error, retry }] });
    else if (others.length < this.#state.notices.length) this.#change({ notices: others });
    return result;
  }

  /** Makes a request whose failure the asking part shows itself. */
  request<N extends RequestName>(name: N, input: RequestInput<N>): Promise<Result<RequestOutput<N>, RequestFailure>> {
    return this.#client.request(name, input);
  }

  /** Takes a notice away. */
  dismissNotice(id: number): void {
    this.#change({ notices: this.#state.notices.filter((notice) => notice.id !== id) });
  }

  #follow({ connection, snapshot }: ClientView): void {
    const before = this.#state.snapshot;
    if (snapshot === null || snapshot === before) {
      this.#change({ connection, snapshot });
      return;
    }
    if (before === null) {
      // A window opened, or loaded again, while somebody speaks or rings.
      const live = snapshot.calls.find((call) => call.state !== 'ended');
      this.#change({ connection, snapshot, ...(live && { view: { kind: 'call', callId: live.id } }) });
      return;
    }
    const announcements = announcementsBetween(before, snapshot);
    this.#change({
      connection,
      snapshot,
      view: this.#viewAfter(before, snapshot),
      ...(announcements.length > 0 && { spoken: { serial: this.#state.spoken.serial + 1, announcements } }),
    });
  }

  /** A call that rings here opens where it interrupts nothing; a call that is gone from the state closes its view. */
  #viewAfter(before: Snapshot, after: Snapshot): View {
    const { view, draft } = this.#state;
    const known = new Set(before.calls.map(({ id }) => id));
    const ringing = after.calls.find((call) => call.state === 'incoming' && !known.has(call.id));
    const idle = view.kind === 'home' || (view.kind === 'call' && this.#hasEnded(view.callId));
    if (ringing !== undefined && idle && draft === '') return { kind: 'call', callId: ringing.id };
    if (view.kind !== 'call' || !known.has(view.callId)) return view;
    return after.calls.some(({ id }) => id === view.callId) ? view : { kind: 'home' };
  }

  #hasEnded(callId: string): boolean {
    return this.#state.snapshot?.calls.find(({ id }) => id === callId)?.state === 'ended';
  }

  #change(change: Partial<WindowState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
