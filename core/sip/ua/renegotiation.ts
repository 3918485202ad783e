import type { Timer } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import { randomFraction, type Random } from '../../base/random.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { createResponse } from '../message/factory.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { ServerTransaction } from '../transaction/transaction-user.ts';
import { bodyOf, bodyParts, warning } from './bodies.ts';
import type { CallDialog } from './call-dialog.ts';
import { CAPABILITY_HEADERS, withoutOptions } from './capabilities.ts';
import { retryAfterSeconds } from './retry-after.ts';
import type { Body, OfferWish } from './session-description-handler.ts';
import { notChangeable } from './session-diagnoses.ts';
import { statusDiagnosis, unreadableAnswer } from './status-diagnosis.ts';
import type { RenegotiationHost } from './renegotiation-host.ts';

/** A change of a running session that we ask for. */
export interface RenegotiationRequest {
  /**
   * `offer`: with an offer of ours (the default). `ask`: a re-INVITE without one, so that the peer makes it. `none`: only
   * Contact and session timer, by UPDATE where the peer takes it.
   */
  readonly description?: 'offer' | 'ask' | 'none';
  /** Otherwise INVITE once the session is established (RFC 3311 §5.1), UPDATE before, and for `none`. */
  readonly method?: 'INVITE' | 'UPDATE';
  readonly wish?: OfferWish;
}

type Outcome =
  | { readonly done: true }
  | { readonly done: false; readonly diagnosis: Diagnosis; readonly againInMs?: number | undefined };

/** How often one change is tried. */
const MOST_TRIES = 6;
/** Longest Retry-After that is waited for, seconds. */
const LONGEST_RETRY_S = 32;
/** Without 100rel: an offer in a provisional response to a re-INVITE could not be told from a repeated answer. */
const ASKING_HEADERS = withoutOptions(CAPABILITY_HEADERS, ['100rel']);
/** Statuses that say of an UPDATE that a re-INVITE should be sent instead (RFC 3261 §21.4.6, §21.5.2, RFC 3311 §5.2). */
const NO_UPDATE: ReadonlySet<number> = new Set([405, 501, 504]);

/**
 * Wait before a request that met 491 is sent again, milliseconds (RFC 3261 §14.1): the owner of the Call-ID 2.1 to 4 s, the
 * other one 0 to 2 s, in steps of 10 ms.
 */
export function glareDelayMs(ownsCallId: boolean, random: Random): number {
  const steps = (count: number): number => Math.floor(randomFraction(random) * (count + 1)) * 10;
  return ownsCallId ? 2100 + steps(190) : steps(200);
}

/** Offers within a session, ours and those of the peer, by INVITE and UPDATE (RFC 3261 §14, RFC 3311). */
export class Renegotiation {
  readonly #host: RenegotiationHost;
  #queue: Promise<unknown> = Promise.resolve();
  #inviting = false;
  #answering: ServerTransaction | undefined;
  #pause: { readonly timer: Timer; readonly resume: (goOn: boolean) => void } | undefined;
  #stopped = false;

  constructor(host: RenegotiationHost) {
    this.#host = host;
  }

  /** Asks for a change, after those asked for before. Tries again after 491, 422 and Retry-After as long as that helps. */
  start(request: RenegotiationRequest): Promise<Result<void, Diagnosis>> {
    const run = this.#queue.then(() => this.#run(request));
    this.#queue = run;
    return run;
  }

  /** The session is over: what is tried is given up, what is unanswered gets 487 (RFC 3261 §15.1.2). */
  stop(): void {
    this.#stopped = true;
    this.#pause?.timer.cancel();
    this.#pause?.resume(false);
    if (this.#answering !== undefined) this.#host.respond(this.#answering, 487);
    this.#answering = undefined;
  }

  #over(): boolean {
    return this.#stopped;
  }

  async #run(request: RenegotiationRequest): Promise<Result<void, Diagnosis>> {
    for (let tries = 1; ; tries++) {
      const leg = this.#host.dialog();
      if (leg === undefined || this.#over()) return err(notChangeable());
      const outcome = await this.#try(leg, request);
      if (outcome.done) return ok(undefined);
      if (outcome.againInMs === undefined || tries >= MOST_TRIES || this.#over()) return err(outcome.diagnosis);
      if (!(await this.#wait(outcome.againInMs))) return err(outcome.diagnosis);
    }
  }

  #wait(delayMs: number): Promise<boolean> {
    return new Promise((resume) => {
      const timer = this.#host.clock.after(delayMs, () => {
        this.#pause = undefined;
        resume(true);
      });
      this.#pause = { timer, resume };
    });
  }

  #methodFor({ description, method }: RenegotiationRequest): 'INVITE' | 'UPDATE' {
    if (description === 'ask') return 'INVITE';
    if (!this.#host.established()) return 'UPDATE';
    return description === 'none' ? (this.#host.peerTakesUpdate() ? 'UPDATE' : 'INVITE') : (method ?? 'INVITE');
  }

  async #try(leg: CallDialog, request: RenegotiationRequest): Promise<Outcome> {
    const host = this.#host;
    const method = this.#methodFor(request);
    // RFC 3261 §14.1: not while an INVITE of either side is under way.
    if (method === 'INVITE') await host.acks.idle();
    if (this.#over()) return { done: false, diagnosis: notChangeable() };
    const glare: Outcome = {
      done: false,
      diagnosis: notChangeable(),
      againInMs: glareDelayMs(host.ownsCallId, host.random),
    };
    if (this.#answering !== undefined) return glare;
    const offers = request.description !== 'ask' && (request.description !== 'none' || method === 'INVITE');
    if (!offers) return this.#send(leg, method, request, undefined);
    if (leg.exchange.take('offer-out') !== undefined) return glare;
    const offer = await host.handler.createOffer(request.wish);
    if (!offer.ok) {
      leg.exchange.take('refused');
      return { done: false, diagnosis: offer.error.diagnosis };
    }
    const outcome = await this.#send(leg, method, request, offer.value);
    if (!outcome.done && leg.exchange.take('refused') === undefined) host.handler.withdrawOffer?.();
    return outcome;
  }

  async #send(
    leg: CallDialog,
    method: 'INVITE' | 'UPDATE',
    request: RenegotiationRequest,
    offer: Body | undefined,
  ): Promise<Outcome> {
    const host = this.#host;
    if (this.#over()) return { done: false, diagnosis: notChangeable() };
    const capabilities = request.description === 'ask' ? ASKING_HEADERS : CAPABILITY_HEADERS;
    const headers = [...capabilities, ...(host.established() ? host.timer.requestHeaders() : [])];
    this.#inviting = method === 'INVITE';
    try {
      const answered = await host.send(leg, method, { headers, body: offer });
      if (!answered.ok) return { done: false, diagnosis: answered.error };
      const { response, request: sent } = answered.value;
      if (response.status >= 300) {
        return {
          done: false,
          diagnosis: statusDiagnosis(response),
          againInMs: this.#againInMs(method, request, response),
        };
      }
      if (host.established() && !this.#over()) host.timer.accepted(response);
      if (request.description === 'ask') return await this.#answerLate(leg, response, sent);
      if (method === 'INVITE') host.acknowledge(leg, sent, undefined);
      return offer === undefined ? { done: true } : await this.#takeAnswer(leg, response);
    } finally {
      this.#inviting = false;
    }
  }

  /** The answer of the 2xx, where a reliable provisional response did not bring it (RFC 3262 §5). */
  async #takeAnswer(leg: CallDialog, response: SipResponse): Promise<Outcome> {
    const host = this.#host;
    if (leg.exchange.state !== 'agreed') {
      const answer = bodyOf(response);
      if (answer === undefined) return { done: false, diagnosis: unreadableAnswer('the 2xx has no answer') };
      leg.exchange.take('answer-in');
      const taken = await host.handler.receiveAnswer(answer);
      if (!taken.ok) {
        host.fail(taken.error.diagnosis);
        return { done: false, diagnosis: taken.error.diagnosis };
      }
    }
    if (!this.#over()) host.renegotiated('here');
    return { done: true };
  }

  /** The 2xx to a re-INVITE without offer has the offer, its ACK the answer (RFC 3261 §14.1). */
  async #answerLate(leg: CallDialog, response: SipResponse, invite: SipRequest): Promise<Outcome> {
    const host = this.#host;
    const offer = bodyOf(response);
    if (offer === undefined || leg.exchange.take('offer-in') !== undefined) {
      host.acknowledge(leg, invite, undefined);
      return { done: false, diagnosis: unreadableAnswer('the 2xx has no offer') };
    }
    const answer = await host.handler.receiveOffer(offer);
    leg.exchange.take(answer.ok ? 'answer-out' : 'refused');
    host.acknowledge(leg, invite, answer.ok ? answer.value : host.handler.refuseOffer?.(offer));
    if (!answer.ok) {
      // RFC 3261 §13.2.2.4: an offer that cannot be met in the ACK is followed by BYE.
      host.fail(answer.error.diagnosis);
      return { done: false, diagnosis: answer.error.diagnosis };
    }
    if (!this.#over()) host.renegotiated('here');
    return { done: true };
  }

  /** When it is worth trying again; `undefined`: never. */
  #againInMs(method: 'INVITE' | 'UPDATE', request: RenegotiationRequest, response: SipResponse): number | undefined {
    const host = this.#host;
    if (response.status === 491) return glareDelayMs(host.ownsCallId, host.random);
    if (response.status === 422) return host.timer.raise(response) ? 0 : undefined;
    if (method === 'UPDATE' && NO_UPDATE.has(response.status) && host.established() && request.method !== 'UPDATE') {
      host.refusesUpdate();
      return 0;
    }
    const seconds = retryAfterSeconds(response);
    return seconds === undefined || seconds > LONGEST_RETRY_S ? undefined : seconds * 1000;
  }

  /** Takes an INVITE or UPDATE of the peer within the dialog (RFC 3261 §14.2, RFC 3311 §5.2). */
  async receive(transaction: ServerTransaction, leg: CallDialog): Promise<void> {
    const host = this.#host;
    const { request } = transaction;
    const invite = request.method === 'INVITE';
    const offer = bodyOf(request);
    const describes = invite || offer !== undefined;
    const obstacle = this.#obstacle(invite, describes);
    if (obstacle !== undefined) {
      this.#refuse(transaction, obstacle);
      return;
    }
    const timer = host.established() ? host.timer.answer(request) : undefined;
    if (timer !== undefined && 'refused' in timer) {
      host.respond(transaction, 422, timer.refused);
      return;
    }
    const clash = describes ? leg.exchange.take(offer === undefined ? 'offer-out' : 'offer-in') : undefined;
    if (clash !== undefined) {
      this.#refuse(transaction, clash);
      return;
    }
    this.#answering = describes ? transaction : undefined;
    const described =
      offer !== undefined
        ? await host.handler.receiveOffer(offer)
        : invite
          ? await host.handler.createOffer()
          : undefined;
    if (this.#over()) return;
    this.#answering = undefined;
    if (described?.ok === false) {
      leg.exchange.take('refused');
      host.respond(transaction, described.error.status, [['Warning', warning(described.error.warning)]]);
      return;
    }
    if (offer !== undefined) leg.exchange.take('answer-out');
    const response = createResponse(request, 200, {
      headers: [...host.contactHeaders(transaction.flow), ...CAPABILITY_HEADERS, ...(timer?.headers ?? [])],
      ...bodyParts(described?.value),
    });
    if (invite) {
      host.acks.answer(transaction, response, (ack) => {
        if (offer === undefined) void this.#lateAnswer(leg, ack);
      });
    } else transaction.respond(response);
    if (timer !== undefined) host.timer.start(timer.agreed);
    if (offer !== undefined) host.renegotiated('there');
  }

  /** What the order of requests forbids, whatever the exchange says. */
  #obstacle(invite: boolean, describes: boolean): 491 | 500 | undefined {
    // RFC 3261 §14.2: a second INVITE before the first is answered.
    if (invite && !this.#host.established()) return this.#host.ownsCallId ? 491 : 500;
    if (!describes) return undefined;
    if (this.#inviting) return 491;
    return this.#answering === undefined ? undefined : 500;
  }

  #refuse(transaction: ServerTransaction, status: 491 | 500 | 488): void {
    // RFC 3261 §14.2: a Retry-After of 0 to 10 s chosen at random.
    const seconds = Math.floor(randomFraction(this.#host.random) * 11);
    this.#host.respond(transaction, status, status === 500 ? [['Retry-After', String(seconds)]] : []);
  }

  /** The ACK for a 2xx that made an offer has the answer (RFC 3261 §14.2); without one all stays as it was. */
  async #lateAnswer(leg: CallDialog, ack: SipRequest): Promise<void> {
    const host = this.#host;
    const answer = bodyOf(ack);
    if (this.#over()) return;
    if (answer === undefined) {
      leg.exchange.take('refused');
      host.handler.withdrawOffer?.();
      return;
    }
    leg.exchange.take('answer-in');
    const taken = await host.handler.receiveAnswer(answer);
    if (taken.ok) host.renegotiated('there');
    else host.fail(taken.error.diagnosis);
  }
}
