import type { Clock, Timer } from '../../base/clock.ts';
import { randomFraction, type Random } from '../../base/random.ts';

/** How a flow that we opened is kept alive (RFC 5626 §3.5.1). */
export interface KeepAliveSettings {
  /** The longest time between two pings; each wait is 80 to 100 percent of it (§4.4.1). 0 switches pings off. */
  readonly intervalMs: number;
  /** How long the pong may take. */
  readonly pongTimeoutMs: number;
  /**
   * What a missing pong means. `learned`: the flow failed only where this peer answered a ping before, because many servers
   * never answer any, FreeSWITCH over TLS among them. `required`: the flow failed.
   */
  readonly pong: 'learned' | 'required';
}

/** Sends pings on one connection and notices where the pong does not come. */
export class KeepAlive {
  readonly #settings: KeepAliveSettings;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #ping: () => void;
  readonly #onSilent: () => void;
  #timer: Timer | undefined;
  #waiting = false;
  #answersPings = false;

  /** `ping` sends the double CRLF; `onSilent` is called where the peer is to be taken for gone. */
  constructor(settings: KeepAliveSettings, clock: Clock, random: Random, ping: () => void, onSilent: () => void) {
    this.#settings = settings;
    this.#clock = clock;
    this.#random = random;
    this.#ping = ping;
    this.#onSilent = onSilent;
  }

  start(): void {
    if (this.#settings.intervalMs > 0) this.#wait();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** A pong came. */
  onPong(): void {
    this.#answersPings = true;
    this.onOctets();
  }

  /** Something came: the peer lives, whatever it said. */
  onOctets(): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    this.stop();
    this.#wait();
  }

  #wait(): void {
    const delayMs = this.#settings.intervalMs * (0.8 + 0.2 * randomFraction(this.#random));
    this.#timer = this.#clock.after(delayMs, () => {
      this.#ping();
      this.#waiting = true;
      this.#timer = this.#clock.after(this.#settings.pongTimeoutMs, () => {
        this.#waiting = false;
        if (this.#answersPings || this.#settings.pong === 'required') this.#onSilent();
        else this.#wait();
      });
    });
  }
}
