import type { Timer } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Result } from '../../base/result.ts';
import { formatUri } from '../message/uri.ts';
import type { Flow } from '../transport/flow.ts';
import type { DialogUsages } from './dialog-usages.ts';
import type { EventPorts } from './dialog-sender.ts';
import { retryDelayS } from './retry-delay.ts';
import { SubscriptionDialog, type SubscriptionTarget } from './subscription-dialog.ts';
import type { Notification, SubscriberEnd } from './subscriber-usage.ts';

/**
 * Where a subscription stands. `waiting`: it was lost or refused for now, and the next try is planned. `ended`: polled, stopped,
 * or refused in a way that no new try can mend.
 */
export type SubscriptionPhase = 'off' | 'subscribing' | 'pending' | 'active' | 'waiting' | 'ended';

/** What the user of a subscription sees. */
export interface SubscriptionView {
  readonly phase: SubscriptionPhase;
  /** Wall time at which it ends if nothing refreshes it. */
  readonly expiresAt: number | undefined;
  readonly diagnosis: Diagnosis | undefined;
}

export interface SubscriptionOptions extends SubscriptionTarget {
  /** Seconds asked for; 0 asks once and is through (RFC 6665 §4.4.3). */
  readonly expires: number;
  /** Gives an open flow to the notifier, dialling where needed. */
  readonly connect: () => Promise<Result<Flow, Diagnosis>>;
  readonly onNotify: (notification: Notification) => void;
  readonly onChange?: (view: SubscriptionView) => void;
}

/** Reasons after which there must be no new try (RFC 6665 §4.1.3). */
const FINAL_REASONS: ReadonlySet<string> = new Set(['rejected', 'noresource', 'invariant']);

/** Reasons that ask for a new try at once (RFC 6665 §4.1.3). */
const AT_ONCE: ReadonlySet<string> = new Set(['deactivated', 'timeout']);

/** Refusals of a first SUBSCRIBE that a later try cannot mend: the person has to change something first. */
const FINAL_STATUS: ReadonlySet<number> = new Set([
  400, 401, 403, 404, 405, 406, 407, 410, 413, 414, 415, 416, 420, 423, 484, 485, 489, 501, 505, 603, 604, 606,
]);

/** A subscription that lived so long was a good one: failures are counted anew. */
const GOOD_AFTER_MS = 60_000;

/** How long the notifier may take to confirm an end before nobody waits any more. */
const FAREWELL_MS = 2000;

/**
 * Keeps one subscription going (RFC 6665 §4.1): makes it anew when the notifier lost it or asks for it, not before it may, and
 * ever more slowly while it fails.
 */
export class Subscription {
  readonly #ports: EventPorts;
  readonly #usages: DialogUsages;
  readonly #options: SubscriptionOptions;
  #view: SubscriptionView = { phase: 'off', expiresAt: undefined, diagnosis: undefined };
  #dialog: SubscriptionDialog | undefined;
  #timer: Timer | undefined;
  #failures = 0;
  #startedAtMs = 0;
  #expires: number;
  /** Grows with each start and stop, so that what belongs to an earlier one is known as such. */
  #generation = 0;
  #onGone: () => void = () => undefined;

  constructor(ports: EventPorts, usages: DialogUsages, options: SubscriptionOptions) {
    this.#ports = ports;
    this.#usages = usages;
    this.#options = options;
    this.#expires = options.expires;
  }

  get view(): SubscriptionView {
    return this.#view;
  }

  /** Subscribes, or refreshes at once where the subscription stands. */
  start(): void {
    if (this.#dialog?.state === 'active' || this.#dialog?.state === 'pending') this.#dialog.renew();
    else if (this.#dialog === undefined) void this.#subscribe();
  }

  /** Unsubscribes; resolves when the notifier said so, cannot be asked, or did not answer within two seconds. */
  async stop(): Promise<void> {
    this.#generation++;
    this.#timer?.cancel();
    const dialog = this.#dialog;
    if (dialog === undefined) {
      this.#show('off');
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = this.#ports.clock.after(FAREWELL_MS, resolve);
      this.#onGone = (): void => {
        timer.cancel();
        resolve();
      };
      dialog.unsubscribe();
      this.#show('off');
    });
  }

  async #subscribe(): Promise<void> {
    const generation = ++this.#generation;
    this.#timer?.cancel();
    this.#show('subscribing');
    const flow = await this.#options.connect();
    if (generation !== this.#generation) return;
    if (!flow.ok) {
      this.#retry(flow.error);
      return;
    }
    this.#startedAtMs = this.#ports.clock.now();
    const dialog = new SubscriptionDialog({
      ports: this.#ports,
      usages: this.#usages,
      target: this.#options,
      flow: flow.value,
      expires: this.#expires,
      onNotify: (notification) => {
        if (generation === this.#generation) this.#options.onNotify(notification);
      },
      onState: () => {
        const { state, expiresAtMs } = dialog;
        if (generation === this.#generation && (state === 'pending' || state === 'active'))
          this.#show(state, undefined, expiresAtMs);
      },
      onEnded: (end) => {
        this.#dialog = undefined;
        this.#expires = dialog.expires;
        if (generation === this.#generation) this.#ended(end);
        else this.#onGone();
      },
    });
    this.#dialog = dialog;
  }

  /** What the end of one subscription means for the next (RFC 6665 §4.1.3). */
  #ended(end: SubscriberEnd): void {
    const { cause, reason = '', retryAfterS, status, diagnosis } = end;
    const isFinal = cause === 'notify' ? FINAL_REASONS.has(reason) : status !== undefined && FINAL_STATUS.has(status);
    if (this.#options.expires === 0 || isFinal) {
      this.#show('ended', diagnosis);
      return;
    }
    if (this.#ports.clock.now() - this.#startedAtMs >= GOOD_AFTER_MS) this.#failures = 0;
    const atOnce = this.#failures === 0 && (status === 481 || cause === 'expired' || AT_ONCE.has(reason));
    this.#retry(diagnosis, atOnce ? 0 : undefined, reason === 'deactivated' ? 0 : retryAfterS);
  }

  /** Plans the next try: by back-off unless `afterS` says when, and never before `leastS`. */
  #retry(diagnosis: Diagnosis | undefined, afterS?: number, leastS = 0): void {
    this.#failures++;
    const wait = Math.max(afterS ?? retryDelayS(this.#failures, this.#ports.random), leastS);
    this.#show('waiting', diagnosis);
    this.#timer?.cancel();
    this.#timer = this.#ports.clock.after(wait * 1000, () => void this.#subscribe());
  }

  #show(phase: SubscriptionPhase, diagnosis?: Diagnosis, expiresAtMs?: number): void {
    const { clock, tracer } = this.#ports;
    const expiresAt = expiresAtMs === undefined ? undefined : clock.wall() + expiresAtMs - clock.now();
    this.#view = { phase, expiresAt, diagnosis };
    tracer.emit('nua', 5, 'subscription.state', {
      event: this.#options.event.name,
      resource: formatUri(this.#options.target),
      phase,
      code: diagnosis?.code,
    });
    this.#options.onChange?.(this.#view);
  }
}
