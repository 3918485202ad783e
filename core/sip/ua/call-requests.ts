import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Result } from '../../base/result.ts';
import type { ClientDigest } from '../auth/client-digest.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Transactions } from '../transaction/transaction-user.ts';
import type { Flow } from '../transport/flow.ts';
import { bodyOf, bodyParts } from './bodies.ts';
import type { CallDialog } from './call-dialog.ts';
import { OutgoingRequest } from './outgoing-request.ts';
import { reliableSequence } from './reliable-provisional.ts';
import type { Answered } from './renegotiation-host.ts';
import type { Body, SessionDescriptionHandler } from './session-description-handler.ts';

type HeaderFields = readonly (readonly [name: string, value: string])[];

/** What became of a provisional response: it wants no PRACK, is a repeat or out of order, was taken, or cannot be met. */
export type ProvisionalFate = 'unreliable' | 'ignored' | 'taken' | Diagnosis;

/** What {@link CallRequests} needs of its session. */
export interface CallRequestsHost {
  readonly transactions: Transactions;
  readonly handler: SessionDescriptionHandler;
  readonly digest: ClientDigest | undefined;
  readonly reconnect: (() => Promise<Result<Flow, Diagnosis>>) | undefined;
  readonly commonHeaders: () => HeaderFields;
  readonly contactHeaders: (flow: Flow) => HeaderFields;
  /** A final response came. */
  readonly onFinal: (leg: CallDialog, method: string, response: SipResponse) => void;
  /** No final response came in time (RFC 3261 §8.1.3.1: as if it were 408). */
  readonly onSilence: (leg: CallDialog, method: string, diagnosis: Diagnosis) => void;
  /** What a reliable provisional response to a re-INVITE describes cannot be. */
  readonly onUnusable: (diagnosis: Diagnosis) => void;
}

/** Sends requests in the dialogs of one session, on the flow that reaches its peer. */
export class CallRequests {
  flow: Flow;
  readonly #host: CallRequestsHost;

  constructor(flow: Flow, host: CallRequestsHost) {
    this.flow = flow;
    this.#host = host;
  }

  /** Sends a request; resolves with its final response, after challenges. INVITE and UPDATE get our Contact. */
  async send(
    leg: CallDialog,
    method: string,
    parts: { readonly headers?: HeaderFields; readonly body?: Body | undefined } = {},
  ): Promise<Result<Answered, Diagnosis>> {
    const host = this.#host;
    const found = await this.#openFlow();
    if (!found.ok) return found;
    const flow = found.value;
    const contact = method === 'INVITE' || method === 'UPDATE' ? host.contactHeaders(flow) : [];
    const request = leg.dialog.createRequest(method, {
      headers: [...contact, ...host.commonHeaders(), ...(parts.headers ?? [])],
      ...bodyParts(parts.body),
    });
    return new Promise((resolve) => {
      new OutgoingRequest({
        transactions: host.transactions,
        request,
        flow,
        digest: host.digest,
        onSequence: (sequence) => {
          leg.dialog.localSequence = sequence;
        },
        user: {
          onProvisional: (response, sent) => {
            if (method === 'INVITE') void this.#progress(leg, response, sent);
          },
          onFinal: (response, sent) => {
            host.onFinal(leg, method, response);
            resolve({ ok: true, value: { response, request: sent } });
          },
          onFailure: (diagnosis) => {
            if (diagnosis.code === 'sip.timeout') host.onSilence(leg, method, diagnosis);
            resolve({ ok: false, error: diagnosis });
          },
        },
      });
    });
  }

  /** Acknowledges the 2xx to `invite`, and keeps the ACK for repeats of the 2xx. */
  acknowledge(leg: CallDialog, invite: SipRequest, body: Body | undefined): void {
    const ack = leg.dialog.createAck(invite, { headers: this.#host.commonHeaders(), ...bodyParts(body) });
    leg.keepAck(this.#host.transactions.acknowledge(ack, this.flow));
  }

  /**
   * Takes a provisional response to an INVITE of ours where it is a reliable one: its offer or answer, then PRACK (RFC 3262
   * §4, §5).
   */
  async takeReliable(leg: CallDialog, response: SipResponse, invite: SipRequest): Promise<ProvisionalFate> {
    const rseq = reliableSequence(response);
    if (rseq === undefined) return 'unreliable';
    const sequence = invite.cseq?.sequence ?? 0;
    if (!leg.order.isNext(rseq, sequence)) return 'ignored';
    const { answer, diagnosis } = await this.#describe(leg, bodyOf(response));
    void this.send(leg, 'PRACK', { headers: [['RAck', `${rseq} ${sequence} INVITE`]], body: answer });
    return diagnosis ?? 'taken';
  }

  async #describe(
    leg: CallDialog,
    body: Body | undefined,
  ): Promise<{ readonly answer?: Body | undefined; readonly diagnosis?: Diagnosis }> {
    const { exchange } = leg;
    const { handler } = this.#host;
    if (body === undefined) return {};
    if (exchange.state === 'offered' || exchange.state === 'reoffered') {
      exchange.take('answer-in');
      leg.earlyAnswer = body;
      const taken = await handler.receiveAnswer(body);
      return taken.ok ? {} : { diagnosis: taken.error.diagnosis };
    }
    // What comes once all is agreed repeats it (RFC 3261 §13.2.1).
    if (exchange.state !== 'none') return {};
    exchange.take('offer-in');
    const answer = await handler.receiveOffer(body);
    exchange.take(answer.ok ? 'answer-out' : 'refused');
    if (answer.ok) return { answer: answer.value };
    return { answer: handler.refuseOffer?.(body), diagnosis: answer.error.diagnosis };
  }

  async #progress(leg: CallDialog, response: SipResponse, invite: SipRequest): Promise<void> {
    const fate = await this.takeReliable(leg, response, invite);
    if (typeof fate === 'object') this.#host.onUnusable(fate);
  }

  async #openFlow(): Promise<Result<Flow, Diagnosis>> {
    const { reconnect } = this.#host;
    if (this.flow.open || reconnect === undefined) return { ok: true, value: this.flow };
    const flow = await reconnect();
    if (flow.ok) this.flow = flow.value;
    return flow;
  }
}
