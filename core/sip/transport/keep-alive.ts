import type { Clock, Timer } from '../../base/clock.ts';
import { randomFraction, type Random } from '../../base/random.ts';
import type { KeepAliveAgreement } from './keep-negotiation.ts';

/** How a flow that we opened is kept alive (RFC 5626 §3.5, §4.4). */
export interface KeepAliveSettings {
  /**
   * The longest time between two signs of life, milliseconds; each wait is 80 to 100 percent of it (§4.4.1). 0: none is sent
   * but where the other end asked for it.
   */
  readonly intervalMs: number;
  /** How long the answer may take on a connection, milliseconds. */
  readonly pongTimeoutMs: number;
  /**
   * What a missing answer means. `learned`: the flow failed only where this peer answered before or agreed to answer, because
   * many servers never do, FreeSWITCH over TLS among them. `required`: the flow failed.
   */
  readonly pong: 'learned' | 'required';
}

/** The habits of one kind of flow. */
interface FlowKeepAlive extends KeepAliveSettings {
  /** As {@link KeepAliveSettings.intervalMs}, where the other end agreed to answer. */
  readonly agreedIntervalMs: number;
}

/** Sends signs of life on one flow and notices where the answer does not come. */
export class KeepAlive {
  readonly #settings: FlowKeepAlive;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #ping: () => void;
  readonly #onSilent: () => void;
  #intervalMs: number;
  #timer: Timer | undefined;
  #agreementEnd: Timer | undefined;
  #waiting = false;
  #answersPings = false;

  /** `ping` sends the sign of life; `onSilent` is called where the peer is to be taken for gone. */
  constructor(settings: FlowKeepAlive, clock: Clock, random: Random, ping: () => void, onSilent: () => void) {
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
    this.#ping = ping;
    this.#onSilent = onSilent;
    this.#intervalMs = settings.intervalMs;
  }

  start(): void {
    if (this.#intervalMs > 0) this.#wait();
  }

  stop(): void {
    this.#rest();
    this.#agreementEnd?.cancel();
  }

  /** The peer agreed to answer, or agrees no more. */
  agree(agreement: KeepAliveAgreement | undefined): void {
    this.#agreementEnd?.cancel();
    const { intervalMs, agreedIntervalMs } = this.#settings;
    const next = agreement === undefined ? intervalMs : Math.min(agreedIntervalMs, agreement.intervalMs ?? Infinity);
    if (agreement !== undefined) {
      this.#answersPings = true;
      this.#agreementEnd = this.#clock.after(agreement.forMs, () => this.agree(undefined));
    }
    if (next === this.#intervalMs) return;
    this.#intervalMs = next;
    if (this.#waiting) return;
    this.#rest();
    this.start();
  }

  /** Asks now instead of at the next time, where anything is asked at all. */
  probe(): void {
    if (this.#timer === undefined || this.#waiting) return;
    this.#rest();
    this.#ask();
  }

  /** The answer came. */
  onPong(): void {
    this.#answersPings = true;
    this.onOctets();
  }

  /** Something came: the peer lives, whatever it said. */
  onOctets(): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    this.#rest();
    this.start();
  }

  #rest(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #wait(): void {
    const delayMs = this.#intervalMs * (0.8 + 0.2 * randomFraction(this.#random));
    this.#timer = this.#clock.after(delayMs, () => this.#ask());
  }

  #ask(): void {
    this.#waiting = true;
    this.#timer = this.#clock.after(this.#settings.pongTimeoutMs, () => {
      this.#waiting = false;
      if (this.#answersPings || this.#settings.pong === 'required') this.#onSilent();
      else this.start();
    });
    this.#ping();
  }
}
