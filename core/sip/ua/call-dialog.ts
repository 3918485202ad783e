import type { Dialog } from '../dialog/dialog.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { OfferAnswerExchange } from './offer-answer-state.ts';
import { ProvisionalOrder } from './reliable-provisional.ts';
import type { Body } from './session-description-handler.ts';

/** ACKs kept: a 2xx that is repeated is that of the last INVITE, or of the one before where its ACK was lost. */
const ACKS_KEPT = 2;

/** One dialog of a session, and what belongs to it alone: a forked INVITE has several (RFC 3261 §13.2.2.4). */
export class CallDialog {
  readonly dialog: Dialog;
  /** Takes the dialog out of the table of the user agent. */
  readonly release: () => void;
  readonly exchange = new OfferAnswerExchange();
  readonly order = new ProvisionalOrder();
  /** The answer that a provisional response of this fork brought. */
  earlyAnswer: Body | undefined;
  /** The peer said BYE, so we need not. */
  left = false;
  #acks: readonly SipRequest[] = [];

  constructor(dialog: Dialog, release: () => void) {
    this.dialog = dialog;
    this.release = release;
  }

  /** Keeps the ACK for a 2xx, to be sent again for each repeat. */
  keepAck(ack: SipRequest): void {
    this.#acks = [...this.#acks, ack].slice(-ACKS_KEPT);
  }

  /** The ACK that a repeated 2xx gets. */
  ackFor(response: SipResponse): SipRequest | undefined {
    return this.#acks.find(({ cseq }) => cseq?.sequence === response.cseq?.sequence);
  }
}
