import type { Clock } from '../base/clock.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { randomToken, type Random } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import type { MediaPlane } from '../media/media-plane.ts';
import type { DigestHash } from '../sip/auth/digest.ts';
import { Locator } from '../sip/locate/locator.ts';
import type { Resolver } from '../sip/locate/resolver.ts';
import { sipUri, type SipUri } from '../sip/message/uri.ts';
import { TransactionLayer } from '../sip/transaction/transaction-layer.ts';
import type { Flow } from '../sip/transport/flow.ts';
import type { Network } from '../sip/transport/network.ts';
import { TransportLayer } from '../sip/transport/transport-layer.ts';
import type { Transports } from '../sip/transport/transports.ts';
import { UserAgent, type UserAgentUser } from '../sip/ua/user-agent.ts';
import type { TlsClientSettings } from '../tls/tls-settings.ts';
import type { Tracer } from '../trace/tracer.ts';

/** What a phone stands on. */
export interface PhonePorts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
  readonly hash: DigestHash;
  readonly resolver: Resolver;
  readonly plane: MediaPlane;
  /** User-Agent header. */
  readonly userAgent: string;
}

/** The SIP side of a phone, shared by its accounts: connections, transactions, sessions. */
export class PhoneAgent {
  readonly ports: PhonePorts;
  readonly transactions: TransactionLayer;
  readonly userAgent: UserAgent;
  readonly #transports: Transports;
  readonly #locator: Locator;

  constructor(ports: PhonePorts) {
    this.ports = ports;
    this.#transports = new TransportLayer({ ...ports, name: 'phone' });
    this.transactions = new TransactionLayer({
      ...ports,
      responseFlow: (request, flow) => this.#transports.responseFlow(request, flow),
    });
    this.#locator = new Locator(ports);
    const user = randomToken(ports.random, 8);
    this.userAgent = new UserAgent({
      ...ports,
      transactions: this.transactions,
      contact: (flow) => contactOn(flow, user),
    });
    this.#transports.onMessage((message, flow) => {
      this.transactions.receive(message, flow);
    });
  }

  setUser(user: UserAgentUser): void {
    this.userAgent.setUser(user);
  }

  /** A flow to the server of `uri`: the first of its targets (RFC 3263) that can be reached and passes the policy. */
  async connect(uri: SipUri, tls: TlsClientSettings, local?: Flow['local']): Promise<Result<Flow, Diagnosis>> {
    const targets = await this.#locator.locate(uri);
    if (!targets.ok) return targets;
    let failure: Diagnosis | undefined;
    for (const target of targets.value) {
      const flow = await this.#transports.connect(target, { tls, ...(local === undefined ? {} : { local }) });
      if (flow.ok) return flow;
      failure ??= flow.error;
    }
    if (failure === undefined) throw new Error('a search without failure gives at least one target');
    return { ok: false, error: failure };
  }

  /** Hangs up, then closes every connection. */
  async close(): Promise<void> {
    await this.userAgent.close();
    this.transactions.close();
    await this.#transports.close();
  }
}

/** An address of ours as it can be reached on `flow`. */
export function contactOn(flow: Flow, user: string): SipUri {
  return sipUri({
    user,
    host: flow.local.address,
    port: flow.local.port,
    ...(flow.protocol === 'udp' ? {} : { parameters: new Map([['transport', flow.protocol]]) }),
  });
}
