import type { Clock, Timer } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { EventType } from '../message/event.ts';
import type { SipRequest } from '../message/message.ts';
import { readSubscriptionState, type SubscriptionState } from '../message/subscription-state.ts';
import { DEFAULT_TIMER_VALUES } from '../transaction/timers.ts';
import { bodyOf } from './bodies.ts';
import type { Body } from './session-description-handler.ts';
import { SUBSCRIBER_TABLE, type SubscriberInput, type SubscriberState } from './subscriber-states.ts';

/** One NOTIFY. */
export interface Notification {
  readonly event: EventType;
  readonly state: SubscriptionState;
  /** What changed; `undefined` where the NOTIFY tells the state of the subscription only. */
  readonly body: Body | undefined;
  readonly request: SipRequest;
}

/** Why a subscription ended. */
export interface SubscriberEnd {
  /** `notify`: the notifier said so. `refused`: a response did. The other two are silence. */
  readonly cause: 'notify' | 'refused' | 'timer N' | 'expired';
  /** Of the last NOTIFY. */
  readonly reason?: string | undefined;
  /** Seconds before which there must be no new try. */
  readonly retryAfterS?: number | undefined;
  readonly status?: number | undefined;
  readonly diagnosis?: Diagnosis | undefined;
}

/** Timer N (RFC 6665 §4.1.2.4). */
const TIMER_N_MS = 64 * DEFAULT_TIMER_VALUES.t1;

/**
 * The machine of one subscription of ours (RFC 6665 §4.1.2): Timer N, the time granted, what NOTIFYs do. It sends nothing, so
 * it serves SUBSCRIBE and REFER alike.
 */
export class SubscriberUsage {
  readonly #clock: Clock;
  readonly #onNotify: (notification: Notification) => void;
  readonly #onEnded: (end: SubscriberEnd) => void;
  #state: SubscriberState = 'init';
  #timerN: Timer | undefined;
  #expiry: Timer | undefined;
  #expiresAtMs: number | undefined;

  constructor(options: {
    readonly clock: Clock;
    readonly onNotify: (notification: Notification) => void;
    /** Comes once, last. */
    readonly onEnded: (end: SubscriberEnd) => void;
  }) {
    this.#clock = options.clock;
    this.#onNotify = options.onNotify;
    this.#onEnded = options.onEnded;
  }

  get state(): SubscriberState {
    return this.#state;
  }

  /** When the time granted is over, on the monotonic clock; `undefined` before anything was granted. */
  get expiresAtMs(): number | undefined {
    return this.#expiresAtMs;
  }

  /** A SUBSCRIBE, first or refreshing, or a REFER left: a NOTIFY has to come. */
  awaitNotify(): void {
    if (!this.#take('subscribe')) return;
    this.#timerN?.cancel();
    this.#timerN = this.#clock.after(TIMER_N_MS, () => {
      this.#end('timer N', { cause: 'timer N' });
    });
  }

  /** The notifier grants so many seconds from now (RFC 6665 §4.1.2.1, §4.1.3). */
  grant(seconds: number): void {
    if (this.#state === 'terminated') return;
    this.#expiresAtMs = this.#clock.now() + seconds * 1000;
    this.#expiry?.cancel();
    this.#expiry = this.#clock.after(seconds * 1000, () => {
      this.#end('expired', { cause: 'expired' });
    });
  }

  /** A response ends it. */
  refuse(end: Omit<SubscriberEnd, 'cause'>): void {
    this.#end('refused', { cause: 'refused', ...end });
  }

  /** A refresh was refused, but what was granted before stands: no NOTIFY will come of it. */
  keep(): void {
    this.#timerN?.cancel();
  }

  /** Ends it without a word, since nobody wants to know any more. */
  abandon(): void {
    this.#state = 'terminated';
    this.#stopTimers();
  }

  /** What a NOTIFY costs before it is taken: 400 without a Subscription-State, 481 once it is over (RFC 6665 §4.1.3). */
  refusalOf(notify: SipRequest): 400 | 481 | undefined {
    if (this.#state === 'terminated' || this.#state === 'init') return 481;
    return readSubscriptionState(notify) === undefined ? 400 : undefined;
  }

  /** Takes a NOTIFY that is in order and answered. */
  take(notify: SipRequest, event: EventType): void {
    const state = readSubscriptionState(notify);
    if (state === undefined || this.#state === 'terminated') return;
    this.#timerN?.cancel();
    if (state.state !== 'terminated') {
      this.#take(`notify ${state.state}`);
      if (state.expires !== undefined) this.grant(state.expires);
    }
    this.#onNotify({ event, state, body: bodyOf(notify), request: notify });
    if (state.state !== 'terminated') return;
    this.#end('notify terminated', { cause: 'notify', reason: state.reason, retryAfterS: state.retryAfter });
  }

  /** Moves on; `false` where it is over. */
  #take(input: SubscriberInput): boolean {
    this.#state = SUBSCRIBER_TABLE[this.#state][input].next;
    return this.#state !== 'terminated';
  }

  #end(input: SubscriberInput, end: SubscriberEnd): void {
    if (this.#state === 'terminated' || this.#take(input)) return;
    this.#stopTimers();
    this.#onEnded(end);
  }

  #stopTimers(): void {
    this.#timerN?.cancel();
    this.#expiry?.cancel();
  }
}
