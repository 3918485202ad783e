import type { Clock, Timer } from '../../base/clock.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { DEFAULT_TIMER_VALUES } from '../transaction/timers.ts';
import type { ServerTransaction } from '../transaction/transaction-user.ts';

const { t1: T1_MS, t2: T2_MS } = DEFAULT_TIMER_VALUES;

/**
 * Sends the 2xx to an INVITE and repeats it until its ACK comes: on every transport, since a proxy on the way may use
 * another one (RFC 3261 §13.3.1.4).
 */
export class AckWaiter {
  readonly #clock: Clock;
  readonly #onMissing: () => void;
  #sequence: number | undefined;
  #onAck: (ack: SipRequest) => void = () => undefined;
  #timer: Timer | undefined;
  #onIdle: (() => void)[] = [];

  /** `onMissing` is called where no ACK came within 64 × T1. */
  constructor(clock: Clock, onMissing: () => void) {
    this.#clock = clock;
    this.#onMissing = onMissing;
  }

  /** Answers `transaction` with the 2xx `response`; `onAck` gets the first ACK. */
  answer(transaction: ServerTransaction, response: SipResponse, onAck: (ack: SipRequest) => void): void {
    transaction.respond(response);
    this.stop();
    this.#sequence = transaction.request.cseq?.sequence;
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

  /** Resolves once no 2xx waits for its ACK: a callee must not send BYE before (RFC 3261 §15). */
  async idle(): Promise<void> {
    if (this.#sequence !== undefined) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#sequence = undefined;
    const waiting = this.#onIdle;
    this.#onIdle = [];
    for (const resolve of waiting) resolve();
  }
}
