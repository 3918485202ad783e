import { formatSocketAddress, type SocketAddress } from '../base/address.ts';
import type { Clock } from '../base/clock.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import type { Random } from '../base/random.ts';
import { err, type Result } from '../base/result.ts';
import type { DigestHash } from '../sip/auth/digest.ts';
import { DigestAuthenticator } from '../sip/auth/digest-authenticator.ts';
import { FlowOpener } from '../sip/locate/flow-opener.ts';
import type { Resolver } from '../sip/locate/resolver.ts';
import type { SipRequest } from '../sip/message/message.ts';
import { formatUri, isSipUri, type SipUri } from '../sip/message/uri.ts';
import { TransactionLayer } from '../sip/transaction/transaction-layer.ts';
import type { ServerTransaction } from '../sip/transaction/transaction-user.ts';
import type { Flow, TransportProtocol } from '../sip/transport/flow.ts';
import type { Network } from '../sip/transport/network.ts';
import { TransportLayer } from '../sip/transport/transport-layer.ts';
import type { Listener, Transports } from '../sip/transport/transports.ts';
import type { IncomingReferral } from '../sip/ua/incoming-referral.ts';
import type { InviteSession } from '../sip/ua/invite-session.ts';
import { contactOn } from '../sip/ua/contact-on.ts';
import { UserAgent } from '../sip/ua/user-agent.ts';
import type { TlsClientSettings, TlsServerSettings } from '../tls/tls-settings.ts';
import { serverVerificationOf } from '../tls/verify-policy.ts';
import type { Tracer } from '../trace/tracer.ts';
import type { ProfileConfiguration } from './configuration.ts';
import type { Directory } from './directory.ts';
import { Gateway, type GatewayView } from './gateway.ts';

/** What every profile stands on. */
export interface ProfilePorts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
  readonly hash: DigestHash;
  readonly userAgent: string;
  readonly resolver: Resolver;
  /** As for the phone: tells of each change of the machine's network. */
  readonly watchNetwork?: ((onChange: () => void) => () => void) | undefined;
}

/** One socket of a profile that listens. */
export interface ListenerView extends SocketAddress {
  readonly profile: string;
  readonly transport: TransportProtocol;
}

/** What a profile tells the switch. */
export interface ProfileUser {
  onRegister(profile: SipProfile, transaction: ServerTransaction, user: string): void;
  /** `user` is `undefined` where the profile does not ask for passwords. */
  onInvite(
    profile: SipProfile,
    transaction: ServerTransaction,
    user: string | undefined,
    replaced: InviteSession | undefined,
    /** Where it came from one of our gateways. */
    gateway: Gateway | undefined,
  ): void;
  /** A gateway is doing better or worse. */
  onGateway(view: GatewayView): void;
  /** A MESSAGE outside any call (RFC 3428); `user` as above. */
  onMessage(profile: SipProfile, transaction: ServerTransaction, user: string | undefined): void;
  /** A REFER within a call (RFC 3515). */
  onRefer(profile: SipProfile, referral: IncomingReferral): void;
  /** What an INVITE to this address would get now. */
  availability(profile: SipProfile, request: SipRequest): number;
  onDiagnosis(diagnosis: Diagnosis, profile: SipProfile, remote: SocketAddress | undefined): void;
}

/** What a profile listens on. */
const SOCKETS = ['sip-ip', 'sip-port', 'tls', 'tls-sip-port'] as const;

/** The user part of our Contact, after FreeSWITCH's. */
const CONTACT_USER = 'mod_sotto';

/** How often a port that UDP and TCP share is looked for. */
const PORT_TRIES = 8;

/**
 * A SIP profile as FreeSWITCH has them: an address with its ports, transports, transactions and user agent of its own, and
 * its own answer to who may call.
 */
export class SipProfile {
  readonly name: string;
  readonly userAgent: UserAgent;
  readonly #ports: ProfilePorts;
  readonly #user: ProfileUser;
  readonly #directory: Directory;
  readonly #transports: Transports;
  readonly #opener: FlowOpener;
  readonly #unwatch: (() => void) | undefined;
  /** How phones are dialled: with the certificate and the trust of the listener. */
  #dialling: TlsClientSettings | undefined;
  readonly #transactions: TransactionLayer;
  #configuration: ProfileConfiguration;
  #authenticator: DigestAuthenticator;
  readonly #listeners: Listener[] = [];
  readonly #gateways = new Map<string, Gateway>();

  constructor(options: {
    readonly name: string;
    readonly configuration: ProfileConfiguration;
    readonly ports: ProfilePorts;
    readonly directory: Directory;
    readonly user: ProfileUser;
  }) {
    const { ports, directory } = options;
    this.name = options.name;
    this.#configuration = options.configuration;
    this.#ports = ports;
    this.#user = options.user;
    this.#directory = directory;
    this.#transports = new TransportLayer({ ...ports, name: options.name });
    this.#opener = new FlowOpener({ ...ports, transports: this.#transports });
    this.#transactions = new TransactionLayer({
      ...ports,
      requestFlow: (request, flow) => this.#transports.requestFlow(request, flow),
      responseFlow: (request, flow) => this.#transports.responseFlow(request, flow),
    });
    this.#authenticator = this.#createAuthenticator();
    this.userAgent = new UserAgent({
      ...ports,
      transactions: this.#transactions,
      contact: (flow) => contactOn(flow, CONTACT_USER),
    });
    this.userAgent.setUser({
      onInvite: (transaction, replaced) => {
        const gateway = this.#gatewayOf(transaction);
        if (gateway !== undefined) {
          this.#user.onInvite(this, transaction, undefined, replaced, gateway);
          return;
        }
        this.#authorize(transaction, (user) => {
          this.#user.onInvite(this, transaction, user, replaced, undefined);
        });
      },
      onRequest: (transaction) => this.#onRequest(transaction),
      onRefer: (referral) => {
        this.#user.onRefer(this, referral);
      },
      availability: (request) => this.#user.availability(this, request),
    });
    this.#transports.onMessage((message, flow) => {
      this.#transactions.receive(message, flow);
    });
    this.#transports.onDiagnosis((diagnosis, remote) => {
      this.#user.onDiagnosis(diagnosis, this, remote);
    });
    this.#unwatch = ports.watchNetwork?.(() => void this.#networkChanged());
  }

  async #networkChanged(): Promise<void> {
    await this.#transports.networkChanged();
    for (const gateway of this.#gateways.values()) gateway.networkChanged();
  }

  get gateways(): readonly Gateway[] {
    return [...this.#gateways.values()];
  }

  /**
   * Goes on with the gateways of the configuration: those that are as they were stay, others end, and new ones begin. `tls`:
   * how each is dialled; one whose certificates cannot be read is told and left out.
   */
  async setGateways(tls: (name: string) => Promise<Result<TlsClientSettings, Diagnosis>>): Promise<void> {
    const wanted = this.#configuration.gateways;
    const ended = this.gateways.filter(
      ({ name, configuration }) => JSON.stringify(configuration) !== JSON.stringify(wanted[name]),
    );
    await Promise.all(ended.map((gateway) => gateway.stop()));
    for (const { name } of ended) this.#gateways.delete(name);
    for (const [name, configuration] of Object.entries(wanted)) {
      if (this.#gateways.has(name)) continue;
      const settings = await tls(name);
      if (!settings.ok) {
        this.#user.onDiagnosis(settings.error, this, undefined);
        continue;
      }
      const local = { address: this.#configuration['sip-ip'], port: 0 };
      const gateway = new Gateway(name, this.name, configuration, {
        ...this.#ports,
        transactions: this.#transactions,
        agent: this.userAgent,
        connect: (uri, tried) => this.#opener.open(uri, { tls: settings.value, local, tried }),
        onChange: (view) => {
          this.#user.onGateway(view);
        },
      });
      this.#gateways.set(name, gateway);
      gateway.start();
    }
  }

  /** The gateway that a request came from: to the Contact that only it knows, on the connection that we opened to it. */
  #gatewayOf({ request, flow }: ServerTransaction): Gateway | undefined {
    const { uri } = request;
    const user = isSipUri(uri) ? uri.user : undefined;
    return this.gateways.find((gateway) => gateway.contactUser === user && gateway.owns(flow));
  }

  get configuration(): ProfileConfiguration {
    return this.#configuration;
  }

  /**
   * Goes on with another configuration; what TLS it needs comes by {@link updateTls}. `false` where its sockets are others,
   * so that the profile has to be closed and made anew.
   */
  configure(configuration: ProfileConfiguration): boolean {
    const before = this.#configuration;
    if (SOCKETS.some((name) => before[name] !== configuration[name])) return false;
    const algorithms = 'rfc8760-auth-algorithms';
    this.#configuration = configuration;
    // An authenticator knows which nonces it gave: it stays where nothing speaks against it.
    if (String(before[algorithms]) !== String(configuration[algorithms]))
      this.#authenticator = this.#createAuthenticator();
    return true;
  }

  #createAuthenticator(): DigestAuthenticator {
    return new DigestAuthenticator({
      realm: this.#directory.domain,
      hash: this.#ports.hash,
      random: this.#ports.random,
      clock: this.#ports.clock,
      algorithms: this.#configuration['rfc8760-auth-algorithms'],
    });
  }

  /** Opens the listeners. One that fails does not stop the others; its diagnosis goes to the user of the profile. */
  async start(tls: Result<TlsServerSettings, Diagnosis> | undefined): Promise<readonly ListenerView[]> {
    const { 'sip-ip': address, 'sip-port': port, 'tls-sip-port': tlsPort } = this.#configuration;
    if (port !== undefined) {
      const number = port === 0 ? await this.#freePort(address) : port;
      await this.#listen('udp', { address, port: number });
      await this.#listen('tcp', { address, port: number });
    }
    if (this.#configuration.tls && tlsPort !== undefined && tls !== undefined) {
      if (tls.ok) this.#dialling = this.#diallingSettings(tls.value);
      if (tls.ok) await this.#listen('tls', { address, port: tlsPort }, tls.value);
      else this.#user.onDiagnosis(tls.error, this, undefined);
    }
    return this.listeners;
  }

  get listeners(): readonly ListenerView[] {
    return this.#listeners.map(({ protocol, local }) => ({ profile: this.name, transport: protocol, ...local }));
  }

  /**
   * A connection of our own to the Contact of a phone, whose certificate then stands for the host in it: as the policy for
   * dialled connections asks, wholly where there is none.
   */
  async connectBack(contact: SipUri): Promise<Result<Flow, Diagnosis>> {
    const opened = await this.#opener.open(contact, { tls: this.#dialling });
    return opened.ok ? opened : err(connectBackFailed(formatUri(contact), opened.error));
  }

  /** A flow to a phone that registered with an earlier run: the same two addresses again, or a connection to its Contact. */
  async reopen({ protocol, local, remote }: Flow, contact: SipUri): Promise<Result<Flow, Diagnosis>> {
    if (protocol === 'udp')
      return this.#transports.connect({ protocol, ...remote, serverName: remote.address }, { local });
    const opened = await this.#opener.open(contact, { tls: this.#dialling });
    return opened.ok ? opened : err(phoneLost(formatUri(contact), opened.error));
  }

  #diallingSettings({ clientCertificate: _, otherIdentities: _others, ...tls }: TlsServerSettings): TlsClientSettings {
    const policy = this.#configuration['tls-verify-policy'];
    const verification = policy === undefined ? { verify: true, verifyName: true } : serverVerificationOf(policy);
    return { ...tls, ...verification, expectedSubjects: [], allowWildcard: false };
  }

  /** Whether `flow` is one of this profile's. */
  owns(flow: Flow): boolean {
    return this.#transports.flows().includes(flow);
  }

  /**
   * A new certificate serves the next handshake; a bad one leaves the old in force. A TLS listener that could not be opened
   * for want of a good one is opened now.
   */
  async updateTls(settings: TlsServerSettings): Promise<Result<void, Diagnosis>> {
    const { 'sip-ip': address, 'tls-sip-port': port } = this.#configuration;
    const listeners = this.#listeners.filter(({ protocol }) => protocol === 'tls');
    if (listeners.length === 0 && port !== undefined) await this.#listen('tls', { address, port }, settings);
    for (const listener of listeners) {
      const updated = listener.updateTls(settings);
      if (!updated.ok) return updated;
    }
    this.#dialling = this.#diallingSettings(settings);
    return { ok: true, value: undefined };
  }

  /** Ends the calls politely, then closes the sockets. */
  async close(): Promise<void> {
    this.#unwatch?.();
    await this.userAgent.close();
    await Promise.all(this.gateways.map((gateway) => gateway.stop()));
    this.#transactions.close();
    await this.#transports.close();
  }

  /** A port that is free for UDP and for TCP, so that one number serves both; the system chooses for one of them only. */
  async #freePort(address: string): Promise<number> {
    for (let tries = 1; tries <= PORT_TRIES; tries++) {
      const tcp = await this.#transports.listen({ protocol: 'tcp', local: { address, port: 0 } });
      if (!tcp.ok) break;
      const udp = await this.#transports.listen({ protocol: 'udp', local: tcp.value.local });
      if (udp.ok) await udp.value.close();
      await tcp.value.close();
      if (udp.ok) return tcp.value.local.port;
    }
    return 0;
  }

  async #listen(
    protocol: TransportProtocol,
    local: SocketAddress,
    tls?: TlsServerSettings,
  ): Promise<Listener | undefined> {
    const listener = await this.#transports.listen({ protocol, local, ...(tls === undefined ? {} : { tls }) });
    if (listener.ok) {
      this.#listeners.push(listener.value);
      this.#ports.tracer.emit('pbx', 3, 'listening', {
        profile: this.name,
        transport: protocol,
        local: formatSocketAddress(listener.value.local),
      });
      return listener.value;
    }
    this.#user.onDiagnosis(listener.error, this, undefined);
    return undefined;
  }

  /** Goes on with the user whose request it is; `undefined` where the profile does not ask. */
  #authorize(transaction: ServerTransaction, proceed: (user: string | undefined) => void): void {
    if (!this.#configuration['auth-calls']) {
      proceed(undefined);
      return;
    }
    const user = this.#authenticate(transaction, 407);
    if (user === undefined) return;
    // Who calls must be who the password is of (RFC 3261 §22.1 leaves it to policy; anything else invites spoofing).
    if (this.#claimedUser(transaction, 'from') !== user) this.userAgent.reply(transaction, 403);
    else proceed(user);
  }

  #onRequest(transaction: ServerTransaction): boolean {
    if (transaction.request.method === 'MESSAGE') {
      this.#authorize(transaction, (user) => {
        this.#user.onMessage(this, transaction, user);
      });
      return true;
    }
    // Who watches something has to say who it is; the user agent then does the rest.
    if (transaction.request.method === 'SUBSCRIBE') return !this.#mayWatch(transaction);
    if (transaction.request.method !== 'REGISTER') return false;
    if (!this.#configuration['auth-calls']) {
      this.userAgent.reply(transaction, 403);
      return true;
    }
    const user = this.#authenticate(transaction, 401);
    if (user === undefined) return true;
    if (this.#claimedUser(transaction, 'to') !== user) this.userAgent.reply(transaction, 403);
    else this.#user.onRegister(this, transaction, user);
    return true;
  }

  #mayWatch(transaction: ServerTransaction): boolean {
    let known = false;
    this.#authorize(transaction, (user) => {
      known = user !== undefined;
      if (!known) this.userAgent.reply(transaction, 403);
    });
    return known;
  }

  #claimedUser(transaction: ServerTransaction, field: 'from' | 'to'): string | undefined {
    const uri = transaction.request[field]?.uri;
    return uri?.scheme === 'sip' || uri?.scheme === 'sips' ? uri.user : undefined;
  }

  /** The user whose password the request proves; else challenges it, or refuses, and gives `undefined`. */
  #authenticate(transaction: ServerTransaction, status: 401 | 407): string | undefined {
    const kind = status === 401 ? 'www' : 'proxy';
    const outcome = this.#authenticator.verify(transaction.request, kind, (user) => this.#directory.password(user));
    if (outcome.ok) {
      if (this.#directory.mayComeOn(outcome.value, transaction.flow.security)) return outcome.value;
      this.#user.onDiagnosis(wrongCertificate(transaction, outcome.value), this, transaction.flow.remote);
      this.userAgent.reply(transaction, 403);
      return undefined;
    }
    const { challenges, wrongPassword } = outcome.error;
    if (wrongPassword) this.#user.onDiagnosis(badCredentials(transaction), this, transaction.flow.remote);
    const name = status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate';
    this.userAgent.reply(transaction, status, challenges.map((challenge) => [name, challenge] as const)); // prettier-ignore
    return undefined;
  }
}

function badCredentials(transaction: ServerTransaction): Diagnosis {
  const { request, flow } = transaction;
  return {
    code: 'sip.bad-credentials',
    side: 'there',
    summary: 'A phone sent a wrong password.',
    cure: 'Compare user name and password on the phone with those of the directory.',
    evidence: {
      method: request.method,
      remote: formatSocketAddress(flow.remote),
      agent: request.headers.get('User-Agent') ?? 'unknown',
    },
  };
}

function wrongCertificate({ flow }: ServerTransaction, user: string): Diagnosis {
  return {
    code: 'cert.subject-not-allowed',
    side: 'here',
    summary: `The phone of ${user} did not show the certificate that is tied to this user.`,
    cure: 'Install the client certificate of the user on the phone, with tls-verify-policy "in" on the profile; or untie it (client-certificate).',
    evidence: {
      user,
      remote: formatSocketAddress(flow.remote),
      certificate: flow.security?.clientCertificate === true,
      names: [...(flow.security?.peerUsers ?? [])],
    },
  };
}

/** Why a phone could not be called whose connection ended with an earlier run of the switch. */
function phoneLost(contact: string, cause: Diagnosis): Diagnosis {
  return {
    code: 'conn.lost',
    side: cause.side,
    summary: `The connection of the phone at ${contact} ended when the switch was started again, and it cannot be dialled: ${cause.summary}`,
    cure: 'It comes back with its next registration; a shorter sip-expires-max, or a phone that notices a lost connection, makes that sooner.',
    evidence: { ...cause.evidence, contact, cause: cause.code },
  };
}

/** Why a phone could not be called on a connection of our own; `contact` is what was dialled. */
export function connectBackFailed(contact: string, cause: Diagnosis): Diagnosis {
  return {
    code: 'conn.connect-back-failed',
    side: cause.side,
    summary: `The phone at ${contact} could not be dialled, as connect-back asks for: ${cause.summary}`,
    cure: `${cause.cure} Or switch connect-back off: calls then go over the connection that the phone opened.`,
    evidence: { ...cause.evidence, contact, cause: cause.code },
  };
}
