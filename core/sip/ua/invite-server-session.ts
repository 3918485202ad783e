import type { Timer } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import { randomToken } from '../../base/random.ts';
import { Dialog } from '../dialog/dialog.ts';
import { createResponse } from '../message/factory.ts';
import type { SipRequest } from '../message/message.ts';
import { formatUri } from '../message/uri.ts';
import type { ServerTransaction } from '../transaction/transaction-user.ts';
import { bodyOf, bodyParts, warning } from './bodies.ts';
import type { CallDialog } from './call-dialog.ts';
import { CAPABILITY_HEADERS } from './capabilities.ts';
import { InviteSession, type SessionPorts } from './invite-session.ts';
import { readReasons, reasonHeaders, type Reason } from './reason.ts';
import { reliabilityOf, ReliableProvisionals } from './reliable-provisional.ts';
import type { Body, SessionDescriptionHandler } from './session-description-handler.ts';
import { prackMissing } from './session-diagnoses.ts';
import { unreadableAnswer } from './status-diagnosis.ts';

/** How often a call that waits says so, since a proxy gives up an INVITE that is silent for three minutes (RFC 3261 §13.3.1.1). */
const PROGRESS_REPEAT_MS = 60_000;

/** What the taker of a call may choose. */
export interface InviteServerOptions {
  /** When provisional responses go out reliably (RFC 3262): where the caller insists (the default), or wherever it can. */
  readonly reliable?: 'required' | 'supported';
  /** A call whose place this one takes: ended once this one stands (RFC 3891 §3). */
  readonly replaces?: InviteSession | undefined;
}

/** A call that comes in (RFC 3261 §13.3). Its user rings, answers or refuses; a CANCEL ends it. */
export class InviteServerSession extends InviteSession {
  readonly callId: string;
  readonly invite: SipRequest;
  readonly #transaction: ServerTransaction;
  readonly #toTag: string;
  readonly #provisionals: ReliableProvisionals;
  readonly #reliable: boolean;
  readonly #offer: Body | undefined;
  readonly #replaces: InviteSession | undefined;
  #repeat: Timer | undefined;
  #accepting = false;
  #offering = false;

  constructor(
    options: {
      readonly ports: SessionPorts;
      readonly handler: SessionDescriptionHandler;
      readonly transaction: ServerTransaction;
    } & InviteServerOptions,
  ) {
    const { ports, transaction } = options;
    super({ ...options, flow: transaction.flow, digest: undefined, reconnect: undefined, ownsCallId: false });
    this.#transaction = transaction;
    this.invite = transaction.request;
    this.callId = this.invite.callId;
    this.#toTag = randomToken(ports.random, 10);
    this.#offer = bodyOf(this.invite);
    this.#replaces = options.replaces;
    const asked = reliabilityOf(this.invite);
    this.#reliable = asked === 'required' || (asked === 'supported' && options.reliable === 'supported');
    this.#provisionals = new ReliableProvisionals({
      clock: ports.clock,
      random: ports.random,
      invite: this.invite,
      send: (response) => {
        transaction.respond(response);
      },
      onMissing: () => {
        this.#prackMissing();
      },
    });
    this.noteMethods(this.invite);
    transaction.onCancel((cancel) => {
      if (transaction.answered) return;
      this.#refuseWith(487);
      this.end({ by: 'there', cause: 'cancelled', status: 487, diagnosis: undefined, reasons: readReasons(cancel) });
    });
    transaction.onFailure((failure) => {
      const diagnosis = failure.kind === 'transport' ? failure.reason : undefined;
      // A 2xx belongs to us, not to its transaction: only what ends the INVITE early ends the session here.
      if (this.state !== 'established') this.end({ by: 'there', cause: 'failed', status: undefined, diagnosis });
    });
  }

  /**
   * Sends 180 (or another 1xx), which makes an early dialog. `body` is an early answer (early media). Where it goes out
   * reliably and the INVITE had no offer, the first one has ours (RFC 3261 §13.2.1).
   */
  progress(status = 180, body?: Body): void {
    if (this.#settled() || this.#offering) return;
    const leg = this.#leg(status);
    if (leg === undefined) return;
    if (!this.#reliable || status === 100) this.#sendProgress(leg, status, body);
    else if (leg.exchange.state === 'none') void this.#offerEarly(leg, status);
    else {
      const answer = leg.exchange.state === 'asked' ? body : undefined;
      if (answer !== undefined) leg.exchange.take('answer-out');
      this.#sendProgress(leg, status, answer);
    }
  }

  async #offerEarly(leg: CallDialog, status: number): Promise<void> {
    leg.exchange.take('offer-out');
    this.#offering = true;
    const offer = await this.handler.createOffer();
    this.#offering = false;
    if (this.#settled()) return;
    if (offer.ok) this.#sendProgress(leg, status, offer.value);
    else this.#refuseBody(offer.error);
  }

  #sendProgress(leg: CallDialog, status: number, body: Body | undefined): void {
    const response = createResponse(this.invite, status, {
      toTag: this.#toTag,
      headers: [...this.contactHeaders(this.requests.flow), ...CAPABILITY_HEADERS, ...this.commonHeaders()],
      ...bodyParts(body),
    });
    this.apply('dialog');
    this.#repeat?.cancel();
    this.#repeat = this.ports.clock.after(PROGRESS_REPEAT_MS, () => {
      this.progress(status);
    });
    if (!this.#reliable) this.#transaction.respond(response);
    else {
      this.#provisionals.send(response, body !== undefined, (prack) => {
        if (body !== undefined && leg.exchange.state === 'offered') void this.#answerInPrack(leg, prack);
      });
    }
  }

  /** Our dialog, made with the first response that has our tag (RFC 3261 §12.1.1). */
  #leg(status: number): CallDialog | undefined {
    if (this.current !== undefined) return this.current;
    const dialog = Dialog.fromRequest(this.invite, createResponse(this.invite, status, { toTag: this.#toTag }));
    if (!dialog.ok) return undefined;
    this.current = this.adoptDialog(dialog.value);
    if (this.#offer !== undefined) this.current.exchange.take('offer-in');
    return this.current;
  }

  protected receivePrack(transaction: ServerTransaction, leg: CallDialog): void {
    const { request } = transaction;
    const offer = leg.exchange.state === 'agreed' ? bodyOf(request) : undefined;
    if (!this.#provisionals.receive(request)) this.respond(transaction, 481);
    else if (offer === undefined) this.respond(transaction, 200);
    else void this.#offerInPrack(transaction, leg, offer);
  }

  /** The PRACK for our offer has the answer (RFC 3262 §5); without one the 2xx offers again. */
  async #answerInPrack(leg: CallDialog, prack: SipRequest): Promise<void> {
    const answer = bodyOf(prack);
    leg.exchange.take(answer === undefined ? 'refused' : 'answer-in');
    if (answer === undefined) return;
    const taken = await this.handler.receiveAnswer(answer);
    if (!taken.ok) this.#refuseBody(taken.error);
  }

  /** A PRACK may make a new offer once the first exchange is through (RFC 3262 §5). */
  async #offerInPrack(transaction: ServerTransaction, leg: CallDialog, offer: Body): Promise<void> {
    leg.exchange.take('offer-in');
    const answer = await this.handler.receiveOffer(offer);
    leg.exchange.take(answer.ok ? 'answer-out' : 'refused');
    const { request } = transaction;
    if (!answer.ok) this.respond(transaction, answer.error.status, [['Warning', warning(answer.error.warning)]]);
    else transaction.respond(createResponse(request, 200, bodyParts(answer.value)));
  }

  /**
   * Answers with 200. The body is taken from the handler, or `early`, where the answer went out in a provisional response
   * already. Where the offer cannot be met, the caller is refused and the session ends with the diagnosis.
   */
  async accept(early?: Body): Promise<void> {
    if (this.#accepting || this.#settled()) return;
    this.#accepting = true;
    // RFC 3262 §3: no 2xx while a description that went out reliably waits for its PRACK.
    await this.#provisionals.described();
    if (this.#settled()) return;
    const state = this.current?.exchange.state ?? (this.#offer === undefined ? 'none' : 'asked');
    const described = await this.#describe(state, early);
    // A CANCEL may have come meanwhile, or our own person may have declined.
    if (this.#settled()) return;
    if (described?.ok === false) {
      this.#refuseBody(described.error);
      return;
    }
    const timer = this.timer.answer(this.invite);
    if ('refused' in timer) {
      this.reject(422, timer.refused);
      return;
    }
    const leg = this.#leg(200);
    if (leg === undefined) {
      this.reject(400);
      return;
    }
    if (state === 'none') leg.exchange.take('offer-out');
    else if (state === 'asked') leg.exchange.take('answer-out');
    leg.dialog.answered(200);
    this.#stopProgress();
    this.apply('accepted');
    const response = createResponse(this.invite, 200, {
      toTag: this.#toTag,
      headers: [
        ...this.contactHeaders(this.requests.flow),
        ...CAPABILITY_HEADERS,
        ...timer.headers,
        ...this.commonHeaders(),
      ],
      ...bodyParts(described?.value),
    });
    this.acks.answer(this.#transaction, response, (ack) => {
      if (state === 'none') void this.#lateAnswer(leg, ack);
    });
    this.timer.start(timer.agreed);
    this.#replaces?.hangUp();
    this.user.onEstablished?.();
  }

  /** What the 2xx describes: an answer, an offer, or nothing where offer and answer are through. */
  #describe(
    state: CallDialog['exchange']['state'],
    early: Body | undefined,
  ): ReturnType<SessionDescriptionHandler['receiveOffer']> | undefined {
    if (state === 'none') return this.handler.createOffer();
    if (state !== 'asked' || this.#offer === undefined) return undefined;
    return early === undefined ? this.handler.receiveOffer(this.#offer) : Promise.resolve({ ok: true, value: early });
  }

  /** Where the INVITE had no offer, its ACK has the answer (RFC 3261 §13.2.1). */
  async #lateAnswer(leg: CallDialog, ack: SipRequest): Promise<void> {
    if (this.ended) return;
    const answer = bodyOf(ack);
    const taken = answer && leg.exchange.take('answer-in') === undefined && (await this.handler.receiveAnswer(answer));
    if (typeof taken === 'object' && taken.ok) return;
    const diagnosis =
      typeof taken === 'object' ? taken.error.diagnosis : unreadableAnswer('the ACK has no answer to our offer');
    this.endWithBye({ by: 'here', cause: 'failed', status: undefined, diagnosis });
  }

  /** Refuses with a final response of 3xx to 6xx. */
  reject(status: number, headers: readonly (readonly [string, string])[] = [], diagnosis?: Diagnosis): void {
    if (this.#settled()) return;
    this.#refuseWith(status, headers);
    this.end({ by: 'here', cause: 'refused', status, diagnosis });
  }

  #refuseBody(refusal: { readonly status: number; readonly warning: string; readonly diagnosis: Diagnosis }): void {
    this.reject(refusal.status, [['Warning', warning(refusal.warning)]], refusal.diagnosis);
  }

  hangUp(reason?: Reason): void {
    if (this.state !== 'established') {
      this.reject(603, reasonHeaders(reason));
      return;
    }
    this.apply('hang-up');
    this.endWithBye({ by: 'here', cause: 'bye', status: undefined, diagnosis: undefined }, reason);
  }

  /** Whether a final response was sent, or the call is over. */
  #settled(): boolean {
    return this.#transaction.answered || this.ended;
  }

  #refuseWith(status: number, headers: readonly (readonly [string, string])[] = []): void {
    this.#provisionals.stop();
    this.current?.dialog.answered(status);
    this.#transaction.respond(createResponse(this.invite, status, { toTag: this.#toTag, headers }));
  }

  /** RFC 3262 §3: no PRACK within 64 × T1 refuses the INVITE with a 5xx. */
  #prackMissing(): void {
    this.reject(504, [], prackMissing(formatUri(this.ports.contact(this.flow))));
  }

  protected get needsSips(): boolean {
    const { uri, recordRoutes, contacts } = this.invite;
    const hop = recordRoutes[0] ?? (contacts === '*' ? undefined : contacts[0]);
    return uri.scheme === 'sips' || hop?.uri.scheme === 'sips';
  }

  protected strayFork(): void {
    // The INVITE that made this session was not ours, so none of its forks can answer.
  }

  protected earlyBye(_leg: CallDialog, reasons: readonly Reason[]): void {
    // RFC 3261 §15.1.2: what is pending gets 487.
    this.#refuseWith(487);
    this.end({ by: 'there', cause: 'cancelled', status: 487, diagnosis: undefined, reasons });
  }

  #stopProgress(): void {
    this.#repeat?.cancel();
    this.#provisionals.stop();
  }

  protected override end(...end: Parameters<InviteSession['end']>): void {
    this.#stopProgress();
    super.end(...end);
  }
}
