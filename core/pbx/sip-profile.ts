import { formatSocketAddress, type SocketAddress } from '../base/address.ts';
import type { Clock } from '../base/clock.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import type { Random } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import type { DigestHash } from '../sip/auth/digest.ts';
import { DigestAuthenticator } from '../sip/auth/digest-authenticator.ts';
import { sipUri, type SipUri } from '../sip/message/uri.ts';
import { TransactionLayer } from '../sip/transaction/transaction-layer.ts';
import type { ServerTransaction } from '../sip/transaction/transaction-user.ts';
import type { Flow, TransportProtocol } from '../sip/transport/flow.ts';
import type { Network } from '../sip/transport/network.ts';
import { TransportLayer } from '../sip/transport/transport-layer.ts';
import type { Listener, Transports } from '../sip/transport/transports.ts';
import { UserAgent } from '../sip/ua/user-agent.ts';
import type { TlsServerSettings } from '../tls/tls-settings.ts';
import type { Tracer } from '../trace/tracer.ts';
import type { ProfileConfiguration } from './configuration.ts';
import type { Directory } from './directory.ts';

/** What every profile stands on. */
export interface ProfilePorts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
  readonly hash: DigestHash;
  readonly userAgent: string;
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
  onInvite(profile: SipProfile, transaction: ServerTransaction, user: string | undefined): void;
  onDiagnosis(diagnosis: Diagnosis, profile: SipProfile, remote: SocketAddress | undefined): void;
}

/**
 * A SIP profile as FreeSWITCH has them: an address with its ports, transports, transactions and user agent of its own, and
 * its own answer to who may call.
 */
export class SipProfile {
  readonly name: string;
  readonly configuration: ProfileConfiguration;
  readonly userAgent: UserAgent;
  readonly #ports: ProfilePorts;
  readonly #user: ProfileUser;
  readonly #directory: Directory;
  readonly #transports: Transports;
  readonly #transactions: TransactionLayer;
  readonly #authenticator: DigestAuthenticator;
  readonly #listeners: Listener[] = [];

  constructor(options: {
    readonly name: string;
    readonly configuration: ProfileConfiguration;
    readonly ports: ProfilePorts;
    readonly directory: Directory;
    readonly user: ProfileUser;
  }) {
    const { ports, directory } = options;
    this.name = options.name;
    this.configuration = options.configuration;
    this.#ports = ports;
    this.#user = options.user;
    this.#directory = directory;
    this.#transports = new TransportLayer({ ...ports, name: options.name });
    this.#transactions = new TransactionLayer({
      ...ports,
      responseFlow: (request, flow) => this.#transports.responseFlow(request, flow),
    });
    this.#authenticator = new DigestAuthenticator({
      realm: directory.domain,
      hash: ports.hash,
      random: ports.random,
      clock: ports.clock,
      algorithms: options.configuration['rfc8760-auth-algorithms'],
    });
    this.userAgent = new UserAgent({
      ...ports,
      transactions: this.#transactions,
      contact: contactOf,
    });
    this.userAgent.setUser({
      onInvite: (transaction) => {
        this.#onInvite(transaction);
      },
      onRequest: (transaction) => this.#onRequest(transaction),
    });
    this.#transports.onMessage((message, flow) => {
      this.#transactions.receive(message, flow);
    });
    this.#transports.onDiagnosis((diagnosis, remote) => {
      this.#user.onDiagnosis(diagnosis, this, remote);
    });
  }

  /** Opens the listeners. One that fails does not stop the others; its diagnosis goes to the user of the profile. */
  async start(tls: Result<TlsServerSettings, Diagnosis> | undefined): Promise<readonly ListenerView[]> {
    const { 'sip-ip': address, 'sip-port': port, 'tls-sip-port': tlsPort } = this.configuration;
    if (port !== undefined) {
      const udp = await this.#listen('udp', { address, port });
      // With port 0 TCP takes the port that UDP got, so that one number serves both.
      await this.#listen('tcp', { address, port: udp?.local.port ?? port });
    }
    if (this.configuration.tls && tlsPort !== undefined && tls !== undefined) {
      if (tls.ok) await this.#listen('tls', { address, port: tlsPort }, tls.value);
      else this.#user.onDiagnosis(tls.error, this, undefined);
    }
    return this.listeners;
  }

  get listeners(): readonly ListenerView[] {
    return this.#listeners.map(({ protocol, local }) => ({ profile: this.name, transport: protocol, ...local }));
  }

  /** Whether `flow` is one of this profile's. */
  owns(flow: Flow): boolean {
    return this.#transports.flows().includes(flow);
  }

  /** A new certificate serves the next handshake; a bad one leaves the old in force. */
  updateTls(settings: TlsServerSettings): Result<void, Diagnosis> {
    for (const listener of this.#listeners) {
      if (listener.protocol !== 'tls') continue;
      const updated = listener.updateTls(settings);
      if (!updated.ok) return updated;
    }
    return { ok: true, value: undefined };
  }

  /** Ends the calls politely, then closes the sockets. */
  async close(): Promise<void> {
    await this.userAgent.close();
    this.#transactions.close();
    await this.#transports.close();
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

  #onInvite(transaction: ServerTransaction): void {
    if (!this.configuration['auth-calls']) {
      this.#user.onInvite(this, transaction, undefined);
      return;
    }
    const user = this.#authenticate(transaction, 407);
    if (user === undefined) return;
    // Who calls must be who the password is of (RFC 3261 §22.1 leaves it to policy; anything else invites spoofing).
    if (this.#claimedUser(transaction, 'from') !== user) this.userAgent.reply(transaction, 403);
    else this.#user.onInvite(this, transaction, user);
  }

  #onRequest(transaction: ServerTransaction): boolean {
    if (transaction.request.method !== 'REGISTER') return false;
    if (!this.configuration['auth-calls']) {
      this.userAgent.reply(transaction, 403);
      return true;
    }
    const user = this.#authenticate(transaction, 401);
    if (user === undefined) return true;
    if (this.#claimedUser(transaction, 'to') !== user) this.userAgent.reply(transaction, 403);
    else this.#user.onRegister(this, transaction, user);
    return true;
  }

  #claimedUser(transaction: ServerTransaction, field: 'from' | 'to'): string | undefined {
    const uri = transaction.request[field]?.uri;
    return uri?.scheme === 'sip' || uri?.scheme === 'sips' ? uri.user : undefined;
  }

  /** The user whose password the request proves; else challenges it, or refuses, and gives `undefined`. */
  #authenticate(transaction: ServerTransaction, status: 401 | 407): string | undefined {
    const kind = status === 401 ? 'www' : 'proxy';
    const outcome = this.#authenticator.verify(transaction.request, kind, (user) => this.#directory.password(user));
    if (outcome.ok) return outcome.value;
    const { challenges, wrongPassword } = outcome.error;
    if (wrongPassword) this.#user.onDiagnosis(badCredentials(transaction), this, transaction.flow.remote);
    const name = status === 401 ? 'WWW-Authenticate' : 'Proxy-Authenticate';
    this.userAgent.reply(transaction, status, challenges.map((challenge) => [name, challenge] as const)); // prettier-ignore
    return undefined;
  }
}

/** The address that reaches the profile on the connection that a request came on. */
export function contactOf(flow: Flow): SipUri {
  const parameters = flow.protocol === 'udp' ? undefined : new Map([['transport', flow.protocol]]);
  return sipUri({
    user: 'mod_sotto',
    host: flow.local.address,
    port: flow.local.port,
    ...(parameters === undefined ? {} : { parameters }),
  });
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
