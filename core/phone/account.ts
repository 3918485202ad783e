import type { SocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { randomToken } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import type { Secret } from '../base/secret.ts';
import type { MediaCapabilities } from '../sdp/offer-answer.ts';
import { ClientDigest } from '../sip/auth/client-digest.ts';
import { formatUri, sipUri, type SipUri } from '../sip/message/uri.ts';
import type { Flow, TransportProtocol } from '../sip/transport/flow.ts';
import { Registration, type RegistrationView } from '../sip/ua/registration.ts';
import type { TlsClientSettings } from '../tls/tls-settings.ts';
import { contactOn, type PhoneAgent } from './phone-agent.ts';

/** One identity at one server, as a phone needs it. */
export interface AccountOptions {
  readonly id: string;
  readonly address: SipUri;
  readonly displayName: string | undefined;
  /** The name that the password belongs to. */
  readonly authorizationUser: string;
  readonly password: Secret;
  /** Host and port to connect to, where they do not follow from the address. */
  readonly server: { readonly host: string; readonly port: number | undefined } | undefined;
  readonly transport: TransportProtocol;
  readonly tls: TlsClientSettings;
  readonly capabilities: MediaCapabilities;
  /** Local address to dial from; `undefined` leaves it to the system. */
  readonly local?: SocketAddress | undefined;
  /** Seconds asked for when registering. */
  readonly expires: number;
  readonly onRegistration: (view: RegistrationView) => void;
}

/** An account in use: its connection to the server, its registration, its credentials. */
export class Account {
  readonly options: AccountOptions;
  readonly digest: ClientDigest;
  readonly registration: Registration;
  /** The user part of our Contact: a request to it is for this account. */
  readonly contactUser: string;
  readonly #agent: PhoneAgent;

  constructor(agent: PhoneAgent, options: AccountOptions) {
    const { ports, transactions } = agent;
    this.#agent = agent;
    this.options = options;
    this.contactUser = randomToken(ports.random, 12);
    this.digest = new ClientDigest({
      username: options.authorizationUser,
      password: options.password,
      hash: ports.hash,
      random: ports.random,
    });
    this.registration = new Registration({
      ...ports,
      transactions,
      addressOfRecord: options.address,
      displayName: options.displayName,
      digest: this.digest,
      connect: () => this.connect(),
      contact: (flow) => contactOn(flow, this.contactUser),
      expires: options.expires,
      onChange: options.onRegistration,
    });
  }

  get id(): string {
    return this.options.id;
  }

  /** `sip:1000@example.com`. */
  get address(): string {
    return formatUri(this.options.address);
  }

  /** What is dialled: the server where one is named, else the domain of the address. */
  get serverUri(): SipUri {
    const { server, address, transport } = this.options;
    return sipUri({
      host: server?.host ?? address.host,
      port: server === undefined ? address.port : server.port,
      parameters: new Map([['transport', transport]]),
    });
  }

  /** The flow of the registration while it is open, else a new one. */
  connect(): Promise<Result<Flow, Diagnosis>> {
    return this.#agent.connect(this.serverUri, this.options.tls, this.options.local);
  }
}
