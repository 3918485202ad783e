import type { Timer } from '../../base/clock.ts';
import { randomToken } from '../../base/random.ts';
import type { ClientDigest } from '../auth/client-digest.ts';
import { Dialog } from '../dialog/dialog.ts';
import { formatEvent, isSameEvent, readEvent, type EventType } from '../message/event.ts';
import { createRequest } from '../message/factory.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { formatNameAddress } from '../message/name-address.ts';
import type { Uri } from '../message/uri.ts';
import type { ServerTransaction } from '../transaction/transaction-user.ts';
import type { Flow } from '../transport/flow.ts';
import { unsupportedOptions } from './capabilities.ts';
import type { DialogUsage, DialogUsages } from './dialog-usages.ts';
import { answer, contactHeaders, EventDialog, type EventPorts, type HeaderFields } from './dialog-sender.ts';
import { OutgoingRequest } from './outgoing-request.ts';
import { refreshAfterS } from './retry-delay.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { statusDiagnosis } from './status-diagnosis.ts';
import { SubscriberUsage, type Notification, type SubscriberEnd } from './subscriber-usage.ts';
import type { SubscriberState } from './subscriber-states.ts';

/** An address with the name that people see. */
export interface Party {
  readonly displayName?: string | undefined;
  readonly uri: Uri;
}

/** To what a subscription is, and as whom. */
export interface SubscriptionTarget {
  readonly event: EventType;
  /** Types that its NOTIFYs may have. */
  readonly accept: readonly string[];
  /** Request-URI: the resource. */
  readonly target: Uri;
  /** To; the target where absent. */
  readonly to?: Party | undefined;
  readonly from: Party;
  readonly digest: ClientDigest | undefined;
  readonly headers?: HeaderFields;
}

/** Final responses to a refresh that end the subscription; any other leaves it as long as was granted (RFC 6665 §4.1.2.2). */
const ENDS_SUBSCRIPTION: ReadonlySet<number> = new Set([
  404, 405, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604,
]);

/** No notifier may ask for more than a day. */
const LONGEST_MIN_EXPIRES_S = 86_400;

/**
 * One subscription from its SUBSCRIBE to its end (RFC 6665 §4.1.2): the first NOTIFY makes the dialog, before the 2xx or after
 * it; refreshes go out in time; a 423 is heeded. It does not come back by itself: that is `Subscription`.
 */
export class SubscriptionDialog implements DialogUsage {
  readonly callId: string;
  readonly #ports: EventPorts;
  readonly #target: SubscriptionTarget;
  readonly #flow: Flow;
  readonly #fromTag: string;
  readonly #usage: SubscriberUsage;
  readonly #release: () => void;
  readonly #onState: () => void;
  readonly #forgetFlow: () => void;
  #expires: number;
  #sequence = 0;
  #dialog: EventDialog | undefined;
  #refresh: Timer | undefined;
  #leaving = false;

  constructor(options: {
    readonly ports: EventPorts;
    readonly usages: DialogUsages;
    readonly target: SubscriptionTarget;
    readonly flow: Flow;
    /** Seconds asked for; 0 polls (RFC 6665 §4.4.3). */
    readonly expires: number;
    readonly onNotify: (notification: Notification) => void;
    readonly onState: () => void;
    /** Comes once, last. */
    readonly onEnded: (end: SubscriberEnd) => void;
  }) {
    const { ports } = options;
    this.#ports = ports;
    this.#target = options.target;
    this.#flow = options.flow;
    this.#expires = options.expires;
    this.#onState = options.onState;
    this.callId = randomToken(ports.random, 22);
    this.#fromTag = randomToken(ports.random, 10);
    this.#usage = new SubscriberUsage({
      clock: ports.clock,
      onNotify: options.onNotify,
      onEnded: (end) => {
        this.#refresh?.cancel();
        this.#release();
        this.#forgetFlow();
        options.onEnded(end);
      },
    });
    this.#release = options.usages.add(this);
    // NOTIFYs come on the connection that we opened: without it there will be none.
    this.#forgetFlow =
      options.flow.protocol === 'udp'
        ? () => undefined
        : options.flow.onClose((diagnosis) => {
            this.#usage.refuse({ diagnosis });
          });
    this.#subscribe();
  }

  get state(): SubscriberState {
    return this.#usage.state;
  }

  /** On the monotonic clock; `undefined` before anything was granted. */
  get expiresAtMs(): number | undefined {
    return this.#usage.expiresAtMs;
  }

  /** Seconds that the notifier wants at least, or we asked for. */
  get expires(): number {
    return this.#expires;
  }

  /** Sends Expires 0 (RFC 6665 §4.1.2.3); the end comes with the last NOTIFY, or with Timer N. */
  unsubscribe(): void {
    if (this.#leaving) return;
    this.#leaving = true;
    this.#refresh?.cancel();
    // Before the first NOTIFY there is no dialog to say it in.
    if (this.#dialog !== undefined) this.#renew(this.#dialog, 0);
  }

  /** Refreshes at once. */
  renew(): void {
    if (this.#dialog !== undefined && !this.#leaving) this.#renew(this.#dialog, this.#expires);
  }

  matches(request: SipRequest): boolean {
    const event = readEvent(request);
    return (
      request.method === 'NOTIFY' &&
      request.toTag === this.#fromTag &&
      event !== undefined &&
      isSameEvent(event, this.#target.event) &&
      // RFC 6665 §4.4.1: NOTIFYs of other forks would make dialogs of their own; we keep the first and refuse them with 481.
      (this.#dialog === undefined || this.#dialog.id.remoteTag === request.fromTag)
    );
  }

  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const unsupported = unsupportedOptions(request);
    if (unsupported.length > 0) {
      answer(this.#ports, transaction, 420, [['Unsupported', unsupported.join(', ')]]);
      return;
    }
    const refusal = this.#usage.refusalOf(request) ?? this.#dialog?.receive(transaction);
    if (refusal !== undefined) {
      answer(this.#ports, transaction, refusal);
      return;
    }
    const response = answer(this.#ports, transaction, 200, contactHeaders(this.#ports, transaction.flow));
    if (this.#dialog === undefined) this.#establish(request, response);
    this.#usage.take(request, readEvent(request) ?? this.#target.event);
    if (this.#usage.state === 'terminated') return;
    // Who wants out, or only one answer, goes on waiting for the NOTIFY that ends it.
    if (this.#leaving || this.#expires === 0) this.#usage.awaitNotify();
    this.#onState();
    this.#planRefresh();
  }

  /** The first NOTIFY makes the dialog: its From tag, Contact and Record-Route (RFC 6665 §4.4.1). */
  #establish(notify: SipRequest, response: SipResponse): void {
    const dialog = Dialog.fromRequest(notify, response);
    if (!dialog.ok) return;
    dialog.value.localSequence = this.#sequence;
    this.#dialog = new EventDialog(this.#ports, dialog.value, this.#flow, this.#target.digest);
    if (this.#leaving) this.#renew(this.#dialog, 0);
  }

  #subscribe(): void {
    const { target, to = { uri: target }, from, digest } = this.#target;
    const request = createRequest({
      method: 'SUBSCRIBE',
      uri: target,
      headers: [
        ['Max-Forwards', '70'],
        ['From', `${formatNameAddress(from)};tag=${this.#fromTag}`],
        ['To', formatNameAddress(to)],
        ['Call-ID', this.callId],
        ['CSeq', `${++this.#sequence} SUBSCRIBE`],
        ...contactHeaders(this.#ports, this.#flow),
        ['User-Agent', this.#ports.userAgent],
        ...this.#headers(this.#expires),
      ],
    });
    this.#usage.awaitNotify();
    new OutgoingRequest({
      transactions: this.#ports.transactions,
      request,
      flow: this.#flow,
      digest,
      onSequence: (sequence) => {
        this.#sequence = sequence;
      },
      user: {
        onFinal: (response) => {
          if (response.status < 300) this.#granted(response);
          else if (response.status === 423 && this.#takeMinimum(response)) this.#subscribe();
          else this.#refused(response);
        },
        onFailure: (diagnosis) => {
          // A NOTIFY that came proves that the SUBSCRIBE arrived: only its answer was lost.
          if (this.#dialog === undefined) this.#usage.refuse({ diagnosis });
          else if (this.#usage.expiresAtMs === undefined) this.#usage.grant(this.#expires);
        },
      },
    });
  }

  #headers(expires: number): HeaderFields {
    const { event, accept, headers = [] } = this.#target;
    return [
      ['Event', formatEvent(event)],
      ...(accept.length === 0 ? [] : [['Accept', accept.join(', ')] as const]),
      ['Expires', String(expires)],
      ...headers,
    ];
  }

  #renew(dialog: EventDialog, expires: number): void {
    this.#usage.awaitNotify();
    void dialog.send('SUBSCRIBE', { headers: this.#headers(expires) }).then((answered) => {
      if (!answered.ok) {
        // RFC 6665 §4.1.2.2: silence counts as 408; Timer N is running for the NOTIFY that should have come.
        if (expires === 0) this.#usage.refuse({ diagnosis: answered.error });
        return;
      }
      const response = answered.value;
      if (response.status < 300) this.#granted(response);
      else if (expires === 0 || ENDS_SUBSCRIPTION.has(response.status)) this.#refused(response);
      else if (response.status === 423 && this.#takeMinimum(response)) this.#renew(dialog, this.#expires);
      else this.#keep(response);
    });
  }

  /** A refusal that does not end it: as long as was granted it goes on, and the refresh is tried again (RFC 6665 §4.1.2.2). */
  #keep(response: SipResponse): void {
    this.#usage.keep();
    this.#planRefresh(retryAfterSeconds(response));
  }

  #granted(response: SipResponse): void {
    const expires = expiresOf(response);
    if (this.#leaving || this.#expires === 0) return;
    this.#usage.grant(Math.min(expires ?? this.#expires, this.#expires));
    this.#planRefresh();
  }

  #refused(response: SipResponse): void {
    this.#usage.refuse({
      status: response.status,
      retryAfterS: retryAfterSeconds(response),
      diagnosis: statusDiagnosis(response),
    });
  }

  #takeMinimum(response: SipResponse): boolean {
    const minimum = Number(response.headers.get('Min-Expires'));
    if (!Number.isInteger(minimum) || minimum <= this.#expires || minimum > LONGEST_MIN_EXPIRES_S) return false;
    this.#expires = minimum;
    return true;
  }

  #planRefresh(atLeastS = 0): void {
    const { expiresAtMs, state } = this.#usage;
    this.#refresh?.cancel();
    if (expiresAtMs === undefined || state === 'terminated' || this.#leaving || this.#expires === 0) return;
    const left = (expiresAtMs - this.#ports.clock.now()) / 1000;
    this.#refresh = this.#ports.clock.after(Math.max(refreshAfterS(left), atLeastS, 1) * 1000, () => {
      this.renew();
    });
  }
}

/** The seconds of Expires; `undefined` where there are none. */
export function expiresOf(message: SipRequest | SipResponse): number | undefined {
  const text = message.headers.get('Expires') ?? '';
  return /^\s*\d{1,10}\s*$/.test(text) ? Math.min(Number(text), 2 ** 32 - 1) : undefined;
}
