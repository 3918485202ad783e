import type { Clock, Timer } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import { randomFraction, randomToken, type Random } from '../../base/random.ts';
import type { Result } from '../../base/result.ts';
import type { Tracer } from '../../trace/tracer.ts';
import type { ClientDigest } from '../auth/client-digest.ts';
import { createRequest } from '../message/factory.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { formatNameAddress } from '../message/name-address.ts';
import { formatUri, type SipUri } from '../message/uri.ts';
import type { Transactions } from '../transaction/transaction-user.ts';
import type { Flow } from '../transport/flow.ts';
import { OutgoingRequest } from './outgoing-request.ts';
import { statusDiagnosis } from './status-diagnosis.ts';

/** Where a registration stands. `failed` is temporary: the next try is planned, unless the server said no for good. */
export type RegistrationState = 'off' | 'registering' | 'registered' | 'failed';

/** What the user of a registration sees. */
export interface RegistrationView {
  readonly state: RegistrationState;
  /** Seconds granted, while registered. */
  readonly expires: number | undefined;
  /** Wall time at which the binding ends if nothing refreshes it. */
  readonly expiresAt: number | undefined;
  readonly diagnosis: Diagnosis | undefined;
  /** The flow that carries the registration; calls leave on it and arrive on it. */
  readonly flow: Flow | undefined;
}

export interface RegistrationOptions {
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
  readonly addressOfRecord: SipUri;
  readonly displayName: string | undefined;
  readonly digest: ClientDigest;
  /** Gives an open flow to the server, dialling where needed. */
  readonly connect: () => Promise<Result<Flow, Diagnosis>>;
  readonly contact: (flow: Flow) => SipUri;
  /** Seconds asked for. */
  readonly expires: number;
  readonly userAgent: string;
  readonly onChange: (view: RegistrationView) => void;
}

/** Base and longest wait between tries after a failure (RFC 5626 §4.5), seconds. */
const BACK_OFF = { baseS: 2, maxS: 1800 };

/** How long the server may take to confirm that a binding is gone. Whoever ends the program waits for it. */
const FAREWELL_MS = 2000;

/** Answers that a retry cannot mend: the person has to change something first. */
const FINAL_STATUS: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 407, 410, 416, 420, 484, 485, 604]);

/**
 * Keeps one address of record registered (RFC 3261 §10): refreshes before it expires, takes 423, comes back by itself
 * when the flow is lost, and takes the binding away in the end.
 */
export class Registration {
  readonly #options: RegistrationOptions;
  readonly #callId: string;
  readonly #fromTag: string;
  #sequence: number;
  #expires: number;
  #view: RegistrationView = OFF;
  #wanted = false;
  #timer: Timer | undefined;
  #failures = 0;
  /** Grows with each start and stop, so that a late answer to an earlier one is known as such. */
  #generation = 0;
  #forgetFlow: () => void = () => undefined;

  constructor(options: RegistrationOptions) {
    this.#options = options;
    this.#callId = randomToken(options.random, 22);
    this.#fromTag = randomToken(options.random, 10);
    this.#sequence = 0;
    this.#expires = options.expires;
  }

  get view(): RegistrationView {
    return this.#view;
  }

  /** Registers, or registers again at once. */
  start(): void {
    this.#wanted = true;
    this.#failures = 0;
    void this.#register();
  }

  /** Takes the binding away; resolves when the server said so, cannot be asked, or did not answer within two seconds. */
  async stop(): Promise<void> {
    const { state, flow } = this.#view;
    this.#wanted = false;
    this.#generation++;
    this.#timer?.cancel();
    this.#forgetFlow();
    this.#show(OFF);
    if (state !== 'registered' || flow?.open !== true) return;
    await new Promise<void>((resolve) => {
      const timer = this.#options.clock.after(FAREWELL_MS, resolve);
      const done = (): void => {
        timer.cancel();
        resolve();
      };
      this.#send(flow, 0, { onFinal: done, onFailure: done });
    });
  }

  async #register(): Promise<void> {
    const generation = ++this.#generation;
    this.#timer?.cancel();
    if (this.#view.state !== 'registered') this.#show({ ...OFF, state: 'registering' });
    const flow = await this.#options.connect();
    if (generation !== this.#generation) return;
    if (!flow.ok) {
      this.#fail(flow.error, false);
      return;
    }
    this.#send(flow.value, this.#expires, {
      onFinal: (response, request) => {
        if (generation === this.#generation) this.#answered(response, request, flow.value);
      },
      onFailure: (diagnosis) => {
        const isCurrent = generation === this.#generation;
        if (isCurrent) this.#forgetFlow();
        // A flow whose far end does not answer is as good as closed (RFC 5626 §4.2.1).
        flow.value.close();
        if (isCurrent) this.#fail(diagnosis, false);
      },
    });
  }

  #send(flow: Flow, expires: number, user: ConstructorParameters<typeof OutgoingRequest>[0]['user']): void {
    const { transactions, addressOfRecord, displayName, digest, contact, userAgent } = this.#options;
    const address = { displayName, uri: addressOfRecord };
    const request = createRequest({
      method: 'REGISTER',
      uri: registrarOf(addressOfRecord),
      headers: [
        ['Max-Forwards', '70'],
        ['From', `${formatNameAddress(address)};tag=${this.#fromTag}`],
        ['To', formatNameAddress(address)],
        ['Call-ID', this.#callId],
        ['CSeq', `${++this.#sequence} REGISTER`],
        ['Contact', `<${formatUri(contact(flow))}>;expires=${expires}`],
        ['Expires', String(expires)],
        ['Supported', 'path'],
        ['Allow', 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO'],
        ['User-Agent', userAgent],
      ],
    });
    const onSequence = (sequence: number): void => {
      this.#sequence = sequence;
    };
    new OutgoingRequest({ transactions, request, flow, digest, user, onSequence });
  }

  #answered(response: SipResponse, request: SipRequest, flow: Flow): void {
    if (response.status >= 200 && response.status < 300) {
      this.#registered(grantedExpires(response, request, this.#expires), flow);
      return;
    }
    if (response.status === 423) {
      const minimum = Number(response.headers.get('Min-Expires'));
      if (Number.isInteger(minimum) && minimum > this.#expires && minimum <= 86_400) {
        this.#expires = minimum;
        void this.#register();
        return;
      }
    }
    this.#fail(statusDiagnosis(response), FINAL_STATUS.has(response.status), retryAfter(response));
  }

  #registered(expires: number, flow: Flow): void {
    this.#failures = 0;
    this.#forgetFlow();
    this.#forgetFlow = flow.onClose((reason) => {
      if (this.#wanted) this.#fail(reason ?? lost(flow), false);
    });
    const { clock } = this.#options;
    this.#show({ state: 'registered', expires, expiresAt: clock.wall() + expires * 1000, diagnosis: undefined, flow });
    this.#plan(refreshAfterS(expires));
  }

  #fail(diagnosis: Diagnosis, final: boolean, waitS?: number): void {
    this.#generation++;
    this.#forgetFlow();
    this.#failures++;
    this.#show({ ...OFF, state: 'failed', diagnosis });
    if (!final && this.#wanted) this.#plan(waitS ?? this.#backOffS());
  }

  /** RFC 5626 §4.5: doubles, with a random half, so that a thousand phones do not come back in one second. */
  #backOffS(): number {
    const longest = Math.min(BACK_OFF.maxS, BACK_OFF.baseS * 2 ** (this.#failures - 1));
    return longest * (0.5 + randomFraction(this.#options.random) / 2);
  }

  #plan(seconds: number): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(seconds * 1000, () => void this.#register());
  }

  #show(view: RegistrationView): void {
    this.#view = view;
    this.#options.tracer.emit('nua', 5, 'registration.state', {
      connection: view.flow?.id,
      state: view.state,
      address: formatUri(this.#options.addressOfRecord),
      expires: view.expires,
      code: view.diagnosis?.code,
    });
    this.#options.onChange(view);
  }
}

const OFF: RegistrationView = Object.freeze({
  state: 'off',
  expires: undefined,
  expiresAt: undefined,
  diagnosis: undefined,
  flow: undefined,
});

/** RFC 3261 §10.2: the Request-URI names the domain, without user. */
function registrarOf(address: SipUri): SipUri {
  return { scheme: address.scheme, host: address.host, parameters: new Map() };
}

/** What the server granted to our contact: its own parameter, else Expires, else what we asked (RFC 3261 §10.2.4). */
function grantedExpires(response: SipResponse, request: SipRequest, asked: number): number {
  const ours = request.contacts === '*' ? undefined : request.contacts[0];
  const own = ours === undefined ? undefined : formatUri(ours.uri);
  const contacts = response.contacts === '*' ? [] : response.contacts;
  const match =
    contacts.find((contact) => formatUri(contact.uri) === own) ?? (contacts.length === 1 ? contacts[0] : undefined);
  const granted = Number(match?.parameters.get('expires') ?? response.headers.get('Expires') ?? asked);
  return Number.isInteger(granted) && granted > 0 ? granted : asked;
}

/** Refreshes at 85 % of a long binding, at half of a short one, so that one lost try is no gap. */
function refreshAfterS(expires: number): number {
  return expires > 120 ? Math.min(expires * 0.85, expires - 60) : expires / 2;
}

function retryAfter(response: SipResponse): number | undefined {
  const match = /^\s*(\d{1,6})/.exec(response.headers.get('Retry-After') ?? '');
  return match === null ? undefined : Math.min(Math.max(Number(match[1]), 1), BACK_OFF.maxS);
}

function lost(flow: Flow): Diagnosis {
  return {
    code: 'conn.lost',
    side: 'there',
    summary: 'The connection to the server was lost.',
    cure: 'Check the network; the phone connects again by itself.',
    evidence: { connection: flow.id },
  };
}
