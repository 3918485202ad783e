import type { Clock } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Random } from '../../base/random.ts';
import type { Result } from '../../base/result.ts';
import type { Tracer } from '../../trace/tracer.ts';
import type { ClientDigest } from '../auth/client-digest.ts';
import type { Dialog } from '../dialog/dialog.ts';
import { createResponse } from '../message/factory.ts';
import { splitList } from '../message/lists.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import { formatUri, type SipUri } from '../message/uri.ts';
import type { ServerTransaction, Transactions } from '../transaction/transaction-user.ts';
import type { Flow } from '../transport/flow.ts';
import { AckWaiter } from './ack-waiter.ts';
import { CallDialog } from './call-dialog.ts';
import { CallRequests } from './call-requests.ts';
import { ALLOWED_METHODS, CAPABILITY_HEADERS, unsupportedOptions } from './capabilities.ts';
import { endsSession } from './in-dialog-failure.ts';
import { infoPackageRefusal } from './info-package.ts';
import { readReasons, reasonHeaders, type Reason } from './reason.ts';
import { Renegotiation, type RenegotiationRequest } from './renegotiation.ts';
import type { Body, HoldState, OfferWish, SessionDescriptionHandler } from './session-description-handler.ts';
import { DEFAULT_SESSION_TIMER, SessionTimer, type SessionTimerSettings } from './session-timer.ts';
import { ackMissing, sessionExpired } from './session-diagnoses.ts';
import { statusDiagnosis } from './status-diagnosis.ts';

/** Where a session stands. `ending`: our CANCEL or BYE is out, its answer not yet in. */
export type SessionState = 'initial' | 'proceeding' | 'early' | 'established' | 'ending' | 'ended';

/** What can happen to a session. */
export type SessionInput = 'provisional' | 'dialog' | 'accepted' | 'hang-up' | 'gone';

/**
 * The life of a session (RFC 3261 §13, §15): state × input → next state. An input that changes nothing maps to its own
 * state; every cell is there.
 */
export const SESSION_TABLE: Readonly<Record<SessionState, Readonly<Record<SessionInput, SessionState>>>> = {
  /** INVITE sent or received, nothing answered (§13.2.1, §13.3.1). */
  initial: { provisional: 'proceeding', dialog: 'early', accepted: 'established', 'hang-up': 'ending', gone: 'ended' },
  /** A provisional response without To tag went by: no dialog yet (§13.2.2.1). */
  proceeding: { provisional: 'proceeding', dialog: 'early', accepted: 'established', 'hang-up': 'ending', gone: 'ended' },
  /** A provisional response with To tag: an early dialog (§12.1). */
  early: { provisional: 'early', dialog: 'early', accepted: 'established', 'hang-up': 'ending', gone: 'ended' },
  /** A 2xx went by (§13.2.2.4). Late provisional responses mean nothing any more. */
  established: { provisional: 'established', dialog: 'established', accepted: 'established', 'hang-up': 'ending', gone: 'ended' },
  /** We want out. A 2xx that crosses our CANCEL is acknowledged and ended by BYE (§9.1, §15), so the state stays. */
  ending: { provisional: 'ending', dialog: 'ending', accepted: 'ending', 'hang-up': 'ending', gone: 'ended' },
  /** Over: nothing brings a session back. */
  ended: { provisional: 'ended', dialog: 'ended', accepted: 'ended', 'hang-up': 'ended', gone: 'ended' },
}; // prettier-ignore

/** How a session ended. */
export interface SessionEnd {
  readonly by: 'here' | 'there';
  readonly cause: 'bye' | 'cancelled' | 'refused' | 'failed';
  /** The final response, where one ended it. */
  readonly status: number | undefined;
  /** Present where it is more than a normal end. */
  readonly diagnosis: Diagnosis | undefined;
  /** What the BYE, CANCEL or final response gave as Reason (RFC 3326), such as a call completed elsewhere. */
  readonly reasons?: readonly Reason[];
  /** Where a 3xx that nobody followed sends callers, the best first. */
  readonly redirectedTo?: readonly SipUri[];
  /** When the peer may be tried again, seconds (RFC 3261 §20.33). */
  readonly retryAfterS?: number | undefined;
}

/** What a new agreement within a session came to. */
export interface Renegotiated {
  /** Who made the offer. */
  readonly by: 'here' | 'there';
  readonly hold: HoldState;
}

/** Who is told what happens to a session. */
export interface InviteSessionUser {
  /** 180 rings there; 183 and others tell of progress. */
  onProgress?(response: SipResponse): void;
  onEstablished?(): void;
  /** Offer and answer went through again: hold and resume of either side show here. */
  onRenegotiated?(renegotiated: Renegotiated): void;
  /** An INFO in the dialog (RFC 6086, and DTMF of before); it is answered already. */
  onInfo?(body: Body): void;
  /** Any other request in the dialog, such as REFER or NOTIFY: who answers it says `true`; what nobody takes gets 405. */
  onRequest?(transaction: ServerTransaction): boolean;
  /** Comes once, last. */
  onEnded(end: SessionEnd): void;
}

/** What a session needs of its user agent. */
export interface SessionPorts {
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
  readonly userAgent: string;
  /** The Contact that reaches us on a flow. */
  readonly contact: (flow: Flow) => SipUri;
  /** RFC 4028; {@link DEFAULT_SESSION_TIMER} where absent. */
  readonly sessionTimer?: SessionTimerSettings | undefined;
  /** Makes requests and responses within a dialog find the session, and forgets them again. */
  readonly adopt: (dialog: Dialog, session: InviteSession) => () => void;
  /** A request in a dialog that is not the session's own business, such as REFER; `false` where nobody takes it. */
  readonly onRequest: (session: InviteSession, transaction: ServerTransaction) => boolean;
  /** Told once, when the session is over. */
  readonly ended: (session: InviteSession) => void;
  /** Given what settles when a BYE was answered or given up: who closes the user agent waits for it. */
  readonly farewell: (said: Promise<unknown>) => void;
}

type HeaderFields = readonly (readonly [name: string, value: string])[];

/** What both sides of a call share once there is a dialog: requests within it, changes, the end. */
export abstract class InviteSession {
  protected readonly ports: SessionPorts;
  protected readonly handler: SessionDescriptionHandler;
  protected readonly digest: ClientDigest | undefined;
  protected readonly timer: SessionTimer;
  protected readonly acks: AckWaiter;
  /** Every dialog that the INVITE made, by remote tag. */
  protected readonly dialogs = new Map<string, CallDialog>();
  /** The one that counts: the last early one, then the established one. */
  protected current: CallDialog | undefined;
  /** Sends in our dialogs. */
  protected readonly requests: CallRequests;
  protected user: InviteSessionUser = { onEnded: () => undefined };
  readonly #renegotiation: Renegotiation;
  #state: SessionState = 'initial';
  #peerMethods: ReadonlySet<string> = new Set();

  protected constructor(options: {
    readonly ports: SessionPorts;
    readonly handler: SessionDescriptionHandler;
    readonly flow: Flow;
    readonly digest: ClientDigest | undefined;
    /** Gives another flow where the first one was lost; without it a lost flow loses the session's requests. */
    readonly reconnect: (() => Promise<Result<Flow, Diagnosis>>) | undefined;
    /** Whether the INVITE is ours, and with it the Call-ID. */
    readonly ownsCallId: boolean;
  }) {
    const { ports, handler } = options;
    this.ports = ports;
    this.handler = handler;
    this.digest = options.digest;
    this.requests = new CallRequests(options.flow, {
      transactions: ports.transactions,
      handler,
      digest: options.digest,
      reconnect: options.reconnect,
      commonHeaders: () => this.commonHeaders(),
      contactHeaders: (flow) => this.contactHeaders(flow),
      onFinal: (leg, method, response) => {
        this.#judge(leg, method, response);
      },
      onSilence: (leg, method, diagnosis) => {
        if (endsSession(method, 408)) this.#lost(leg, method, 408, diagnosis);
      },
      onUnusable: (diagnosis) => {
        this.endWithBye({ by: 'here', cause: 'failed', status: undefined, diagnosis });
      },
    });
    this.acks = new AckWaiter(ports.clock, () => {
      const diagnosis = ackMissing(formatUri(ports.contact(this.flow)));
      this.#giveUp(diagnosis, 'ACK missing');
    });
    this.timer = new SessionTimer({
      clock: ports.clock,
      settings: ports.sessionTimer ?? DEFAULT_SESSION_TIMER,
      onRefresh: async () => (await this.refresh()).ok,
      onExpired: (intervalS) => {
        this.#giveUp(sessionExpired(intervalS), 'Session timer expired');
      },
    });
    this.#renegotiation = new Renegotiation({
      clock: ports.clock,
      random: ports.random,
      handler,
      timer: this.timer,
      acks: this.acks,
      ownsCallId: options.ownsCallId,
      dialog: () => (this.#state === 'established' || this.#state === 'early' ? this.current : undefined),
      established: () => this.#state === 'established',
      peerTakesUpdate: () => this.#peerMethods.has('UPDATE'),
      refusesUpdate: () => {
        this.#peerMethods = new Set([...this.#peerMethods].filter((method) => method !== 'UPDATE'));
      },
      send: (leg, method, parts) => this.requests.send(leg, method, parts),
      acknowledge: (leg, invite, body) => {
        this.requests.acknowledge(leg, invite, body);
      },
      respond: (transaction, status, headers) => {
        this.respond(transaction, status, headers);
      },
      contactHeaders: (flow) => this.contactHeaders(flow),
      renegotiated: (by) => {
        this.user.onRenegotiated?.({ by, hold: this.holdState });
      },
      fail: (diagnosis) => {
        this.endWithBye({ by: 'here', cause: 'failed', status: undefined, diagnosis });
      },
    });
  }

  abstract readonly callId: string;

  get state(): SessionState {
    return this.#state;
  }

  get flow(): Flow {
    return this.requests.flow;
  }

  /** The dialog that counts; `undefined` before a response made one. */
  get dialog(): Dialog | undefined {
    return this.current?.dialog;
  }

  /** Who holds the session (RFC 3264 §8.4), as of the last agreement. */
  get holdState(): HoldState {
    return this.handler.holdState ?? { here: false, there: false };
  }

  setUser(user: InviteSessionUser): void {
    this.user = user;
  }

  /** Ends the session in whatever state it is: CANCEL, refusal or BYE; `reason` tells the peer why (RFC 3326). */
  abstract hangUp(reason?: Reason): void;

  /** Sends a request within the dialog (INFO, for one); resolves with its final response. */
  async request(method: string, body?: Body, headers: HeaderFields = []): Promise<Result<SipResponse, Diagnosis>> {
    if (this.current === undefined) throw new Error(`${method} needs a dialog`);
    const answered = await this.requests.send(this.current, method, { headers, body });
    return answered.ok ? { ok: true, value: answered.value.response } : answered;
  }

  /**
   * Changes the running session by an offer, or asks the peer for one (RFC 3261 §14, RFC 3311). Where it fails with anything
   * but the end of the session, all stays as it was. One change after the other.
   */
  renegotiate(request: RenegotiationRequest = {}): Promise<Result<void, Diagnosis>> {
    return this.#renegotiation.start(request);
  }

  /** An offer by UPDATE, which the peer has to answer at once; the only way before the call is answered (RFC 3311 §5.1). */
  update(wish: OfferWish = {}): Promise<Result<void, Diagnosis>> {
    return this.renegotiate({ method: 'UPDATE', wish });
  }

  /** Puts the peer on hold (RFC 3264 §8.4). */
  hold(): Promise<Result<void, Diagnosis>> {
    return this.renegotiate({ wish: { held: true } });
  }

  /** Takes the peer off hold. */
  resume(): Promise<Result<void, Diagnosis>> {
    return this.renegotiate({ wish: { held: false } });
  }

  /** Tells the peer our Contact again, and that the session lives (RFC 4028 §10): by UPDATE, where it takes that. */
  refresh(): Promise<Result<void, Diagnosis>> {
    return this.renegotiate({ description: 'none' });
  }

  /**
   * Goes on over another flow, as after a change of network, and tells the peer the new Contact (RFC 3261 §12.2.1.1); by an
   * offer, where the media moved, too.
   */
  moveTo(flow: Flow, media: 'moved' | 'same' = 'same'): Promise<Result<void, Diagnosis>> {
    this.requests.flow = flow;
    return media === 'moved' ? this.renegotiate() : this.refresh();
  }

  /** A request that belongs to one of our dialogs. */
  receive(transaction: ServerTransaction): void {
    const { request } = transaction;
    const leg = this.dialogs.get(request.fromTag ?? '');
    const status = leg === undefined ? 481 : leg.dialog.receiveRequest(request);
    if (leg === undefined || status !== undefined) {
      this.respond(transaction, status ?? 481);
      return;
    }
    if (request.method === 'BYE') {
      this.respond(transaction, 200);
      this.#receiveBye(leg, request);
      return;
    }
    if (this.ended) {
      this.respond(transaction, 481);
      return;
    }
    const unsupported = unsupportedOptions(request);
    if (unsupported.length > 0) {
      this.respond(transaction, 420, [['Unsupported', unsupported.join(', ')]]);
      return;
    }
    if (transaction.flow.open) this.requests.flow = transaction.flow;
    this.noteMethods(request);
    switch (request.method) {
      case 'INVITE':
      case 'UPDATE':
        void this.#renegotiation.receive(transaction, leg);
        return;
      case 'PRACK':
        this.receivePrack(transaction, leg);
        return;
      case 'INFO':
        if (infoPackageRefusal(request) !== undefined) {
          this.respond(transaction, 469, infoPackageRefusal(request));
          return;
        }
        this.respond(transaction, 200);
        this.user.onInfo?.({ contentType: request.contentType ?? '', content: request.body });
        return;
      case 'OPTIONS':
        this.respond(transaction, 200, CAPABILITY_HEADERS);
        return;
      default:
        if (this.user.onRequest?.(transaction) === true || this.ports.onRequest(this, transaction)) return;
        this.respond(transaction, 405, [['Allow', ALLOWED_METHODS]]);
    }
  }

  /** An ACK for a 2xx of this session. */
  receiveAck(ack: SipRequest): void {
    this.acks.received(ack);
  }

  /** A 2xx that its transaction no longer takes: a repeat gets its ACK again; the rest is for {@link strayFork}. */
  receiveStrayResponse(response: SipResponse, flow: Flow): void {
    const ack = this.dialogs.get(response.toTag ?? '')?.ackFor(response);
    if (ack === undefined) this.strayFork(response);
    else flow.send(ack);
  }

  /** A 2xx of a dialog that nobody acknowledged yet. */
  protected abstract strayFork(response: SipResponse): void;

  /** A PRACK in `leg`. */
  protected abstract receivePrack(transaction: ServerTransaction, leg: CallDialog): void;

  /** The peer left an early dialog by BYE (RFC 3261 §15). */
  protected abstract earlyBye(leg: CallDialog, reasons: readonly Reason[]): void;

  #receiveBye(leg: CallDialog, bye: SipRequest): void {
    const reasons = readReasons(bye);
    leg.left = true;
    if (leg === this.current) this.acks.stop();
    if (this.ended) return;
    if (this.#state !== 'established') this.earlyBye(leg, reasons);
    else if (leg === this.current)
      this.end({ by: 'there', cause: 'bye', status: undefined, diagnosis: undefined, reasons });
  }

  /** What a final response does to its dialog and to the session (RFC 3261 §12.2.1.2, RFC 5057 §5). */
  #judge(leg: CallDialog, method: string, response: SipResponse): void {
    this.noteMethods(response);
    const ends = endsSession(method, response.status);
    if (ends || (response.status !== 408 && response.status !== 481)) leg.dialog.receiveResponse(response);
    if (ends) this.#lost(leg, method, response.status, statusDiagnosis(response));
  }

  #lost(leg: CallDialog, method: string, status: number, diagnosis: Diagnosis): void {
    leg.dialog.terminate();
    if (method === 'BYE' || leg !== this.current || this.#state !== 'established') return;
    this.endWithBye({ by: 'there', cause: 'failed', status, diagnosis });
  }

  protected get ended(): boolean {
    return this.#state === 'ended';
  }

  protected apply(input: SessionInput): void {
    const next = SESSION_TABLE[this.#state][input];
    if (next === this.#state) return;
    this.ports.tracer.emit('nua', 5, 'dialog.state', {
      call: this.callId,
      connection: this.requests.flow.id,
      from: this.#state,
      to: next,
      input,
    });
    this.#state = next;
  }

  /** Makes `dialog` one of this session. */
  protected adoptDialog(dialog: Dialog): CallDialog {
    const leg = new CallDialog(dialog, this.ports.adopt(dialog, this));
    this.dialogs.set(dialog.id.remoteTag ?? '', leg);
    return leg;
  }

  /** Notes which methods the peer takes (RFC 3261 §20.5). */
  protected noteMethods({ headers }: SipMessage): void {
    const values = headers.getAll('Allow');
    if (values.length > 0) this.#peerMethods = new Set(values.flatMap((value) => splitList(value)));
  }

  /** The peer does not seem to be there any more. */
  #giveUp(diagnosis: Diagnosis, text: string): void {
    const end: SessionEnd = { by: 'here', cause: 'failed', status: undefined, diagnosis };
    this.endWithBye(end, { protocol: 'SIP', cause: 408, text });
  }

  /** Ends the session, saying BYE in its dialog; where our last 2xx waits for its ACK, after that (RFC 3261 §15). */
  protected endWithBye(end: SessionEnd, reason?: Reason): void {
    const leg = this.current;
    if (this.ended) return;
    if (leg === undefined) {
      this.end(end);
      return;
    }
    const said = this.acks
      .idle()
      .then(() => (leg.left ? undefined : this.requests.send(leg, 'BYE', { headers: reasonHeaders(reason) })))
      .finally(() => {
        leg.release();
      });
    this.ports.farewell(said);
    this.end(end, leg);
  }

  /** Ends the session once and tells its user. The dialog `stays` known until its BYE is answered. */
  protected end(end: SessionEnd, stays?: CallDialog): void {
    if (this.ended) return;
    this.apply('gone');
    this.timer.stop();
    this.#renegotiation.stop();
    if (stays === undefined) this.acks.stop();
    for (const leg of this.dialogs.values()) if (leg !== stays) leg.release();
    this.ports.ended(this);
    this.user.onEnded(end);
  }

  protected respond(transaction: ServerTransaction, status: number, headers: HeaderFields = []): void {
    transaction.respond(createResponse(transaction.request, status, { headers }));
  }

  protected contactHeaders(flow: Flow): HeaderFields {
    const contact = this.ports.contact(flow);
    return [['Contact', `<${formatUri(this.needsSips ? { ...contact, scheme: 'sips' } : contact)}>`]];
  }

  /** Whether our Contact has to be a SIPS URI, since the INVITE asked for one (RFC 3261 §8.1.1.8, §12.1.1). */
  protected abstract get needsSips(): boolean;

  protected commonHeaders(): HeaderFields {
    return [['User-Agent', this.ports.userAgent]];
  }
}
