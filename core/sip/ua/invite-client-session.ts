import type { Diagnosis } from '../../base/diagnosis.ts';
import { randomToken } from '../../base/random.ts';
import type { Result } from '../../base/result.ts';
import type { ClientDigest } from '../auth/client-digest.ts';
import { Dialog } from '../dialog/dialog.ts';
import { createRequest } from '../message/factory.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { formatNameAddress } from '../message/name-address.ts';
import { formatUri, type SipUri } from '../message/uri.ts';
import type { ServerTransaction } from '../transaction/transaction-user.ts';
import type { Flow } from '../transport/flow.ts';
import { AckWaiter } from './ack-waiter.ts';
import { ALLOWED_METHODS, bodyOf, InviteSession, type SessionPorts } from './invite-session.ts';
import { OutgoingRequest } from './outgoing-request.ts';
import type { Body, BodyRefusal, SessionDescriptionHandler } from './session-description-handler.ts';
import { statusDiagnosis } from './status-diagnosis.ts';

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
}

/** A call that we place (RFC 3261 §13.2). */
export class InviteClientSession extends InviteSession {
  readonly callId: string;
  readonly #options: InviteClientOptions;
  readonly #renegotiationAcks: AckWaiter;
  #outgoing: OutgoingRequest | undefined;
  #invite: SipRequest | undefined;
  #answeredEarly = false;
  #hangingUp = false;
  #ack: SipRequest | undefined;
  /** To tags of forks that we ended, and the ACK that each of their 2xx gets. */
  readonly #forks = new Map<string, SipRequest>();

  constructor(options: InviteClientOptions) {
    super(options);
    this.#options = options;
    this.callId = randomToken(options.ports.random, 22);
    this.#renegotiationAcks = new AckWaiter(options.ports.clock, () => {
      this.hangUp();
    });
  }

  /** Makes the offer and sends the INVITE. Fails where no offer can be made. */
  async start(): Promise<Result<void, BodyRefusal>> {
    const offer = await this.handler.createOffer();
    if (!offer.ok) {
      this.end({ by: 'here', cause: 'failed', status: undefined, diagnosis: offer.error.diagnosis });
      return offer;
    }
    if (this.#hangingUp) {
      this.end({ by: 'here', cause: 'cancelled', status: undefined, diagnosis: undefined });
      return { ok: true, value: undefined };
    }
    const { ports, flow, target, from, to, headers = [] } = this.#options;
    const request = createRequest({
      method: 'INVITE',
      uri: target,
      headers: [
        ['Max-Forwards', '70'],
        ['From', `${formatNameAddress(from)};tag=${randomToken(ports.random, 10)}`],
        ['To', formatNameAddress(to)],
        ['Call-ID', this.callId],
        ['CSeq', '1 INVITE'],
        ['Contact', `<${formatUri(ports.contact(flow))}>`],
        ['Allow', ALLOWED_METHODS],
        ...this.commonHeaders(),
        ...headers,
      ],
      body: offer.value.content,
      contentType: offer.value.contentType,
    });
    this.#outgoing = new OutgoingRequest({
      transactions: ports.transactions,
      request,
      flow,
      digest: this.digest,
      user: {
        onProvisional: (response) => {
          void this.#provisional(response);
        },
        onFinal: (response, sent) => {
          this.#invite = sent;
          if (response.status < 300) void this.#accepted(response, sent);
          else this.#refused(response);
        },
        onFailure: (diagnosis) => {
          this.end({ by: 'there', cause: 'failed', status: undefined, diagnosis });
        },
      },
    });
    return { ok: true, value: undefined };
  }

  hangUp(): void {
    if (this.#hangingUp || this.ended) return;
    this.#hangingUp = true;
    const established = this.state === 'established';
    this.apply('hang-up');
    if (established) {
      this.sendBye();
      this.end({ by: 'here', cause: 'bye', status: undefined, diagnosis: undefined });
    } else this.#outgoing?.cancel();
  }

  async #provisional(response: SipResponse): Promise<void> {
    if (this.ended) return;
    const sent = this.#outgoing?.request;
    if (response.status > 100 && response.toTag !== undefined && this.dialog === undefined && sent !== undefined) {
      const dialog = Dialog.fromResponse(sent, response);
      if (dialog.ok) this.adoptDialog(dialog.value);
      this.apply('dialog');
    } else this.apply('provisional');
    const body = bodyOf(response);
    // The first body that answers our offer counts, in a provisional response too (RFC 3261 §13.2.1); repeats are equal.
    if (body !== undefined && !this.#answeredEarly) {
      this.#answeredEarly = (await this.handler.receiveAnswer(body)).ok;
    }
    if (response.status > 100 && this.state !== 'ending') this.user.onProgress?.(response);
  }

  /**
   * The answer of the 2xx decides, since an early one may be of another fork; where it has none the early one stands. Gives
   * why there is none that can be used.
   */
  async #finalAnswer(response: SipResponse): Promise<Diagnosis | undefined> {
    const body = bodyOf(response);
    if (body === undefined) {
      return this.#answeredEarly ? undefined : unreadable('the 200 has no session description');
    }
    const taken = await this.handler.receiveAnswer(body);
    return taken.ok ? undefined : taken.error.diagnosis;
  }

  async #accepted(response: SipResponse, invite: SipRequest): Promise<void> {
    const dialog = Dialog.fromResponse(invite, response);
    if (!dialog.ok) {
      this.end({ by: 'there', cause: 'failed', status: response.status, diagnosis: unreadable(dialog.error) });
      return;
    }
    this.adoptDialog(dialog.value);
    this.#ack = this.ports.transactions.acknowledge(dialog.value.createAck(invite), this.currentFlow);
    if (this.#hangingUp || this.ended) {
      // Our CANCEL came too late: the call stands, so it has to be ended (RFC 3261 §9.1).
      this.sendBye();
      this.end({ by: 'here', cause: 'cancelled', status: response.status, diagnosis: undefined });
      return;
    }
    const diagnosis = await this.#finalAnswer(response);
    if (diagnosis !== undefined) {
      this.sendBye();
      this.end({ by: 'here', cause: 'failed', status: response.status, diagnosis });
      return;
    }
    // The person may have hung up, or the peer, while the answer was looked at.
    if (this.state === 'ended' || this.state === 'ending') return;
    this.apply('accepted');
    this.user.onEstablished?.();
  }

  #refused(response: SipResponse): void {
    const cancelled = this.#hangingUp;
    this.end({
      by: cancelled ? 'here' : 'there',
      cause: cancelled ? 'cancelled' : 'refused',
      status: response.status,
      diagnosis: cancelled ? undefined : statusDiagnosis(response),
    });
  }

  receiveAck(ack: SipRequest): void {
    this.#renegotiationAcks.received(ack);
  }

  receiveStrayResponse(response: SipResponse, flow: Flow): void {
    if (this.#invite === undefined || response.toTag === undefined) return;
    if (response.toTag === this.dialog?.id.remoteTag) {
      if (this.#ack !== undefined) flow.send(this.#ack);
      return;
    }
    const known = this.#forks.get(response.toTag);
    if (known !== undefined) {
      flow.send(known);
      return;
    }
    // Another fork answered too: acknowledge and end it (RFC 3261 §13.2.2.4).
    const fork = Dialog.fromResponse(this.#invite, response);
    if (!fork.ok || this.#forks.size >= MAX_FORKS) return;
    this.#forks.set(response.toTag, this.ports.transactions.acknowledge(fork.value.createAck(this.#invite), flow));
    this.ports.transactions.request(fork.value.createRequest('BYE', { headers: this.commonHeaders() }), flow, {
      onResponse: () => undefined,
      onFailure: () => undefined,
    });
  }

  protected answerRenegotiation(transaction: ServerTransaction, body: Body, late: boolean): void {
    this.#renegotiationAcks.answer(transaction, this.ports.contact(transaction.flow), body, (ack) => {
      const answer = late ? bodyOf(ack) : undefined;
      if (answer !== undefined) void this.handler.receiveAnswer(answer);
    });
  }

  protected override end(end: Parameters<InviteSession['end']>[0]): void {
    this.#renegotiationAcks.stop();
    super.end(end);
  }
}

/** More forks of one call than this are not ended one by one. */
const MAX_FORKS = 32;

function unreadable(detail: string): Diagnosis {
  return {
    code: 'sip.parse',
    side: 'there',
    summary: `The other end answered with something that cannot be used: ${detail}.`,
    cure: 'Report it to the maker of the other end, with the saved trace.',
    evidence: { detail },
  };
}
