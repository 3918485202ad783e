import type { Clock, Timer } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import { randomToken, type Random } from '../../base/random.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Tracer } from '../../trace/tracer.ts';
import type { ClientDigest } from '../auth/client-digest.ts';
import type { FailedFlow } from '../locate/flow-opener.ts';
import { createRequest } from '../message/factory.ts';
import type { NameAddress } from '../message/header-values.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { formatNameAddress } from '../message/name-address.ts';
import { formatUri, type SipUri, type Uri } from '../message/uri.ts';
import type { Transactions } from '../transaction/transaction-user.ts';
import type { Flow } from '../transport/flow.ts';
import { ALLOWED_METHODS } from './capabilities.ts';
import { backOffS, type BackOffSettings } from './outbound-back-off.ts';
import { OutgoingRequest } from './outgoing-request.ts';
import { TargetSet } from './redirection.ts';
import { readDate, readGrant, type RegistrationGrant } from './registration-response.ts';
import {
  REGISTRATION_TABLE,
  type RegistrationEffect,
  type RegistrationFlowState,
  type RegistrationInput,
} from './registration-table.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { statusDiagnosis } from './status-diagnosis.ts';

/** Which flow is wanted for a REGISTER. */
export interface FlowWish {
  /** Where a 3xx sent us; `undefined` for the usual server. */
  readonly target: SipUri | undefined;
  /** Where this registration failed just now, the newest last (RFC 3263 §4.3). */
  readonly tried: readonly FailedFlow[];
}

/** What all flows of a registration share. */
export interface RegistrationPorts {
  readonly transactions: Transactions;
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
  readonly addressOfRecord: SipUri;
  readonly displayName: string | undefined;
  readonly digest: ClientDigest;
  readonly contact: (flow: Flow) => SipUri;
  /** Contacts beside ours that are registered with it, such as another number; their `q` goes with them. */
  readonly alsoContacts?: readonly NameAddress[] | undefined;
  /** `urn:uuid:...`, the same for this device for ever (RFC 5626 §4.1); without it neither outbound nor GRUU is asked for. */
  readonly instance?: string | undefined;
  /** Seconds asked for. */
  readonly expires: number;
  readonly userAgent: string;
  /** RFC 5626 §4.5. */
  readonly backOff: BackOffSettings;
}

/** What one flow tells the registration that it belongs to. */
export interface RegistrationFlowUser {
  onChange(): void;
  /** Whether any flow of the registration stands. */
  readonly anyRegistered: boolean;
}

/** How long the server may take to confirm that a binding is gone. Whoever ends the program waits for it. */
const FAREWELL_MS = 2000;
/** A flow that stood for so long has proved good: keep-alives went through on it (RFC 5626 §4.5). */
const PROVED_MS = 30_000;
const MAX_EXPIRES_S = 86_400;

/** Answers that a retry cannot mend: the person has to change something first. */
const FINAL_STATUS: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 407, 410, 416, 420, 484, 485, 604]);

/** One flow of a registration: forms it, registers on it, refreshes it, and forms it again where it is lost. */
export class RegistrationFlow {
  readonly #ports: RegistrationPorts;
  readonly #user: RegistrationFlowUser;
  readonly #connect: (wish: FlowWish) => Promise<Result<Flow, Diagnosis>>;
  readonly #regId: number;
  readonly #callId: string;
  readonly #fromTag: string;
  #state: RegistrationFlowState = 'off';
  #sequence = 0;
  #expires: number;
  #asksOutbound: boolean;
  #timer: Timer | undefined;
  #failures = 0;
  /** Grows with whatever makes a late answer or a late connection worthless. */
  #generation = 0;
  #forgetFlow: () => void = () => undefined;
  #flow: Flow | undefined;
  #boundAt = 0;
  #grant: RegistrationGrant | undefined;
  #diagnosis: Diagnosis | undefined;
  #farewell: Promise<void> | undefined;
  #clockSkewMs: number | undefined;
  #retryAfterS: number | undefined;
  #tried: FailedFlow[] = [];
  #targets: TargetSet;
  #target: SipUri | undefined;

  /** `regId` counts from 1 and stays with the flow for ever (RFC 5626 §4.2). */
  constructor(
    ports: RegistrationPorts,
    connect: (wish: FlowWish) => Promise<Result<Flow, Diagnosis>>,
    regId: number,
    user: RegistrationFlowUser,
  ) {
    this.#ports = ports;
    this.#connect = connect;
    this.#regId = regId;
    this.#user = user;
    this.#callId = randomToken(ports.random, 22);
    this.#fromTag = randomToken(ports.random, 10);
    this.#expires = ports.expires;
    this.#asksOutbound = ports.instance !== undefined;
    this.#targets = new TargetSet(registrarOf(ports.addressOfRecord));
  }

  get state(): RegistrationFlowState {
    return this.#state;
  }

  get isRegistered(): boolean {
    return this.#state === 'registered' || this.#state === 'refreshing';
  }

  /** The flow that carries the binding, while one does. */
  get flow(): Flow | undefined {
    return this.isRegistered ? this.#flow : undefined;
  }

  /** When the binding was made or refreshed last, monotonic milliseconds. */
  get boundAt(): number {
    return this.#boundAt;
  }

  get grant(): RegistrationGrant | undefined {
    return this.isRegistered ? this.#grant : undefined;
  }

  /** Why it failed, or a doubt while it stands: a server without outbound. */
  get diagnosis(): Diagnosis | undefined {
    return this.#diagnosis;
  }

  /** Wall time at which the binding ends if nothing refreshes it. */
  get expiresAt(): number | undefined {
    const { clock } = this.#ports;
    const grant = this.grant;
    return grant === undefined ? undefined : clock.wall() - clock.now() + this.#boundAt + grant.expires * 1000;
  }

  /** By how much the server's clock is ahead of ours, milliseconds, when it last told. */
  get clockSkewMs(): number | undefined {
    return this.#clockSkewMs;
  }

  start(): void {
    this.#apply('start');
  }

  renew(): void {
    this.#apply('renew');
  }

  /** Takes the binding away; resolves when the server said so, cannot be asked, or did not answer within two seconds. */
  async stop(): Promise<void> {
    this.#apply('stop');
    await this.#farewell;
  }

  /** A REGISTER of its own on the flow, for asking and for taking contacts away; `contacts` as header values. */
  ask(contacts: readonly string[], expires: number | undefined): Promise<Result<readonly NameAddress[], Diagnosis>> {
    const flow = this.flow;
    if (flow === undefined) return Promise.resolve(err(notRegistered()));
    return new Promise((resolve) => {
      this.#request(flow, contacts, expires, {
        onFinal: (response) => {
          if (response.status >= 300) resolve(err(statusDiagnosis(response)));
          else resolve(ok(response.contacts === '*' ? [] : response.contacts));
        },
        onFailure: (diagnosis) => {
          resolve(err(diagnosis));
        },
      });
    });
  }

  #apply(input: RegistrationInput): void {
    const from = this.#state;
    const { next, effects } = REGISTRATION_TABLE[from][input];
    this.#state = next;
    if (next !== from) {
      this.#timer?.cancel();
      this.#ports.tracer.emit('nua', 7, 'registration.flow', { from, to: next, input, regId: this.#regId });
    }
    for (const effect of effects) RegistrationFlow.#EFFECTS[effect](this);
  }

  static readonly #EFFECTS: Readonly<Record<RegistrationEffect, (self: RegistrationFlow) => void>> = {
    abandon: (self) => {
      self.#generation++;
    },
    connect: (self) => {
      self.#forgetFlow();
      void self.#dial();
    },
    send: (self) => {
      self.#send();
    },
    bind: (self) => {
      self.#bind();
    },
    'plan refresh': (self) => {
      self.#plan(refreshAfterS(self.#grant?.expires ?? self.#expires));
    },
    'plan retry': (self) => {
      self.#failures++;
      self.#plan(Math.max(self.#backOffS(), Math.min(self.#retryAfterS ?? 0, self.#ports.backOff.maxS)));
    },
    'plan recovery': (self) => {
      const isProved = self.#ports.clock.now() - self.#boundAt >= PROVED_MS;
      if (isProved) self.#failures = 0;
      self.#plan(self.#failures === 0 ? 0 : self.#backOffS());
      if (!isProved) self.#failures++;
    },
    tell: (self) => {
      self.#user.onChange();
    },
    clear: (self) => {
      self.#failures = 0;
      self.#diagnosis = undefined;
    },
    'start over': (self) => {
      self.#forgetFlow();
      self.#startOver();
    },
    unregister: (self) => {
      self.#farewell = self.#takeAway();
    },
    'close flow': (self) => {
      self.#forgetFlow();
      self.#flow?.close();
    },
  };

  async #takeAway(): Promise<void> {
    const flow = this.#flow;
    if (flow?.open !== true) return;
    await new Promise<void>((resolve) => {
      const timer = this.#ports.clock.after(FAREWELL_MS, resolve);
      const done = (): void => {
        timer.cancel();
        resolve();
      };
      this.#request(flow, this.#contacts(flow, 0), 0, { onFinal: done, onFailure: done });
    });
  }

  #startOver(): void {
    this.#tried = [];
    this.#target = undefined;
    this.#targets = new TargetSet(registrarOf(this.#ports.addressOfRecord));
  }

  #backOffS(): number {
    const { backOff, random } = this.#ports;
    return backOffS(backOff, this.#failures, !this.#user.anyRegistered, random);
  }

  #plan(seconds: number): void {
    this.#timer?.cancel();
    this.#timer = this.#ports.clock.after(seconds * 1000, () => {
      this.#apply('timer');
    });
  }

  async #dial(): Promise<void> {
    const generation = ++this.#generation;
    const flow = await this.#connect({ target: this.#target, tried: [...this.#tried] });
    if (generation !== this.#generation) return;
    if (flow.ok) {
      this.#flow = flow.value;
      this.#apply('connected');
      return;
    }
    // Where every server failed, the first one's reason is the one to tell.
    if (this.#tried.length === 0) {
      this.#diagnosis = flow.error;
      this.#retryAfterS = undefined;
    }
    this.#apply('unreachable');
  }

  #send(): void {
    const flow = this.#flow;
    if (flow === undefined) return;
    const generation = ++this.#generation;
    this.#request(flow, this.#contacts(flow, this.#expires), this.#expires, {
      onFinal: (response, request) => {
        if (generation === this.#generation) this.#answered(response, request, flow);
      },
      onFailure: (diagnosis) => {
        if (generation === this.#generation) this.#forgetFlow();
        // A flow whose far end does not answer is as good as closed (RFC 5626 §4.2.1).
        flow.close();
        if (generation === this.#generation) this.#serverFailed(diagnosis, { flow });
      },
    });
  }

  #request(
    flow: Flow,
    contacts: readonly string[],
    expires: number | undefined,
    user: ConstructorParameters<typeof OutgoingRequest>[0]['user'],
  ): void {
    const { transactions, addressOfRecord, displayName, digest, userAgent } = this.#ports;
    const address = { displayName, uri: addressOfRecord };
    const request = createRequest({
      method: 'REGISTER',
      uri: this.#target ?? registrarOf(addressOfRecord),
      headers: [
        ['Max-Forwards', '70'],
        ['From', `${formatNameAddress(address)};tag=${this.#fromTag}`],
        ['To', formatNameAddress(address)],
        ['Call-ID', this.#callId],
        ['CSeq', `${++this.#sequence} REGISTER`],
        ...contacts.map((contact) => ['Contact', contact] as const),
        ...(expires === undefined ? [] : [['Expires', String(expires)] as const]),
        ['Supported', this.#asksOutbound ? 'path, outbound, gruu' : 'path'],
        ['Allow', ALLOWED_METHODS],
        ['User-Agent', userAgent],
      ],
    });
    const onSequence = (sequence: number): void => {
      this.#sequence = sequence;
    };
    new OutgoingRequest({ transactions, request, flow, digest, user, onSequence });
  }

  /** Our contact on the flow, as a header value, and those that go with it on the first flow. */
  #contacts(flow: Flow, expires: number): readonly string[] {
    const { contact, instance, alsoContacts = [] } = this.#ports;
    const parameters = new Map<string, string | null>();
    if (this.#asksOutbound && instance !== undefined) {
      parameters.set('reg-id', String(this.#regId)).set('+sip.instance', `<${instance}>`);
    }
    const own = { uri: contact(flow), parameters };
    return [own, ...(this.#regId === 1 ? alsoContacts : [])].map((address) =>
      formatNameAddress({ ...address, parameters: new Map([...address.parameters, ['expires', String(expires)]]) }),
    );
  }

  #answered(response: SipResponse, request: SipRequest, flow: Flow): void {
    const { status } = response;
    const date = readDate(response);
    if (date !== undefined) this.#clockSkewMs = date - this.#ports.clock.wall();
    this.#retryAfterS = retryAfterSeconds(response);
    if (status < 300) {
      this.#grant = readGrant(response, request, this.#expires);
      this.#apply('2xx');
      return;
    }
    if (status === 423 && this.#takesMinExpires(response)) {
      this.#apply('too brief');
      return;
    }
    this.#targets.learn(response);
    const target = status < 400 ? this.#targets.next() : undefined;
    if (target !== undefined) {
      this.#target = target;
      this.#tried = [];
      this.#apply('redirected');
      return;
    }
    if (status === 439 && this.#asksOutbound) {
      this.#asksOutbound = false;
      this.#diagnosis = outboundUnsupported(flow);
      this.#ports.tracer.emit('nua', 3, 'diagnosis', { diagnosis: this.#diagnosis, connection: flow.id });
      this.#apply('no outbound');
      return;
    }
    const diagnosis = statusDiagnosis(response);
    if (status === 503 || status === 430) {
      this.#serverFailed(diagnosis, { flow, retryAfterS: this.#retryAfterS });
      return;
    }
    this.#diagnosis = diagnosis;
    this.#apply(FINAL_STATUS.has(status) ? 'refused' : 'failed');
  }

  #takesMinExpires(response: SipResponse): boolean {
    const minimum = Number(response.headers.get('Min-Expires'));
    if (!Number.isInteger(minimum) || minimum <= this.#expires || minimum > MAX_EXPIRES_S) return false;
    this.#expires = minimum;
    return true;
  }

  #serverFailed(diagnosis: Diagnosis, failed: FailedFlow): void {
    if (this.#tried.length === 0) this.#diagnosis = diagnosis;
    this.#tried.push(failed);
    this.#apply('server failed');
  }

  #bind(): void {
    const { clock } = this.#ports;
    const flow = this.#flow;
    this.#tried = [];
    this.#boundAt = clock.now();
    if (this.#diagnosis?.code !== 'sip.outbound-unsupported') this.#diagnosis = undefined;
    this.#forgetFlow();
    if (flow !== undefined) {
      this.#forgetFlow = flow.onClose((reason) => {
        if (this.#state === 'registered') this.#diagnosis = reason ?? lost(flow);
        this.#apply('flow lost');
      });
    }
    this.#user.onChange();
  }
}

/** RFC 3261 §10.2: the Request-URI names the domain, without user. */
function registrarOf(address: SipUri): SipUri {
  return { scheme: address.scheme, host: address.host, parameters: new Map() };
}

/** Refreshes at 85 % of a long binding, at half of a short one, so that one lost try is no gap. */
function refreshAfterS(expires: number): number {
  return expires > 120 ? Math.min(expires * 0.85, expires - 60) : expires / 2;
}

/** The Contact that takes one binding away (RFC 3261 §10.2.2). */
export function removedContact(uri: Uri): string {
  return `<${formatUri(uri)}>;expires=0`;
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

function notRegistered(): Diagnosis {
  return {
    code: 'conn.lost',
    side: 'here',
    summary: 'The account is not registered at the moment.',
    cure: 'Wait until it is registered, then ask again.',
    evidence: {},
  };
}

function outboundUnsupported(flow: Flow): Diagnosis {
  return {
    code: 'sip.outbound-unsupported',
    side: 'there',
    summary: 'The server is behind a proxy that cannot keep connections of phones apart (RFC 5626).',
    cure: 'Nothing has to be done: the account is registered in the older way, over one connection.',
    evidence: { connection: flow.id },
  };
}
