import { randomToken } from '../base/random.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { ClientDigest } from '../sip/auth/client-digest.ts';
import { parseAuthentication } from '../sip/message/authentication.ts';
import type { SipRequest, SipResponse } from '../sip/message/message.ts';
import { formatUri, isSipUri, sipUri } from '../sip/message/uri.ts';
import type { Target } from '../sip/transport/flow.ts';
import { statusDiagnosis, transactionDiagnosis } from '../sip/ua/status-diagnosis.ts';
import type { TlsClientSettings } from '../tls/tls-settings.ts';
import { offerBody, PLAIN_OFFER } from './media-offers.ts';
import type { ProbeAccount, ProbePorts } from './probe-ports.ts';
import type { RegistrationReport } from './probe-report.ts';
import type { ProbeRun, StepEnd } from './probe-run.ts';
import { placeShortCall } from './short-call.ts';
import { SipConnection, type SipAnswer } from './sip-connection.ts';

/** Short, so that a binding that cannot be taken away is soon gone. */
const EXPIRES_S = 120;
/** More than that is not worth a test. */
const LONGEST_EXPIRES_S = 3600;
const REGISTER_MS = 8000;
const REUSE_MS = 8000;
const FAREWELL_MS = 3000;
/** 423, 439 and 420 are answered by another REGISTER. */
const MOST_REGISTERS = 3;

/** Statuses with which a server says that it could not reach us. */
const NOT_REACHED: ReadonlySet<number> = new Set([408, 430, 477, 478, 480, 500, 503, 504]);

interface Registered {
  readonly status: number | null;
  readonly expires: number | null;
  readonly contacts: number | null;
}

/**
 * Tests an account: registers a contact that nobody else knows, sends a request to it through the server, and takes it away
 * again. The password leaves only where the caller said that it may.
 */
export class AccountStage {
  readonly digest: ClientDigest;
  readonly #run: ProbeRun;
  readonly #ports: ProbePorts;
  readonly #connection: SipConnection;
  readonly #account: ProbeAccount;
  readonly #callId: string;
  readonly #contact: string;
  readonly #algorithms = new Set<string>();
  #sequence = 0;
  #outbound = true;
  #registered: Registered = { status: null, expires: null, contacts: null };
  /** Whether the server may hold our contact. */
  #mayBeThere = false;
  #removed = false;

  constructor(options: {
    readonly run: ProbeRun;
    readonly ports: ProbePorts;
    readonly connection: SipConnection;
    readonly account: ProbeAccount;
  }) {
    const { ports, account } = options;
    this.#run = options.run;
    this.#ports = ports;
    this.#connection = options.connection;
    this.#account = account;
    this.#callId = randomToken(ports.random, 22);
    this.#contact = formatUri(this.#connection.contact);
    const { authorizationUser: username, password } = account;
    this.digest = new ClientDigest({ username, password, hash: ports.hash, random: ports.random });
  }

  get report(): RegistrationReport {
    return { ...this.#registered, algorithms: [...this.#algorithms], removed: this.#removed };
  }

  get isRegistered(): boolean {
    return this.#registered.status !== null && this.#registered.status < 300;
  }

  async register(): Promise<void> {
    const forget = this.#connection.onResponse((response) => {
      for (const algorithm of algorithmsOf(response)) this.#algorithms.add(algorithm);
    });
    await this.#run.step(
      'register',
      MOST_REGISTERS * REGISTER_MS,
      (signal) => this.#tryRegister(EXPIRES_S, signal, MOST_REGISTERS),
      () => ({ outcome: 'failed', text: 'no answer in time', value: undefined }),
    );
    forget();
  }

  /**
   * Whether a request to our own address comes back on our connection; `null` where the server passes none on. OPTIONS
   * first, which nobody notices; then a call, where nobody but us is registered, else a message that no device shows.
   */
  async reuse(): Promise<boolean | null> {
    const reused = await this.#run.step<boolean | null>(
      'reuse',
      3 * REUSE_MS,
      async (signal) => {
        const questions =
          this.#registered.contacts === 1 ? (['OPTIONS', 'INVITE'] as const) : (['OPTIONS', 'MESSAGE'] as const);
        let status: number | null = null;
        for (const method of questions) {
          const came = await this.#askOurselves(method, signal);
          if (came.arrived)
            return { outcome: 'ok', text: `${method} to ourselves came back on the connection`, value: true };
          status = came.status;
        }
        if (status === null || NOT_REACHED.has(status)) return this.#notReached(status);
        return { outcome: 'skipped', text: `the server passes nothing on to us (${status})`, value: null };
      },
      () => this.#notReached(null),
    );
    return reused ?? null;
  }

  /** Takes the contact away, whatever happened before; on a connection of its own where the first is gone. */
  async unregister(target: Target, tls: TlsClientSettings): Promise<void> {
    if (!this.#mayBeThere) return;
    const startedAt = this.#ports.clock.now();
    const reopened =
      this.#connection.flow.open || !this.#run.takeConnection()
        ? undefined
        : await SipConnection.open(this.#ports, target, { tls, timeoutMs: FAREWELL_MS });
    const connection = reopened?.ok === true ? reopened.value : this.#connection;
    const answer = await connection.ask(this.#registerRequest(connection, 0), {
      digest: this.digest,
      timeoutMs: FAREWELL_MS,
    });
    if (reopened?.ok === true) await reopened.value.close();
    this.#removed = answer.kind === 'response' && answer.response.status < 300;
    this.#run.tell('un-register', {
      outcome: this.#removed ? 'ok' : 'warning',
      text: this.#removed ? 'the contact is gone again' : `the contact stays until it expires (${EXPIRES_S} s)`,
      ms: this.#ports.clock.now() - startedAt,
    });
  }

  async #tryRegister(expires: number, signal: AbortSignal, triesLeft: number): Promise<StepEnd<undefined>> {
    const request = this.#registerRequest(this.#connection, expires);
    const answer = await this.#connection.ask(request, { digest: this.digest, timeoutMs: REGISTER_MS, signal });
    if (answer.kind !== 'response') {
      // It may have arrived all the same.
      this.#mayBeThere = true;
      return failed(noAnswer(answer, this.#connection));
    }
    const { response } = answer;
    this.#sequence = answer.request.cseq?.sequence ?? this.#sequence;
    this.#registered = { ...this.#registered, status: response.status };
    if (response.status < 300) return this.#accepted(response, expires);
    if (triesLeft > 1) {
      const least = Number(response.headers.get('Min-Expires'));
      if (response.status === 423 && least > expires && least <= LONGEST_EXPIRES_S) {
        return this.#tryRegister(least, signal, triesLeft - 1);
      }
      if (this.#outbound && (response.status === 439 || response.status === 420)) {
        this.#outbound = false;
        if (response.status === 439) this.#run.find('info', noOutbound());
        return this.#tryRegister(expires, signal, triesLeft - 1);
      }
    }
    return failed(statusDiagnosis(response));
  }

  #accepted(response: SipResponse, asked: number): StepEnd<undefined> {
    this.#mayBeThere = true;
    const contacts = response.contacts === '*' ? [] : response.contacts;
    const ours = contacts.find(({ uri }) => isSipUri(uri) && uri.user === this.#connection.user);
    const expires = Number(ours?.parameters.get('expires') ?? response.headers.get('Expires') ?? asked);
    this.#registered = {
      status: response.status,
      expires: Number.isInteger(expires) ? expires : asked,
      contacts: contacts.length === 0 ? null : contacts.length,
    };
    const algorithms = [...this.#algorithms];
    const by = algorithms.length === 0 ? 'without a password' : `password checked (${algorithms.join(', ')} offered)`;
    return {
      outcome: 'ok',
      text: `registered for ${expires} s, ${by}`,
      evidence: { status: response.status, algorithms },
      value: undefined,
    };
  }

  #registerRequest(connection: SipConnection, expires: number): SipRequest {
    const { address } = this.#account;
    const { scheme, host } = address;
    const instance = this.#outbound ? `;+sip.instance="<urn:uuid:${this.#instance}>";reg-id=1` : '';
    return connection.createRequest({
      method: 'REGISTER',
      uri: sipUri({ scheme, host }),
      from: `<${formatUri(address)}>`,
      to: `<${formatUri(address)}>`,
      callId: this.#callId,
      sequence: ++this.#sequence,
      headers: [
        ['Contact', `<${this.#contact}>${instance};expires=${expires}`],
        ['Expires', String(expires)],
        ['Supported', this.#outbound ? 'path, outbound' : 'path'],
      ],
    });
  }

  /** RFC 5626 §4.1; new for each probe, so that it takes no other device's place. */
  get #instance(): string {
    this.#instanceText ??= uuidFrom(this.#ports.random.bytes(16));
    return this.#instanceText;
  }
  #instanceText: string | undefined;

  async #askOurselves(
    method: 'OPTIONS' | 'INVITE' | 'MESSAGE',
    signal: AbortSignal,
  ): Promise<{ readonly arrived: boolean; readonly status: number | null }> {
    const { address } = this.#account;
    const own = `<${formatUri(address)}>`;
    let arrived = false;
    const { promise: enough, resolve } = Promise.withResolvers<undefined>();
    const forget = this.#connection.onRequest(({ request }) => {
      if (request.method !== method || !isSipUri(request.uri) || request.uri.user !== this.#connection.user) return;
      arrived = true;
      resolve(undefined);
    });
    const request = this.#connection.createRequest({
      method,
      uri: address,
      from: own,
      to: own,
      headers: method === 'MESSAGE' ? [] : [['Contact', `<${this.#contact}>`]],
      ...(method === 'OPTIONS'
        ? {}
        : { body: method === 'INVITE' ? offerBody(PLAIN_OFFER, this.#connection.local, this.#ports.random) : UNSHOWN }),
    });
    let status: number | null;
    if (method === 'INVITE') {
      const { final } = await placeShortCall(this.#connection, this.#ports, request, {
        digest: this.digest,
        signal,
        enough,
      });
      status = final?.status ?? null;
    } else {
      const answer = await this.#connection.ask(request, { digest: this.digest, timeoutMs: REUSE_MS, signal });
      status = answer.kind === 'response' ? answer.response.status : null;
    }
    forget();
    return { arrived, status };
  }

  #notReached(status: number | null): StepEnd<false> {
    return {
      outcome: 'warning',
      text: `a request to ourselves did not come back${status === null ? '' : ` (${status})`}`,
      findings: [{ severity: 'warning', ...connectBackFailed(this.#connection, status) }],
      value: false,
    };
  }
}

/** That nobody is typing (RFC 3994 §3.3): servers pass it on, and no device shows it. */
const UNSHOWN = {
  contentType: 'application/im-iscomposing+xml',
  content: new TextEncoder().encode(
    '<?xml version="1.0" encoding="UTF-8"?>\r\n<isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing"><state>idle</state></isComposing>\r\n',
  ),
};

function failed(diagnosis: Diagnosis): StepEnd<undefined> {
  return {
    outcome: 'failed',
    text: diagnosis.summary,
    findings: [{ severity: 'error', ...diagnosis }],
    value: undefined,
  };
}

function noAnswer(answer: Exclude<SipAnswer, { kind: 'response' }>, { flow }: SipConnection): Diagnosis {
  return answer.kind === 'failure' ? answer.diagnosis : transactionDiagnosis({ kind: 'timeout' }, flow);
}

/** Digest algorithms of a challenge in their order; absent means MD5 (RFC 7616 §3.3). */
function algorithmsOf(response: SipResponse): readonly string[] {
  if (response.status !== 401 && response.status !== 407) return [];
  return ['WWW-Authenticate', 'Proxy-Authenticate']
    .flatMap((name) =>
      response.headers.getAll(name).flatMap((value) => {
        const parsed = parseAuthentication(value);
        if (!parsed.ok || parsed.value.scheme.toLowerCase() !== 'digest') return [];
        return [(parsed.value.parameters.get('algorithm') ?? 'MD5').slice(0, 32)];
      }),
    )
    .slice(0, 8);
}

function uuidFrom(octets: Uint8Array): string {
  const version = octets.map((octet, index) =>
    index === 6 ? (octet & 0x0f) | 0x40 : index === 8 ? (octet & 0x3f) | 0x80 : octet,
  );
  const hex = [...version].map((octet) => octet.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

function noOutbound(): Diagnosis {
  return {
    code: 'sip.outbound-unsupported',
    side: 'there',
    summary: 'The server does not support connections that the client keeps (RFC 5626 outbound).',
    cure: 'Nothing to do where calls arrive; else enable outbound on the first proxy.',
    evidence: { status: 439 },
  };
}

function connectBackFailed({ flow }: SipConnection, status: number | null): Diagnosis {
  return {
    code: 'conn.connect-back-failed',
    side: 'there',
    summary:
      'A request to this account does not arrive on the connection that the phone opened: calls to it will not ring.',
    cure: 'Let the server send requests on the connection of the registration: RFC 5626 outbound, contact rewriting, or tls-always-nat in FreeSWITCH.',
    evidence: {
      transport: flow.protocol,
      local: `${flow.local.address}:${flow.local.port}`,
      ...(status === null ? {} : { status }),
    },
  };
}
