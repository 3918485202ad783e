import type { Clock, Timer } from '../../base/clock.ts';
import { createResponse } from '../message/factory.ts';
import type { SipRequest } from '../message/message.ts';
import { formatUri, type SipUri } from '../message/uri.ts';
import { DEFAULT_TIMER_VALUES } from '../transaction/timers.ts';
import type { ServerTransaction } from '../transaction/transaction-user.ts';
import type { Body } from './session-description-handler.ts';

const { t1: T1_MS, t2: T2_MS } = DEFAULT_TIMER_VALUES;

/**
 * Sends the 2xx to an INVITE and repeats it until its ACK comes: on every transport, since a proxy on the way may use
 * another one (RFC 3261 §13.3.1.4). UPDATE gets its 2xx once and needs no ACK (RFC 3311 §5.2).
 */
export class AckWaiter {
  readonly #clock: Clock;
  readonly #onMissing: () => void;
  #sequence: number | undefined;
  #onAck: (ack: SipRequest) => void = () => undefined;
  #timer: Timer | undefined;

  /** `onMissing` is called where no ACK came within 64 × T1. */
  constructor(clock: Clock, onMissing: () => void) {
    this.#clock = clock;
    this.#onMissing = onMissing;
  }

  /** Answers `transaction` with 200 and `body`; `onAck` gets the first ACK. */
  answer(
    transaction: ServerTransaction,
    contact: SipUri,
    body: Body,
    onAck: (ack: SipRequest) => void,
    toTag?: string,
  ): void {
    const { request } = transaction;
    const response = createResponse(request, 200, {
      headers: [['Contact', `<${formatUri(contact)}>`]],
      body: body.content,
      contentType: body.contentType,
      ...(toTag === undefined ? {} : { toTag }),
    });
    transaction.respond(response);
    if (request.method !== 'INVITE') return;
    this.stop();
    this.#sequence = request.cseq?.sequence;
    this.#onAck = onAck;
    const started = this.#clock.now();
    const repeat = (intervalMs: number): void => {
      this.#timer = this.#clock.after(intervalMs, () => {
        if (this.#clock.now() - started >= 64 * T1_MS) {
          this.stop();
          this.#onMissing();
          return;
        }
        transaction.respond(response);
        repeat(Math.min(intervalMs * 2, T2_MS));
      });
    };
    repeat(T1_MS);
  }

  /** Takes an ACK; repeats and ACKs of earlier offers do nothing. */
  received(ack: SipRequest): void {
    if (this.#sequence === undefined || ack.cseq?.sequence !== this.#sequence) return;
    const onAck = this.#onAck;
    this.stop();
    onAck(ack);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#sequence = undefined;
  }
}
