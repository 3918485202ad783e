import type { Timer } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import { randomToken } from '../../base/random.ts';
import type { Result } from '../../base/result.ts';
import type { SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';
import { sendRequest, type EventPorts } from './dialog-sender.ts';
import { createOutOfDialog, type RequestTarget } from './out-of-dialog-request.ts';
import { refreshAfterS, retryDelayS } from './retry-delay.ts';
import { retryAfterSeconds } from './retry-after.ts';
import type { Body } from './session-description-handler.ts';
import { statusDiagnosis } from './status-diagnosis.ts';
import { expiresOf } from './subscription-dialog.ts';

/** Where a publication stands. `waiting`: the next try is planned. `failed`: no new try can mend it. */
export type PublicationPhase = 'off' | 'publishing' | 'published' | 'waiting' | 'failed';

export interface PublicationView {
  readonly phase: PublicationPhase;
  readonly diagnosis: Diagnosis | undefined;
}

export interface PublicationOptions extends Omit<RequestTarget, 'flow' | 'redirection'> {
  /** Package, such as `presence`. */
  readonly event: string;
  /** Seconds asked for. */
  readonly expires: number;
  /** Gives an open flow to the compositor, dialling where needed. */
  readonly connect: () => Promise<Result<Flow, Diagnosis>>;
  readonly onChange?: (view: PublicationView) => void;
}

/** Refusals that a later try cannot mend. */
const FINAL_STATUS: ReadonlySet<number> = new Set([
  400, 401, 403, 404, 405, 407, 410, 413, 415, 416, 420, 423, 489, 501, 603, 604, 606,
]);

/** No compositor may ask for more than a day. */
const LONGEST_MIN_EXPIRES_S = 86_400;

/** How long the compositor may take to confirm an end before nobody waits any more. */
const FAREWELL_MS = 2000;

/**
 * Keeps one piece of event state published (RFC 3903 §4): one PUBLISH at a time, refreshed before it expires, under the entity
 * tag that the compositor gave last; begun anew where it does not know that tag any more (412).
 */
export class Publication {
  readonly #ports: EventPorts;
  readonly #options: PublicationOptions;
  readonly #callId: string;
  readonly #fromTag: string;
  #view: PublicationView = { phase: 'off', diagnosis: undefined };
  #state: Body | undefined;
  /** Whether the compositor has to be told the state, and not only that it still holds. */
  #changed = false;
  #entityTag: string | undefined;
  #expires: number;
  #sequence = 0;
  #failures = 0;
  #busy = false;
  #wanted = false;
  #timer: Timer | undefined;
  #onGone: () => void = () => undefined;

  constructor(ports: EventPorts, options: PublicationOptions) {
    this.#ports = ports;
    this.#options = options;
    this.#expires = options.expires;
    this.#callId = randomToken(ports.random, 22);
    this.#fromTag = randomToken(ports.random, 10);
  }

  get view(): PublicationView {
    return this.#view;
  }

  /** Publishes a state, or the next one in its place. */
  publish(state: Body): void {
    this.#state = state;
    this.#changed = true;
    this.#wanted = true;
    this.#failures = 0;
    this.#begin();
  }

  /** Takes the state back (RFC 3903 §4.5); resolves when that is done, cannot be done, or took two seconds. */
  async stop(): Promise<void> {
    this.#wanted = false;
    this.#timer?.cancel();
    if (this.#entityTag === undefined && !this.#busy) {
      this.#show('off');
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = this.#ports.clock.after(FAREWELL_MS, resolve);
      this.#onGone = (): void => {
        timer.cancel();
        resolve();
      };
      this.#begin();
    });
  }

  /** RFC 3903 §4: no PUBLISH before the one before it was answered. */
  #begin(): void {
    if (this.#busy) return;
    this.#timer?.cancel();
    this.#busy = true;
    void this.#exchange().finally(() => {
      this.#busy = false;
      const isOver = !this.#wanted && this.#entityTag === undefined;
      if (isOver) {
        this.#show('off');
        this.#onGone();
      } else if (!this.#wanted || (this.#changed && this.#view.phase === 'published')) this.#begin();
    });
  }

  async #exchange(): Promise<void> {
    if (this.#view.phase !== 'published') this.#show('publishing');
    const flow = await this.#options.connect();
    const isRemoval = !this.#wanted;
    if (!flow.ok) {
      if (isRemoval) this.#entityTag = undefined;
      else this.#retry(flow.error);
      return;
    }
    // A refresh has no body, and only a first PUBLISH has no entity tag (RFC 3903 §4.1, table 1).
    const hasBody = !isRemoval && (this.#changed || this.#entityTag === undefined);
    if (isRemoval && this.#entityTag === undefined) return;
    if (hasBody) this.#changed = false;
    const request = createOutOfDialog(
      this.#ports,
      { ...this.#options, flow: flow.value },
      {
        method: 'PUBLISH',
        headers: [
          ['Event', this.#options.event],
          ['Expires', String(isRemoval ? 0 : this.#expires)],
          ...(this.#entityTag === undefined ? [] : [['SIP-If-Match', this.#entityTag] as const]),
        ],
        body: hasBody ? this.#state : undefined,
      },
      { callId: this.#callId, fromTag: this.#fromTag, sequence: ++this.#sequence },
    );
    const answered = await sendRequest(this.#ports, request, flow.value, this.#options.digest, (sequence) => {
      this.#sequence = sequence;
    });
    if (isRemoval) this.#entityTag = undefined;
    else if (answered.ok) this.#answered(answered.value, hasBody);
    else {
      this.#changed ||= hasBody;
      this.#retry(answered.error);
    }
  }

  #answered(response: SipResponse, hasBody: boolean): void {
    const { status, headers } = response;
    if (status < 300) {
      this.#failures = 0;
      this.#entityTag = headers.get('SIP-ETag');
      this.#show('published');
      const expires = Math.min(expiresOf(response) ?? this.#expires, this.#expires);
      if (expires > 0) this.#plan(refreshAfterS(expires));
      return;
    }
    this.#changed ||= hasBody;
    if (status === 412 && this.#entityTag !== undefined) {
      // RFC 3903 §5: the compositor forgot it, so it is told all again under a new tag.
      this.#entityTag = undefined;
      this.#plan(0);
    } else if (status === 423 && this.#takeMinimum(response)) this.#plan(0);
    else if (FINAL_STATUS.has(status)) {
      this.#entityTag = undefined;
      this.#show('failed', statusDiagnosis(response));
    } else this.#retry(statusDiagnosis(response), retryAfterSeconds(response));
  }

  #takeMinimum(response: SipResponse): boolean {
    const minimum = Number(response.headers.get('Min-Expires'));
    if (!Number.isInteger(minimum) || minimum <= this.#expires || minimum > LONGEST_MIN_EXPIRES_S) return false;
    this.#expires = minimum;
    return true;
  }

  #retry(diagnosis: Diagnosis, waitS?: number): void {
    this.#failures++;
    this.#show('waiting', diagnosis);
    this.#plan(waitS ?? retryDelayS(this.#failures, this.#ports.random));
  }

  #plan(seconds: number): void {
    this.#timer?.cancel();
    if (!this.#wanted) return;
    this.#timer = this.#ports.clock.after(seconds * 1000, () => {
      this.#begin();
    });
  }

  #show(phase: PublicationPhase, diagnosis?: Diagnosis): void {
    this.#view = { phase, diagnosis };
    this.#ports.tracer.emit('nua', 5, 'publication.state', {
      event: this.#options.event,
      phase,
      code: diagnosis?.code,
    });
    this.#options.onChange?.(this.#view);
  }
}
