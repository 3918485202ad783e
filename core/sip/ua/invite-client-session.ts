import type { Diagnosis } from '../../base/diagnosis.ts';
import { randomToken } from '../../base/random.ts';
import type { Result } from '../../base/result.ts';
import type { ClientDigest } from '../auth/client-digest.ts';
import { Dialog } from '../dialog/dialog.ts';
import { createRequest } from '../message/factory.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { formatNameAddress } from '../message/name-address.ts';
import { isSipUri, type SipUri } from '../message/uri.ts';
import { DEFAULT_TIMER_VALUES } from '../transaction/timers.ts';
import type { ServerTransaction } from '../transaction/transaction-user.ts';
import type { Flow } from '../transport/flow.ts';
import { bodyOf, bodyParts } from './bodies.ts';
import type { CallDialog } from './call-dialog.ts';
import { CAPABILITY_HEADERS, optionTags, withoutOptions } from './capabilities.ts';
import { InviteSession, type SessionEnd, type SessionPorts } from './invite-session.ts';
import { OutgoingRequest } from './outgoing-request.ts';
import { readReasons, reasonHeaders, type Reason } from './reason.ts';
import { TargetSet, type RedirectionOptions } from './redirection.ts';
import { retryAfterSeconds } from './retry-after.ts';
import type { Body, BodyRefusal, SessionDescriptionHandler } from './session-description-handler.ts';
import { statusDiagnosis, unreadableAnswer } from './status-diagnosis.ts';

export interface InviteClientOptions {
  readonly ports: SessionPorts;
  readonly handler: SessionDescriptionHandler;
  readonly flow: Flow;
  readonly digest: ClientDigest | undefined;
  readonly reconnect: (() => Promise<Result<Flow, Diagnosis>>) | undefined;
  /** Request-URI. */
  readonly target: SipUri;
  /** To; as the caller dialled it. */
  readonly to: { readonly displayName?: string | undefined; readonly uri: SipUri };
  readonly from: { readonly displayName?: string | undefined; readonly uri: SipUri };
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Leaves the offer to the callee: the INVITE has none (RFC 3261 §13.2.1). */
  readonly lateOffer?: boolean;
  /** Follows redirections; without it a 3xx refuses the call. */
  readonly redirection?: RedirectionOptions | undefined;
}

/** More forks of one call than this are not told apart. */
const MAX_FORKS = 32;
/** INVITEs that one call sends at most, with redirections and second tries. */
const MAX_INVITES = 12;
/** How long 2xx of other forks may come after the first (RFC 3261 §13.2.2.4). */
const FORKS_LIVE_MS = 64 * DEFAULT_TIMER_VALUES.t1;

/** What a fork is told that answered after another one. */
const ELSEWHERE: Reason = { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' };

/** A call that we place (RFC 3261 §13.2). */
export class InviteClientSession extends InviteSession {
  readonly callId: string;
  readonly #options: InviteClientOptions;
  readonly #fromTag: string;
  readonly #targets: TargetSet;
  #headers: readonly (readonly [name: string, value: string])[];
  #offer: Body | undefined;
  #sequence = 0;
  #invites = 0;
  #target: SipUri;
  #outgoing: OutgoingRequest | undefined;
  /** Whether an INVITE waits for its final response. */
  #waiting = false;
  /** The INVITE that got a 2xx, and the To tag of the first. */
  #accepted: { readonly invite: SipRequest; readonly tag: string } | undefined;
  #hangingUp = false;
  /** Why we give the call up, where that is more than a person's wish. */
  #failure: Diagnosis | undefined;
  /** The fork whose early answer the handler took last. */
  #inForce: CallDialog | undefined;
  /** Responses are looked at one after the other, since taking a description takes time. */
  #inOrder: Promise<void> = Promise.resolve();

  constructor(options: InviteClientOptions) {
    super({ ...options, ownsCallId: true });
    this.#options = options;
    this.#headers = [...CAPABILITY_HEADERS, ...(options.headers ?? [])];
    this.#target = options.target;
    this.#targets = new TargetSet(options.target, options.redirection?.most);
    this.callId = randomToken(options.ports.random, 22);
    this.#fromTag = randomToken(options.ports.random, 10);
  }

  /** Makes the offer and sends the INVITE. Fails where no offer can be made. */
  async start(): Promise<Result<void, BodyRefusal>> {
    if (this.#options.lateOffer !== true) {
      const offer = await this.handler.createOffer();
      if (!offer.ok) {
        this.end({ by: 'here', cause: 'failed', status: undefined, diagnosis: offer.error.diagnosis });
        return offer;
      }
      this.#offer = offer.value;
    }
    if (this.#hangingUp) this.#endCancelled();
    else this.#invite();
    return { ok: true, value: undefined };
  }

  hangUp(reason?: Reason): void {
    if (this.#hangingUp || this.ended) return;
    this.#hangingUp = true;
    const established = this.state === 'established';
    this.apply('hang-up');
    if (established) {
      this.endWithBye({ by: 'here', cause: 'bye', status: undefined, diagnosis: undefined }, reason);
    } else if (this.#waiting) this.#outgoing?.cancel(reasonHeaders(reason));
  }

  #endCancelled(response?: SipResponse): void {
    this.end({
      by: 'here',
      cause: this.#failure === undefined ? 'cancelled' : 'failed',
      status: response?.status,
      diagnosis: this.#failure,
      ...(response === undefined ? {} : { reasons: readReasons(response) }),
    });
  }

  /** Sends the INVITE: the first one, or again with what a refusal taught (RFC 3261 §8.1.3.4, §8.1.3.5). */
  #invite(): void {
    const { from, to, ports } = this.#options;
    this.#invites++;
    this.#waiting = true;
    const request = createRequest({
      method: 'INVITE',
      uri: this.#target,
      headers: [
        ['Max-Forwards', '70'],
        ['From', `${formatNameAddress(from)};tag=${this.#fromTag}`],
        ['To', formatNameAddress(to)],
        ['Call-ID', this.callId],
        ['CSeq', `${++this.#sequence} INVITE`],
        ...this.contactHeaders(this.requests.flow),
        ...this.commonHeaders(),
        ...this.timer.requestHeaders(),
        ...this.#headers,
      ],
      ...bodyParts(this.#offer),
    });
    this.#outgoing = new OutgoingRequest({
      transactions: ports.transactions,
      request,
      flow: this.requests.flow,
      digest: this.digest,
      onSequence: (sequence) => {
        this.#sequence = sequence;
      },
      user: {
        onProvisional: (response, sent) => {
          this.#later(() => this.#provisional(response, sent));
        },
        onFinal: (response, sent) => {
          this.#waiting = false;
          if (response.status < 300) this.#keepTo(response);
          if (response.status < 300) this.#accepted = { invite: sent, tag: response.toTag ?? '' };
          this.#later(() => (response.status < 300 ? this.#answered(response, sent) : this.#refused(response)));
        },
        onFailure: (diagnosis) => {
          this.#waiting = false;
          this.#later(() => this.#unanswered(diagnosis));
        },
      },
    });
  }

  /** A call that came about over another flow than was thought stays there where the peer wants it so (RFC 3261 §12.2.1.1). */
  #keepTo({ contacts }: SipResponse): void {
    const flow = this.#outgoing?.flow;
    const target = contacts === '*' ? undefined : contacts[0]?.uri;
    const wanted =
      target !== undefined && isSipUri(target) ? target.parameters.get('transport')?.toLowerCase() : undefined;
    if (flow !== undefined && flow.protocol === wanted) this.requests.flow = flow;
  }

  protected get needsSips(): boolean {
    return this.#target.scheme === 'sips';
  }

  #later(work: () => void | Promise<void>): void {
    this.#inOrder = this.#inOrder.then(work);
  }

  /** The dialog of a response to our INVITE, made where it is the first of its fork (RFC 3261 §12.1.2). */
  #fork(response: SipResponse, invite: SipRequest): CallDialog | string {
    const known = this.dialogs.get(response.toTag ?? '');
    if (known !== undefined) return known;
    if (this.dialogs.size >= MAX_FORKS) return 'too many forks';
    const dialog = Dialog.fromResponse(invite, response);
    if (!dialog.ok) return dialog.error;
    const leg = this.adoptDialog(dialog.value);
    if (invite.body.length > 0) leg.exchange.take('offer-out');
    return leg;
  }

  async #provisional(response: SipResponse, invite: SipRequest): Promise<void> {
    if (this.ended) return;
    this.noteMethods(response);
    const leg =
      response.status > 100 && response.toTag !== undefined
        ? this.#fork(response, invite)
        : 'no dialog (RFC 3261 §12.1)';
    if (typeof leg === 'string') this.apply('provisional');
    else {
      this.current = leg;
      this.apply('dialog');
      const taken = await this.requests.takeReliable(leg, response, invite);
      if (taken === 'ignored') return;
      if (taken === 'taken' && leg.earlyAnswer !== undefined) this.#inForce = leg;
      if (taken === 'unreliable') await this.#takeEarlyAnswer(leg, bodyOf(response));
      if (typeof taken === 'object') this.#giveUp(taken);
    }
    if (response.status > 100 && this.state !== 'ending' && this.state !== 'ended') this.user.onProgress?.(response);
  }

  /** A description in an unreliable response lets us hear the fork; the answer is that of its 2xx (RFC 3261 §13.2.1). */
  async #takeEarlyAnswer(leg: CallDialog, body: Body | undefined): Promise<void> {
    if (body === undefined || leg.earlyAnswer !== undefined || leg.exchange.state !== 'offered') return;
    if (!(await this.handler.receiveAnswer(body)).ok) return;
    leg.earlyAnswer = body;
    this.#inForce = leg;
  }

  #giveUp(diagnosis: Diagnosis): void {
    if (this.#hangingUp) return;
    this.#failure = diagnosis;
    this.hangUp();
  }

  async #answered(response: SipResponse, invite: SipRequest): Promise<void> {
    this.noteMethods(response);
    const leg = this.#fork(response, invite);
    if (typeof leg === 'string') {
      const diagnosis = unreadableAnswer(leg);
      this.end({ by: 'there', cause: 'failed', status: response.status, diagnosis });
      return;
    }
    leg.dialog.receiveResponse(response);
    this.current = leg;
    const diagnosis = await this.#settle(leg, response, invite);
    if (this.ended) {
      this.#dismiss(leg);
      return;
    }
    if (this.#hangingUp) {
      // Our CANCEL came too late: the call stands, so it has to be ended (RFC 3261 §9.1).
      const cause = this.#failure === undefined ? 'cancelled' : 'failed';
      this.endWithBye({ by: 'here', cause, status: response.status, diagnosis: this.#failure });
      return;
    }
    if (diagnosis !== undefined) {
      this.endWithBye({ by: 'here', cause: 'failed', status: response.status, diagnosis });
      return;
    }
    this.timer.accepted(response);
    this.apply('accepted');
    this.ports.clock.after(FORKS_LIVE_MS, () => {
      for (const other of this.dialogs.values()) if (other !== leg) other.release();
    });
    this.user.onEstablished?.();
  }

  /** Acknowledges the 2xx and takes what it describes. Gives why that cannot be used. */
  async #settle(leg: CallDialog, response: SipResponse, invite: SipRequest): Promise<Diagnosis | undefined> {
    const body = bodyOf(response);
    if (invite.body.length === 0 && leg.exchange.state === 'none') return this.#answerLate(leg, body, invite);
    this.requests.acknowledge(leg, invite, undefined);
    if (this.#hangingUp || this.ended) return undefined;
    const answer = leg.exchange.state === 'offered' ? (body ?? leg.earlyAnswer) : leg.earlyAnswer;
    if (leg.exchange.take('answer-in') !== undefined && (this.#inForce === leg || answer === undefined))
      return undefined;
    if (answer === undefined) return unreadableAnswer('the 200 has no session description');
    const taken = await this.handler.receiveAnswer(answer);
    return taken.ok ? undefined : taken.error.diagnosis;
  }

  /** The callee made the offer, so our ACK has the answer (RFC 3261 §13.2.2.4). */
  async #answerLate(leg: CallDialog, offer: Body | undefined, invite: SipRequest): Promise<Diagnosis | undefined> {
    if (offer === undefined) {
      this.requests.acknowledge(leg, invite, undefined);
      return unreadableAnswer('neither the INVITE nor the 200 has an offer');
    }
    leg.exchange.take('offer-in');
    const answer = this.#hangingUp || this.ended ? undefined : await this.handler.receiveOffer(offer);
    leg.exchange.take(answer?.ok === true ? 'answer-out' : 'refused');
    this.requests.acknowledge(leg, invite, answer?.ok === true ? answer.value : this.handler.refuseOffer?.(offer));
    return answer?.ok === false ? answer.error.diagnosis : undefined;
  }

  #refused(response: SipResponse): void {
    if (this.ended) return;
    this.#forgetForks();
    if (this.#hangingUp) {
      this.#endCancelled(response);
      return;
    }
    this.#targets.learn(response);
    if (this.#invites < MAX_INVITES) {
      if (this.#adapt(response)) {
        this.#invite();
        return;
      }
      if (this.#follow()) return;
    }
    const end: SessionEnd = {
      by: 'there',
      cause: 'refused',
      status: response.status,
      diagnosis: statusDiagnosis(response),
      reasons: readReasons(response),
      retryAfterS: retryAfterSeconds(response),
      redirectedTo: this.#options.redirection === undefined ? this.#targets.rest() : [],
    };
    this.end(end);
  }

  #unanswered(diagnosis: Diagnosis): void {
    this.#forgetForks();
    if (this.#hangingUp) this.#endCancelled();
    else if (!this.#follow()) this.end({ by: 'there', cause: 'failed', status: undefined, diagnosis });
  }

  /** A final response ends every early dialog of its INVITE (RFC 3261 §12.3). */
  #forgetForks(): void {
    for (const leg of this.dialogs.values()) leg.release();
    this.dialogs.clear();
    this.current = undefined;
    this.#inForce = undefined;
  }

  /** Changes the INVITE so that what a 420 or 422 found wrong is right. `false` where nothing can be changed. */
  #adapt(response: SipResponse): boolean {
    if (response.status === 422) return this.timer.raise(response);
    if (response.status !== 420) return false;
    const before = this.#headers;
    this.#headers = withoutOptions(before, optionTags(response, 'Unsupported'));
    return this.#headers.length !== before.length || this.#headers.some(([, value], at) => value !== before[at]?.[1]);
  }

  /** Goes to the next target that a redirection named. `false` where there is none. */
  #follow(): boolean {
    const { redirection } = this.#options;
    const target = redirection === undefined ? undefined : this.#targets.next();
    if (redirection === undefined || target === undefined) return false;
    void redirection.connect(target).then((flow) => {
      if (this.ended) return;
      if (this.#hangingUp) this.#endCancelled();
      else if (flow.ok) {
        this.#target = target;
        this.requests.flow = flow.value;
        this.#invite();
      } else this.#unanswered(flow.error);
    });
    return true;
  }

  protected strayFork(response: SipResponse): void {
    const accepted = this.#accepted;
    // A repeat of the 2xx that is being looked at gets its ACK then.
    if (accepted === undefined || response.toTag === undefined || response.toTag === accepted.tag) return;
    const leg = this.#fork(response, accepted.invite);
    if (typeof leg === 'string') return;
    // Another fork answered too: acknowledge and end it (RFC 3261 §13.2.2.4).
    leg.dialog.receiveResponse(response);
    const offer = leg.exchange.state === 'none' ? bodyOf(response) : undefined;
    this.requests.acknowledge(leg, accepted.invite, offer && this.handler.refuseOffer?.(offer));
    this.#dismiss(leg, ELSEWHERE);
  }

  /** Ends a dialog that is not, or no longer, the session's. */
  #dismiss(leg: CallDialog, reason?: Reason): void {
    if (leg.left) leg.release();
    else {
      void this.requests.send(leg, 'BYE', { headers: reasonHeaders(reason) }).finally(() => {
        leg.release();
      });
    }
  }

  protected receivePrack(transaction: ServerTransaction): void {
    // All reliable responses of this session are answers to INVITEs of its own peer (RFC 3262 §3).
    this.respond(transaction, 481);
  }

  protected earlyBye(leg: CallDialog, reasons: readonly Reason[]): void {
    leg.release();
    this.dialogs.delete(leg.dialog.id.remoteTag ?? '');
    if (leg !== this.current) return;
    this.current = [...this.dialogs.values()].at(-1);
    if (this.current !== undefined) return;
    this.#outgoing?.cancel();
    this.end({ by: 'there', cause: 'bye', status: undefined, diagnosis: undefined, reasons });
  }
}
