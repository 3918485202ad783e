import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Tracer } from '../../trace/tracer.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Result } from '../../base/result.ts';
import { readEvent } from '../message/event.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { SipUri, Uri } from '../message/uri.ts';
import type { ServerTransaction, Transactions, TransactionUser } from '../transaction/transaction-user.ts';
import type { Flow } from '../transport/flow.ts';
import { ACCEPTED_ENCODINGS, ACCEPTED_TYPES, bodyRefusal } from './body-checks.ts';
import { CallTable } from './call-table.ts';
import { ALLOWED_METHODS, SUPPORTED_OPTIONS, unsupportedOptions } from './capabilities.ts';
import { answer, type HeaderFields } from './dialog-sender.ts';
import { DialogUsages } from './dialog-usages.ts';
import type { EventPackage } from './event-package.ts';
import type { EventStateCompositor } from './event-state-compositor.ts';
import type { IncomingReferral } from './incoming-referral.ts';
import { InviteClientSession, type InviteClientOptions } from './invite-client-session.ts';
import { InviteServerSession, type InviteServerOptions } from './invite-server-session.ts';
import { type InviteSession, type SessionPorts } from './invite-session.ts';
import { Notifier, type NotifierLimits } from './notifier.ts';
import { sendOutOfDialog, type OutOfDialogContent, type RequestTarget } from './out-of-dialog-request.ts';
import { OutgoingReferral, type ReferralOptions } from './outgoing-referral.ts';
import { readPagerMessage, sendPagerMessage, type PagerMessage } from './pager-message.ts';
import { Publication, type PublicationOptions } from './publication.ts';
import { ReferralReceiver } from './referral-receiver.ts';
import { relatedCall } from './replaced-dialog.ts';
import type { Body, SessionDescriptionHandler } from './session-description-handler.ts';
import { tooShort, type SessionTimerSettings } from './session-timer.ts';
import { Subscription, type SubscriptionOptions } from './subscription.ts';
import { DEFAULT_TIMER_VALUES } from '../transaction/timers.ts';

export interface UserAgentOptions {
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
  /** User-Agent and Server header. */
  readonly userAgent: string;
  /** The Contact that reaches us on a flow. */
  readonly contact: (flow: Flow) => SipUri;
  /** RFC 4028: half an hour, and 90 seconds at least, where absent. */
  readonly sessionTimer?: SessionTimerSettings | undefined;
  /** How many subscriptions of others may be alive. */
  readonly notifierLimits?: NotifierLimits | undefined;
}

/** Who decides on what comes in. */
export interface UserAgentUser {
  /**
   * A new INVITE: answer it through `createServerSession`, or refuse it with `respond`. Where it is to take the place of a call
   * of ours (RFC 3891) that call comes with it: whoever may not replace it is refused with 403, else there need be no ringing.
   * The call is ended when the new one is accepted.
   */
  onInvite(transaction: ServerTransaction, replaced?: InviteSession): void;
  /** An INVITE that wants to join a call of ours (RFC 3911); without this it is refused with 488. */
  onJoin?(transaction: ServerTransaction, joined: InviteSession): void;
  /** Any other request outside a dialog, before the user agent looks at it. `false` leaves it to the user agent. */
  onRequest?(transaction: ServerTransaction): boolean;
  /** The status that refuses a Request-URI, such as 404 for a user that is none of ours. */
  refuseUri?(uri: Uri): number | undefined;
  /** The status that an INVITE would get now, for OPTIONS (RFC 3261 §11.2); 200 where absent. */
  availability?(request: SipRequest): number;
  /** Somebody refers us to somebody else (RFC 3515); without this it is refused with 603. */
  onRefer?(referral: IncomingReferral): void;
  /** A message came (RFC 3428). Gives the status of its answer; without this it is 480. */
  onMessage?(message: PagerMessage): number;
}

/** How long a closing user agent waits for the answers to its BYEs. */
const FAREWELL_MS = 2000;

/** The Contact of one session, where it is another than that of its user agent: the one of an account. */
interface SessionContact {
  readonly contact?: ((flow: Flow) => SipUri) | undefined;
}

/**
 * The core above the transactions (RFC 3261 §8, §12.2): finds the session that a request, an ACK or a stray 2xx belongs
 * to, places and takes calls. A phone has one, and each profile of the switch.
 */
export class UserAgent implements TransactionUser {
  readonly #options: UserAgentOptions;
  readonly #ports: SessionPorts;
  readonly #sessions = new CallTable();
  /** Client sessions by Call-ID, for 2xx of forks whose dialog nobody knows yet. */
  readonly #clientSessions = new Map<string, InviteClientSession>();
  readonly #usages = new DialogUsages();
  readonly #subscriptions = new Set<Subscription | Publication>();
  readonly #notifier: Notifier;
  readonly #referrals: ReferralReceiver;
  readonly #compositors = new Map<string, EventStateCompositor>();
  /** The calls that INVITEs are to replace. */
  readonly #replaced = new WeakMap<ServerTransaction, InviteSession>();
  /** BYEs without an answer yet. */
  readonly #farewells = new Set<Promise<unknown>>();
  #user: UserAgentUser = { onInvite: (transaction) => { this.reply(transaction, 480); } }; // prettier-ignore

  constructor(options: UserAgentOptions) {
    this.#options = options;
    this.#ports = {
      ...options,
      adopt: (dialog, session) => this.#sessions.add(dialog.id, session),
      onRequest: (session, transaction) => this.#within(session, transaction),
      ended: (session) => {
        // A retransmitted 2xx may come for as long as its sender repeats it (RFC 3261 §13.3.1.4).
        options.clock.after(64 * DEFAULT_TIMER_VALUES.t1, () => this.#clientSessions.delete(session.callId));
      },
      farewell: (said) => {
        this.#farewells.add(said);
        void said.finally(() => this.#farewells.delete(said));
      },
    };
    this.#notifier = new Notifier(options, this.#usages, options.notifierLimits);
    this.#referrals = new ReferralReceiver(options, this.#usages, this.#sessions);
    this.#notifier.serve(this.#referrals.eventPackage);
    options.transactions.setUser(this);
  }

  setUser(user: UserAgentUser): void {
    this.#user = user;
  }

  /** Sessions that have a dialog, those included whose BYE is not answered yet. */
  get sessions(): ReadonlySet<InviteSession> {
    return new Set(this.#sessions);
  }

  /** Makes a call; `start()` of the session sends it. */
  createClientSession({
    contact,
    ...options
  }: Omit<InviteClientOptions, 'ports'> & SessionContact): InviteClientSession {
    const session = new InviteClientSession({ ...options, ports: this.#portsWith(contact) });
    this.#clientSessions.set(session.callId, session);
    return session;
  }

  /** Takes the INVITE of `transaction` as a call. */
  createServerSession(
    transaction: ServerTransaction,
    handler: SessionDescriptionHandler,
    { contact, ...options }: InviteServerOptions & SessionContact = {},
  ): InviteServerSession {
    const replaces = options.replaces ?? this.#replaced.get(transaction);
    return new InviteServerSession({ ...options, ports: this.#portsWith(contact), handler, transaction, replaces });
  }

  #portsWith(contact: SessionContact['contact']): SessionPorts {
    return contact === undefined ? this.#ports : { ...this.#ports, contact };
  }

  /** Subscribes, and keeps it so until `stop()` (RFC 6665 §4.1); `expires: 0` asks once. */
  subscribe(options: SubscriptionOptions): Subscription {
    const subscription: Subscription = new Subscription(this.#options, this.#usages, {
      ...options,
      onChange: (view) => {
        if (view.phase === 'ended' || view.phase === 'off') this.#subscriptions.delete(subscription);
        options.onChange?.(view);
      },
    });
    this.#subscriptions.add(subscription);
    subscription.start();
    return subscription;
  }

  /** Publishes event state once `publish()` gives it one (RFC 3903 §4). */
  publication(options: PublicationOptions): Publication {
    const publication = new Publication(this.#options, options);
    this.#subscriptions.add(publication);
    return publication;
  }

  /** Sends a REFER (RFC 3515): a transfer, where it is within a call, which must have a dialog by then. */
  refer(options: ReferralOptions): OutgoingReferral {
    return new OutgoingReferral(this.#options, this.#usages, options);
  }

  /** Sends a message (RFC 3428); resolves with the final response. */
  message(target: RequestTarget, message: string | Body): Promise<Result<SipResponse, Diagnosis>> {
    return sendPagerMessage(this.#options, target, message);
  }

  /** Asks what somebody can do (RFC 3261 §11.1); resolves with the final response. */
  options(target: RequestTarget): Promise<Result<SipResponse, Diagnosis>> {
    return this.request(target, { method: 'OPTIONS', contact: true, headers: [['Accept', ACCEPTED_TYPES]] });
  }

  /** Sends any request outside a dialog; resolves with the final response. */
  request(target: RequestTarget, content: OutOfDialogContent): Promise<Result<SipResponse, Diagnosis>> {
    return sendOutOfDialog(this.#options, target, content);
  }

  /** Serves an event package from now on (RFC 6665 §4.2). */
  serve(eventPackage: EventPackage): void {
    this.#notifier.serve(eventPackage);
  }

  /** Takes PUBLISHes for a package from now on (RFC 3903 §6). */
  compose(compositor: EventStateCompositor): void {
    this.#compositors.set(compositor.event, compositor);
  }

  /** How many subscriptions and referrals are alive, from here and from there. */
  get usages(): number {
    return this.#usages.size;
  }

  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (request.toTag !== undefined) {
      // A subscription may outlive the call whose dialog it shares (RFC 5057 §4.1), so it is asked first.
      const usage = this.#usages.find(request);
      const session = this.#sessions.find(request);
      if (usage !== undefined) usage.receive(transaction);
      else if (session !== undefined) session.receive(transaction);
      else this.reply(transaction, 481);
      return;
    }
    const refused = this.#refusal(request);
    if (refused !== undefined) this.reply(transaction, refused.status, refused.headers);
    else if (request.method === 'INVITE') this.#receiveInvite(transaction);
    else if (this.#user.onRequest?.(transaction) !== true) this.#receive(transaction);
  }

  /** What is wrong with a request outside any dialog, whatever it asks for (RFC 3261 §8.2). */
  #refusal(request: SipRequest): { readonly status: number; readonly headers?: HeaderFields } | undefined {
    const { uri, method } = request;
    if (uri.scheme === 'other') return { status: 416 };
    const unwanted = this.#user.refuseUri?.(uri);
    if (unwanted !== undefined) return { status: unwanted };
    const unsupported = method === 'CANCEL' ? [] : unsupportedOptions(request);
    if (unsupported.length > 0) return { status: 420, headers: [['Unsupported', unsupported.join(', ')]] };
    const unreadable = bodyRefusal(request);
    return unreadable === undefined ? undefined : { status: 415, headers: [unreadable] };
  }

  #receiveInvite(transaction: ServerTransaction): void {
    const { request } = transaction;
    const refused = tooShort(request, this.#options.sessionTimer);
    const related = relatedCall(request, this.#sessions);
    // Without a Contact there would be no dialog to be in (RFC 3261 §12.1.1).
    if (request.contacts === '*' || request.contacts.length !== 1) this.reply(transaction, 400);
    else if (refused !== undefined) this.reply(transaction, 422, refused);
    else if (related.kind === 'refused') this.reply(transaction, related.status);
    else if (related.kind === 'none') this.#user.onInvite(transaction);
    else if (related.kind === 'replaces') {
      this.#replaced.set(transaction, related.session);
      this.#user.onInvite(transaction, related.session);
    } else if (this.#user.onJoin === undefined) this.reply(transaction, 488);
    else this.#user.onJoin(transaction, related.session);
  }

  /** A request outside any dialog that its user left to us. */
  #receive(transaction: ServerTransaction): void {
    const { method } = transaction.request;
    switch (method) {
      case 'OPTIONS':
        this.#replyToOptions(transaction);
        return;
      case 'MESSAGE':
        this.reply(transaction, this.#user.onMessage?.(readPagerMessage(transaction)) ?? 480);
        return;
      case 'SUBSCRIBE':
        this.#notifier.receive(transaction);
        return;
      case 'REFER':
        this.#receiveRefer(transaction);
        return;
      case 'BYE':
      case 'INFO':
      case 'UPDATE':
      case 'PRACK':
      case 'NOTIFY':
        // RFC 3261 §15.1.2, RFC 6086 §4.2.1, RFC 3311 §5.2, RFC 3262 §3, RFC 6665 §4.1.3: nothing of ours is named.
        this.reply(transaction, 481);
        return;
      default:
        if (method === 'PUBLISH' && this.#compositors.size > 0) this.#receivePublish(transaction);
        else this.reply(transaction, 405, [['Allow', this.#allowedMethods]]);
    }
  }

  /** A request in the dialog of a call that is not the call's own business. */
  #within(session: InviteSession, transaction: ServerTransaction): boolean {
    const unreadable = bodyRefusal(transaction.request);
    switch (transaction.request.method) {
      case 'REFER':
        this.#receiveRefer(transaction, session);
        return true;
      case 'MESSAGE':
        if (unreadable !== undefined) this.reply(transaction, 415, [unreadable]);
        else this.reply(transaction, this.#user.onMessage?.(readPagerMessage(transaction)) ?? 480);
        return true;
      case 'SUBSCRIBE':
        // RFC 6665 §4.4.1: no new subscription in a dialog that is there.
        this.reply(transaction, 403);
        return true;
      case 'NOTIFY':
        this.reply(transaction, 481);
        return true;
      default:
        return false;
    }
  }

  #receiveRefer(transaction: ServerTransaction, within?: InviteSession): void {
    const referral = this.#referrals.receive(transaction, within);
    if (referral === undefined) return;
    if (this.#user.onRefer === undefined) referral.refuse();
    else this.#user.onRefer(referral);
  }

  #receivePublish(transaction: ServerTransaction): void {
    const compositor = this.#compositors.get(readEvent(transaction.request)?.name ?? '');
    if (compositor === undefined) {
      this.reply(transaction, 489, [['Allow-Events', [...this.#compositors.keys()].join(', ')]]);
    } else compositor.receive(transaction);
  }

  /** All that we can do, under the status that an INVITE would get (RFC 3261 §11.2). */
  #replyToOptions(transaction: ServerTransaction): void {
    this.reply(transaction, this.#user.availability?.(transaction.request) ?? 200, [
      ['Allow', this.#allowedMethods],
      ['Accept', ACCEPTED_TYPES],
      ['Accept-Encoding', ACCEPTED_ENCODINGS],
      ['Accept-Language', 'en'],
      ['Supported', SUPPORTED_OPTIONS.join(', ')],
      ...this.#notifier.allowEvents,
    ]);
  }

  get #allowedMethods(): string {
    return this.#compositors.size === 0 ? ALLOWED_METHODS : `${ALLOWED_METHODS}, PUBLISH`;
  }

  onAck(ack: SipRequest): void {
    this.#sessions.find(ack)?.receiveAck(ack);
  }

  onStrayResponse(response: SipResponse, flow: Flow): void {
    if (response.cseq?.method !== 'INVITE') return;
    const session = this.#sessions.find(response) ?? this.#clientSessions.get(response.callId);
    session?.receiveStrayResponse(response, flow);
  }

  /** Hangs up and unsubscribes whatever is there; resolves when the other ends know, or two seconds later. */
  async close(): Promise<void> {
    for (const session of this.sessions) session.hangUp();
    const partings = [...this.#subscriptions].map((subscription) => subscription.stop());
    for (const said of [...partings, this.#notifier.close()]) this.#ports.farewell(said);
    for (const compositor of this.#compositors.values()) compositor.close();
    if (this.#farewells.size === 0) return;
    await new Promise<void>((resolve) => {
      const timer = this.#options.clock.after(FAREWELL_MS, resolve);
      void Promise.allSettled([...this.#farewells]).then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  /** Answers a request, with a To tag of its own where it has none. */
  reply(transaction: ServerTransaction, status: number, headers: HeaderFields = []): void {
    answer(this.#options, transaction, status, headers);
  }
}
