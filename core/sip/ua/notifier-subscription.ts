import type { Timer } from '../../base/clock.ts';
import { randomToken } from '../../base/random.ts';
import { formatEvent, isSameEvent, readEvent, type EventType } from '../message/event.ts';
import { createResponse } from '../message/factory.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { formatSubscriptionState, type TerminationReason } from '../message/subscription-state.ts';
import type { ServerTransaction } from '../transaction/transaction-user.ts';
import { unsupportedOptions } from './capabilities.ts';
import type { DialogUsage } from './dialog-usages.ts';
import { answer, contactHeaders, type DialogSender, type EventPorts, type HeaderFields } from './dialog-sender.ts';
import { NOTIFIER_TABLE, type NotifierInput, type NotifierState } from './notifier-states.ts';
import type { Body } from './session-description-handler.ts';
import { expiresOf } from './subscription-dialog.ts';

/** What a NOTIFY is to say: the whole state, or what changed since the version before. */
export interface NotificationRequest {
  /** Counts the NOTIFYs of one subscription from 0. */
  readonly version: number;
  readonly full: boolean;
  /** The type chosen of those that the subscriber takes. */
  readonly contentType: string;
}

/** Gives the state of the resource when it is to go out; `undefined` for a NOTIFY without body. */
export type StateSource = (wanted: NotificationRequest) => Body | undefined;

/** Times and types that a notifier keeps to. */
export interface NotifierPolicy {
  /** Types that it can send, the best first. */
  readonly contentTypes: readonly string[];
  /** Seconds: given where nobody asks, the least that is taken, the most that is given. */
  readonly expires: { readonly usual: number; readonly least: number; readonly most: number };
  /** Least time between two NOTIFYs about changes; changes in between are told together. */
  readonly intervalMs: number;
}

/** Final responses to a NOTIFY that show that nobody listens (RFC 6665 §4.2.2). Silence does, too. */
const NOBODY_LISTENS: ReadonlySet<number> = new Set([
  404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604,
]);

/** One subscription of somebody else (RFC 6665 §4.2): answers, tells the state, ends in time. */
export class NotifierSubscription implements DialogUsage {
  readonly callId: string;
  readonly event: EventType;
  /** The SUBSCRIBE, or REFER, that made it. */
  readonly request: SipRequest;
  /** Of the types that the subscriber takes the best of ours. */
  readonly contentType: string;
  readonly #ports: EventPorts;
  readonly #policy: NotifierPolicy;
  readonly #transaction: ServerTransaction;
  readonly #open: (response: SipResponse) => OpenedDialog | undefined;
  readonly #onEnded: () => void;
  #state: NotifierState = 'init';
  #dialog: OpenedDialog | undefined;
  #source: StateSource = () => undefined;
  #expires: number;
  #expiresAtMs = 0;
  #expiry: Timer | undefined;
  #version = 0;
  /** What waits to be told: nothing, changes, or the whole state. */
  #due: 'nothing' | 'changes' | 'everything' = 'nothing';
  #last: { readonly reason: string; readonly retryAfter: number | undefined } | undefined;
  #sending = false;
  #pause: Timer | undefined;
  #endedListener: () => void = () => undefined;

  constructor(options: {
    readonly ports: EventPorts;
    readonly policy: NotifierPolicy;
    readonly transaction: ServerTransaction;
    readonly event: EventType;
    readonly contentType: string;
    /** Seconds granted; 0 tells the state once. */
    readonly expires: number;
    /** Makes the dialog of our 2xx; `undefined` where the request cannot make one. */
    readonly open: (response: SipResponse) => OpenedDialog | undefined;
    /** Told once, when it is over. */
    readonly onEnded: () => void;
  }) {
    this.#ports = options.ports;
    this.#policy = options.policy;
    this.#transaction = options.transaction;
    this.#open = options.open;
    this.#onEnded = options.onEnded;
    this.#expires = options.expires;
    this.request = options.transaction.request;
    this.callId = this.request.callId;
    this.event = options.event;
    this.contentType = options.contentType;
    this.#take('subscribe');
  }

  get state(): NotifierState {
    return this.#state;
  }

  /** Is told when the subscription is over, by whatever cause. */
  onEnded(listener: () => void): void {
    this.#endedListener = listener;
  }

  /** Takes it, and tells the state at once (RFC 6665 §4.2.1.2); what was pending becomes active. */
  accept(source: StateSource, status: 200 | 202 = 200, headers: HeaderFields = []): void {
    this.#source = source;
    if (this.#state === 'resp_wait' && !this.#answer(status, headers)) return;
    this.#take('accept');
    this.#everything();
  }

  /** Takes it without a decision yet: 200, and a NOTIFY that says `pending`. */
  pend(): void {
    if (this.#state !== 'resp_wait' || !this.#answer(200, [])) return;
    this.#take('pend');
    this.#everything();
  }

  /** Refuses it: 403, 603 and their like (RFC 6665 §4.2.1.3). What is taken already is ended as rejected. */
  refuse(status = 403, headers: HeaderFields = []): void {
    if (this.#state !== 'resp_wait') {
      this.terminate('rejected');
      return;
    }
    this.#take('refuse');
    answer(this.#ports, this.#transaction, status, headers);
    this.#over();
  }

  /** The state has changed: tells it, not sooner after the last time than the policy allows. */
  notify(): void {
    if (this.#state !== 'active' || this.#last !== undefined) return;
    if (this.#due === 'nothing') this.#due = 'changes';
    this.#send();
  }

  /** Tells the state for the last time, and why it is the last (RFC 6665 §4.2.2). */
  terminate(reason: TerminationReason, retryAfter?: number): void {
    if ((this.#state !== 'pending' && this.#state !== 'active') || this.#last !== undefined) return;
    this.#last = { reason, retryAfter };
    this.#expiry?.cancel();
    this.#everything();
  }

  matches(request: SipRequest): boolean {
    const event = readEvent(request);
    const id = this.#dialog?.sender.id;
    return (
      request.method === 'SUBSCRIBE' &&
      id !== undefined &&
      request.toTag === id.localTag &&
      request.fromTag === id.remoteTag &&
      event !== undefined &&
      isSameEvent(event, this.event)
    );
  }

  /** A refresh, or the end that the subscriber wants (RFC 6665 §4.2.1.4). */
  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const unsupported = unsupportedOptions(request);
    const asked = expiresOf(request);
    const refusal = this.#last === undefined ? this.#dialog?.receive(transaction) : 481;
    if (refusal !== undefined) answer(this.#ports, transaction, refusal);
    else if (unsupported.length > 0) answer(this.#ports, transaction, 420, [['Unsupported', unsupported.join(', ')]]);
    else if (isTooBrief(asked, this.#policy)) {
      answer(this.#ports, transaction, 423, [['Min-Expires', String(this.#policy.expires.least)]]);
    } else {
      this.#expires = grantedExpires(asked, this.#policy);
      answer(this.#ports, transaction, 200, [
        ['Expires', String(this.#expires)],
        ...contactHeaders(this.#ports, transaction.flow),
      ]);
      this.#take('subscribe');
      if (this.#expires === 0) this.terminate('timeout');
      else {
        this.#planExpiry();
        this.#everything();
      }
    }
  }

  /** Says 2xx and opens the dialog. `false` where the request has no usable Contact. */
  #answer(status: number, headers: HeaderFields): boolean {
    const response = createResponse(this.request, status, {
      toTag: randomToken(this.#ports.random, 10),
      headers: [
        ...(this.request.method === 'SUBSCRIBE' ? [['Expires', String(this.#expires)] as const] : []),
        ...contactHeaders(this.#ports, this.#transaction.flow),
        ...headers,
        ['Server', this.#ports.userAgent],
      ],
    });
    this.#dialog = this.#open(response);
    if (this.#dialog === undefined) {
      this.#take('refuse');
      answer(this.#ports, this.#transaction, 400);
      this.#over();
      return false;
    }
    this.#transaction.respond(response);
    if (this.#expires > 0) this.#planExpiry();
    return true;
  }

  #planExpiry(): void {
    this.#expiresAtMs = this.#ports.clock.now() + this.#expires * 1000;
    this.#expiry?.cancel();
    this.#expiry = this.#ports.clock.after(this.#expires * 1000, () => {
      this.terminate('timeout');
    });
  }

  /** Tells the whole state, at once. */
  #everything(): void {
    this.#due = 'everything';
    this.#pause?.cancel();
    this.#pause = undefined;
    this.#send();
  }

  /** One NOTIFY at a time, so that none overtakes another. */
  #send(): void {
    const sender = this.#dialog?.sender;
    if (sender === undefined || this.#sending || this.#pause !== undefined || this.#due === 'nothing') return;
    const isPoll = this.#expires === 0 && this.#last === undefined;
    if (isPoll) this.#last = { reason: 'timeout', retryAfter: undefined };
    const last = this.#last;
    const full = this.#due === 'everything';
    const body =
      this.#state === 'active'
        ? this.#source({ version: this.#version, full, contentType: this.contentType })
        : undefined;
    this.#version++;
    this.#due = 'nothing';
    this.#sending = true;
    void sender
      .send('NOTIFY', {
        headers: [
          ['Event', formatEvent(this.event)],
          ['Subscription-State', this.#subscriptionState()],
        ],
        body,
      })
      .then((answered) => {
        this.#sending = false;
        if (this.#state === 'terminated') return;
        if (last !== undefined) this.#finish('terminate');
        else if (!answered.ok || NOBODY_LISTENS.has(answered.value.status)) this.#finish('notify failed');
        else this.#rest();
      });
  }

  #subscriptionState(): string {
    if (this.#last !== undefined) return formatSubscriptionState({ state: 'terminated', ...this.#last });
    const left = Math.max(Math.round((this.#expiresAtMs - this.#ports.clock.now()) / 1000), 0);
    return formatSubscriptionState({ state: this.#state === 'pending' ? 'pending' : 'active', expires: left });
  }

  /** Waits before the next change is told; what is due at once does not wait. */
  #rest(): void {
    if (this.#due === 'everything' || this.#policy.intervalMs === 0) {
      this.#send();
      return;
    }
    this.#pause = this.#ports.clock.after(this.#policy.intervalMs, () => {
      this.#pause = undefined;
      this.#send();
    });
  }

  #finish(input: NotifierInput): void {
    this.#take(input);
    this.#over();
  }

  #over(): void {
    this.#state = 'terminated';
    this.#expiry?.cancel();
    this.#pause?.cancel();
    this.#onEnded();
    this.#endedListener();
  }

  #take(input: NotifierInput): void {
    this.#state = NOTIFIER_TABLE[this.#state][input].next;
  }
}

/** The dialog of a subscription: how it sends, and what refuses a request within it. */
export interface OpenedDialog {
  readonly sender: DialogSender;
  readonly receive: (transaction: ServerTransaction) => 481 | 500 | undefined;
}

/** Whether 423 is due: only for less than an hour, and never for an end or a poll (RFC 6665 §4.2.1.1). */
export function isTooBrief(asked: number | undefined, { expires }: Pick<NotifierPolicy, 'expires'>): boolean {
  return asked !== undefined && asked > 0 && asked < 3600 && asked < expires.least;
}

/** Seconds granted: never more than asked for (RFC 6665 §4.2.1.1). */
export function grantedExpires(asked: number | undefined, { expires }: Pick<NotifierPolicy, 'expires'>): number {
  return Math.min(asked ?? expires.usual, expires.most);
}
