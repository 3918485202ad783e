import type { Diagnosis } from '../../base/diagnosis.ts';
import { randomToken } from '../../base/random.ts';
import { Dialog } from '../dialog/dialog.ts';
import { createResponse } from '../message/factory.ts';
import type { SipRequest } from '../message/message.ts';
import { formatUri } from '../message/uri.ts';
import type { ServerTransaction } from '../transaction/transaction-user.ts';
import { AckWaiter } from './ack-waiter.ts';
import { bodyOf, InviteSession, warning, type SessionPorts } from './invite-session.ts';
import type { Body, SessionDescriptionHandler } from './session-description-handler.ts';

/** A call that comes in (RFC 3261 §13.3). Its user rings, answers or refuses; a CANCEL ends it. */
export class InviteServerSession extends InviteSession {
  readonly callId: string;
  readonly invite: SipRequest;
  readonly #transaction: ServerTransaction;
  readonly #toTag: string;
  readonly #acks: AckWaiter;
  #accepting = false;

  constructor(options: {
    readonly ports: SessionPorts;
    readonly handler: SessionDescriptionHandler;
    readonly transaction: ServerTransaction;
  }) {
    super({ ...options, flow: options.transaction.flow, digest: undefined, reconnect: undefined });
    this.#transaction = options.transaction;
    this.invite = options.transaction.request;
    this.callId = this.invite.callId;
    this.#toTag = randomToken(options.ports.random, 10);
    this.#acks = new AckWaiter(options.ports.clock, () => {
      this.#ackMissing();
    });
    this.#transaction.onCancel(() => {
      if (this.#transaction.answered) return;
      this.#refuseWith(487);
      this.end({ by: 'there', cause: 'cancelled', status: 487, diagnosis: undefined });
    });
    this.#transaction.onFailure((failure) => {
      const diagnosis = failure.kind === 'transport' ? failure.reason : undefined;
      // A 2xx belongs to us, not to its transaction: only what ends the INVITE early ends the session here.
      if (this.state !== 'established') this.end({ by: 'there', cause: 'failed', status: undefined, diagnosis });
    });
  }

  /** Sends 180 (or another 1xx), which makes an early dialog. `body` is an early answer (early media). */
  progress(status = 180, body?: Body): void {
    if (this.#settled()) return;
    const response = createResponse(this.invite, status, {
      toTag: this.#toTag,
      headers: [['Contact', `<${formatUri(this.ports.contact(this.currentFlow))}>`], ...this.commonHeaders()],
      ...(body === undefined ? {} : { body: body.content, contentType: body.contentType }),
    });
    const dialog = this.dialog === undefined ? Dialog.fromRequest(this.invite, response) : undefined;
    if (dialog?.ok === true) this.adoptDialog(dialog.value);
    this.apply('dialog');
    this.#transaction.respond(response);
  }

  /**
   * Answers with 200. The body is taken from the handler, or `early`, where the answer went out in a provisional response
   * already. Where the offer cannot be met, the caller is refused and the session ends with the diagnosis.
   */
  async accept(early?: Body): Promise<void> {
    if (this.#accepting || this.#settled()) return;
    this.#accepting = true;
    const offer = bodyOf(this.invite);
    const described =
      early !== undefined
        ? ({ ok: true, value: early } as const)
        : offer === undefined
          ? await this.handler.createOffer()
          : await this.handler.receiveOffer(offer);
    // A CANCEL may have come meanwhile, or our own person may have declined.
    if (this.#settled()) return;
    if (!described.ok) {
      this.reject(described.error.status, [['Warning', warning(described.error.warning)]], described.error.diagnosis);
      return;
    }
    if (this.dialog === undefined) {
      const response = createResponse(this.invite, 200, { toTag: this.#toTag });
      const dialog = Dialog.fromRequest(this.invite, response);
      if (!dialog.ok) {
        this.reject(400);
        return;
      }
      this.adoptDialog(dialog.value);
    }
    this.apply('accepted');
    const contact = this.ports.contact(this.currentFlow);
    this.#acks.answer(this.#transaction, contact, described.value, (ack) => {
      void this.#lateAnswer(offer === undefined && early === undefined ? ack : undefined);
    }, this.#toTag); // prettier-ignore
    this.user.onEstablished?.();
  }

  /** Where the INVITE had no offer, its ACK has the answer (RFC 3261 §13.2.1). */
  async #lateAnswer(ack: SipRequest | undefined): Promise<void> {
    if (ack === undefined) return;
    const answer = bodyOf(ack);
    if (answer === undefined) {
      this.hangUp();
      return;
    }
    const taken = await this.handler.receiveAnswer(answer);
    if (taken.ok || this.ended) return;
    this.sendBye();
    this.end({ by: 'here', cause: 'failed', status: undefined, diagnosis: taken.error.diagnosis });
  }

  /** Refuses with a final response of 3xx to 6xx. */
  reject(status: number, headers: readonly (readonly [string, string])[] = [], diagnosis?: Diagnosis): void {
    if (this.#settled()) return;
    this.#refuseWith(status, headers);
    this.end({ by: 'here', cause: 'refused', status, diagnosis });
  }

  hangUp(): void {
    if (this.state !== 'established') {
      this.reject(603);
      return;
    }
    this.apply('hang-up');
    this.sendBye();
    this.end({ by: 'here', cause: 'bye', status: undefined, diagnosis: undefined });
  }

  /** Whether a final response was sent, or the call is over. */
  #settled(): boolean {
    return this.#transaction.answered || this.ended;
  }

  #refuseWith(status: number, headers: readonly (readonly [string, string])[] = []): void {
    this.#transaction.respond(createResponse(this.invite, status, { toTag: this.#toTag, headers }));
  }

  /** RFC 3261 §13.3.1.4: no ACK for 64 × T1 ends the dialog by BYE. */
  #ackMissing(): void {
    this.sendBye();
    this.end({
      by: 'here',
      cause: 'failed',
      status: undefined,
      diagnosis: {
        code: 'sip.ack-missing',
        side: 'there',
        summary: 'The caller never confirmed that it saw our answer.',
        cure: 'Check the address in our Contact and any NAT or firewall between: the ACK is sent there.',
        evidence: { contact: formatUri(this.ports.contact(this.currentFlow)) },
      },
    });
  }

  receiveAck(ack: SipRequest): void {
    this.#acks.received(ack);
  }

  receiveStrayResponse(): void {
    // A server session sends no INVITE of its own whose 2xx could stray.
  }

  protected answerRenegotiation(transaction: ServerTransaction, body: Body, late: boolean): void {
    this.#acks.answer(transaction, this.ports.contact(transaction.flow), body, (ack) => {
      void this.#lateAnswer(late ? ack : undefined);
    });
  }

  protected override end(end: Parameters<InviteSession['end']>[0]): void {
    this.#acks.stop();
    super.end(end);
  }
}
