import type { SocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { randomToken } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import type { Secret } from '../base/secret.ts';
import type { MediaCapabilities } from '../sdp/offer-answer.ts';
import { ClientDigest } from '../sip/auth/client-digest.ts';
import type { FailedFlow } from '../sip/locate/flow-opener.ts';
import { formatNameAddress } from '../sip/message/name-address.ts';
import { formatUri, sipUri, type SipUri } from '../sip/message/uri.ts';
import type { Flow, TransportProtocol } from '../sip/transport/flow.ts';
import { contactOn } from '../sip/ua/contact-on.ts';
import { Registration, type RegistrationView } from '../sip/ua/registration.ts';
import type { TlsClientSettings } from '../tls/tls-settings.ts';
import type { PhoneAgent } from './phone-agent.ts';

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
  /** `urn:uuid:...` of this device, the same for ever; without it there is no outbound (RFC 5626 §4.1). */
  readonly instance?: string | undefined;
  /** Local address to dial from; `undefined` leaves it to the system. */
  readonly local?: SocketAddress | undefined;
  /** Where we listen with TLS for a server that dials us: the Contact then names that, and not the connection. */
  readonly listening?: SocketAddress | undefined;
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
      connect: ({ target, tried }) => this.connect(target, tried),
      contact: this.contact,
      instance: options.instance,
      expires: options.expires,
      onChange: options.onRegistration,
    });
  }

  /** The network is another: what was given up a moment ago for want of one need not wait for its turn. */
  networkChanged(): void {
    const { state } = this.registration.view;
    if (state === 'failed' || state === 'registering') this.registration.refreshFlow();
  }

  get id(): string {
    return this.options.id;
  }

  /** Our Contact on a flow: calls that come to it are this account's. */
  readonly contact = (flow: Flow): SipUri => {
    const { listening } = this.options;
    return contactOn(listening === undefined ? flow : { protocol: 'tls', local: listening }, this.contactUser);
  };

  /** Where requests outside of dialogs have to pass, as the registrar said (RFC 3608 §5): a Route, or nothing. */
  get route(): readonly (readonly [name: string, value: string])[] {
    const { serviceRoute } = this.registration.view;
    return serviceRoute.length === 0 ? [] : [['Route', serviceRoute.map(formatNameAddress).join(', ')]];
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

  /**
   * A flow to the server, or to where it sent us, which must not change the transport; the open one where there is one.
   * `tried`: where a request failed already (RFC 3263 §4.3).
   */
  connect(target?: SipUri, tried: readonly FailedFlow[] = []): Promise<Result<Flow, Diagnosis>> {
    const { tls, local, transport } = this.options;
    const uri = target === undefined ? this.serverUri : { ...target, parameters: new Map([['transport', transport]]) };
    return this.#agent.connect(uri, { tls, local, tried });
  }
}
