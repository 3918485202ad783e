import type { Clock } from '../base/clock.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { randomToken, type Random } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import { ClientDigest } from '../sip/auth/client-digest.ts';
import type { DigestHash } from '../sip/auth/digest.ts';
import type { FailedFlow } from '../sip/locate/flow-opener.ts';
import { sipUri, type SipUri } from '../sip/message/uri.ts';
import type { Transactions } from '../sip/transaction/transaction-user.ts';
import type { Flow } from '../sip/transport/flow.ts';
import { contactOn } from '../sip/ua/contact-on.ts';
import { Registration, type RegistrationView } from '../sip/ua/registration.ts';
import type { UserAgent } from '../sip/ua/user-agent.ts';
import type { Tracer } from '../trace/tracer.ts';
import type { GatewayConfiguration } from './gateway-configuration.ts';

/** FreeSWITCH's words for how a gateway is doing. */
export type GatewayState = 'UNREGED' | 'TRYING' | 'REGED' | 'FAIL_WAIT' | 'NOREG' | 'DOWN';

/** A gateway as it is shown. */
export interface GatewayView {
  readonly name: string;
  readonly profile: string;
  readonly state: GatewayState;
  /** Why it failed. */
  readonly diagnosis: Diagnosis | undefined;
}

/** A number behind a gateway, in the place of a phone that could ring. */
export interface GatewayCall {
  readonly gateway: Gateway;
  readonly user: string;
  readonly contact: SipUri;
  readonly path?: undefined;
}

export interface GatewayPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
  readonly hash: DigestHash;
  readonly userAgent: string;
  readonly transactions: Transactions;
  readonly agent: UserAgent;
  readonly connect: (uri: SipUri, tried: readonly FailedFlow[]) => Promise<Result<Flow, Diagnosis>>;
  readonly onChange: (view: GatewayView) => void;
}

/** A server that we are a user of: registered with over a connection that stays, calls go out by it and come in by it. */
export class Gateway {
  readonly name: string;
  readonly profile: string;
  readonly configuration: GatewayConfiguration;
  readonly digest: ClientDigest;
  /** The user part of our Contact there, which nobody else knows: calls to it come from the gateway. */
  readonly contactUser: string;
  readonly #ports: GatewayPorts;
  readonly #registration: Registration | undefined;
  #pinging: { cancel(): void } | undefined;
  /** Why the last ping failed. */
  #silence: Diagnosis | undefined;

  constructor(name: string, profile: string, configuration: GatewayConfiguration, ports: GatewayPorts) {
    this.name = name;
    this.profile = profile;
    this.configuration = configuration;
    this.#ports = ports;
    this.contactUser = `gw+${name}-${randomToken(ports.random, 12)}`;
    this.digest = new ClientDigest({
      username: configuration['auth-username'] ?? configuration.username,
      password: new Secret(configuration.password),
      hash: ports.hash,
      random: ports.random,
    });
    this.#registration = configuration.register
      ? new Registration({
          ...ports,
          addressOfRecord: this.address,
          displayName: undefined,
          digest: this.digest,
          connect: ({ tried }) => this.connect(tried),
          contact: this.contact,
          expires: configuration['expire-seconds'],
          onChange: () => {
            this.#changed();
          },
        })
      : undefined;
  }

  /** Our address there. */
  get address(): SipUri {
    const { username, proxy } = this.configuration;
    return sipUri({ user: username, host: this.configuration['from-domain'] ?? proxy.host });
  }

  get view(): GatewayView {
    const { name, profile } = this;
    const registration = this.#registration?.view;
    const diagnosis = this.#silence ?? registration?.diagnosis;
    return { name, profile, state: this.#silence === undefined ? stateOf(registration) : 'DOWN', diagnosis };
  }

  /** The number that its calls are for. */
  get extension(): string {
    return this.configuration.extension ?? this.configuration.username;
  }

  /** Whether a request came on a flow that we opened to it. */
  owns(flow: Flow): boolean {
    return flow.opened === 'here' && this.#registration?.view.flows.includes(flow) === true;
  }

  start(): void {
    this.#registration?.start();
    this.#planPing();
  }

  /** Takes the registration away. */
  async stop(): Promise<void> {
    this.#pinging?.cancel();
    this.#pinging = undefined;
    await this.#registration?.stop();
  }

  /** The network is another. */
  networkChanged(): void {
    this.#registration?.refreshFlow();
  }

  /** A number there, for somebody to call. */
  callee(number: string): GatewayCall {
    return { gateway: this, user: number, contact: sipUri({ user: number, ...this.configuration.proxy }) };
  }

  /** The flow that it is registered on, or a new one. */
  connect(tried: readonly FailedFlow[] = []): Promise<Result<Flow, Diagnosis>> {
    const { proxy, 'register-transport': transport } = this.configuration;
    const parameters = new Map([['transport', transport]]);
    return this.#ports.connect(sipUri({ ...proxy, parameters }), tried);
  }

  readonly contact = (flow: Flow): SipUri => contactOn(flow, this.contactUser);

  #planPing(): void {
    const { ping } = this.configuration;
    this.#pinging?.cancel();
    if (ping > 0) this.#pinging = this.#ports.clock.after(ping * 1000, () => void this.#ping());
  }

  async #ping(): Promise<void> {
    const flow = await this.connect();
    const target = sipUri(this.configuration.proxy);
    const answer = flow.ok
      ? await this.#ports.agent.options({ flow: flow.value, target, from: { uri: this.address }, digest: this.digest })
      : flow;
    if (this.#pinging === undefined) return;
    const silence = answer.ok ? undefined : answer.error;
    const changed = (silence === undefined) !== (this.#silence === undefined);
    this.#silence = silence;
    if (changed) this.#changed();
    this.#planPing();
  }

  #changed(): void {
    this.#ports.onChange(this.view);
  }
}

function stateOf(registration: RegistrationView | undefined): GatewayState {
  if (registration === undefined) return 'NOREG';
  return ({ off: 'UNREGED', registering: 'TRYING', registered: 'REGED', failed: 'FAIL_WAIT' } as const)[
    registration.state
  ];
}
