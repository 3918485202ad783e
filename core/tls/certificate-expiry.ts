import type { Clock, Timer } from '../base/clock.ts';
import { daysLeft } from './certificate-findings.ts';
import type { CertificateView } from './certificate-reader.ts';

/** Days before the end at which it is told, each once. */
const STAGES = [30, 7, 1, -1] as const;

/** Often enough for days, and for a clock that was set right meanwhile. */
const LOOK_EVERY_MS = 6 * 3_600_000;

/** Called for a certificate of `key` that ends in `days`; negative once it has ended. */
export type ExpiryListener = (key: string, certificate: CertificateView, days: number) => void;

/**
 * Watches the ends of certificates in use: tells 30, 7 and 1 days ahead, and when it is too late. Of a certificate that
 * already is near its end, only the stage that it has reached is told.
 */
export class CertificateExpiryWatch {
  readonly #clock: Clock;
  readonly #listener: ExpiryListener;
  readonly #chains = new Map<string, readonly CertificateView[]>();
  /** The last stage told, by key and fingerprint. */
  readonly #told = new Map<string, number>();
  #timer: Timer | undefined;

  constructor(clock: Clock, listener: ExpiryListener) {
    this.#clock = clock;
    this.#listener = listener;
  }

  /** The chain that is in force for `key` from now on. */
  set(key: string, chain: readonly CertificateView[]): void {
    this.#timer ??= this.#arm();
    this.#chains.set(key, chain);
    this.#look(key, chain);
  }

  /** Watches nothing any more, until the next chain is in force. */
  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#chains.clear();
  }

  #arm(): Timer {
    return this.#clock.after(LOOK_EVERY_MS, () => {
      this.#timer = this.#arm();
      for (const [key, chain] of this.#chains) this.#look(key, chain);
    });
  }

  #look(key: string, chain: readonly CertificateView[]): void {
    for (const certificate of chain) {
      const days = daysLeft(certificate, this.#clock.wall());
      const stage = STAGES.findLast((candidate) => days <= candidate);
      const id = `${key} ${certificate.sha256}`;
      if (stage === undefined || this.#told.get(id) === stage) continue;
      this.#told.set(id, stage);
      this.#listener(key, certificate, days);
    }
  }
}
