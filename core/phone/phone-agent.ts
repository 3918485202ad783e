import type { SocketAddress } from '../base/address.ts';
import type { Clock } from '../base/clock.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { randomToken, type Random } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import type { MediaPlane } from '../media/media-plane.ts';
import type { DigestHash } from '../sip/auth/digest.ts';
import { FlowOpener, type OpenOptions } from '../sip/locate/flow-opener.ts';
import type { Resolver } from '../sip/locate/resolver.ts';
import type { SipUri } from '../sip/message/uri.ts';
import { TransactionLayer } from '../sip/transaction/transaction-layer.ts';
import type { Flow } from '../sip/transport/flow.ts';
import type { Network } from '../sip/transport/network.ts';
import { TransportLayer } from '../sip/transport/transport-layer.ts';
import type { Listener, Transports } from '../sip/transport/transports.ts';
import { contactOn } from '../sip/ua/contact-on.ts';
import { UserAgent, type UserAgentUser } from '../sip/ua/user-agent.ts';
import type { TlsServerSettings } from '../tls/tls-settings.ts';
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
  /** Folder of the sounds that come with the program; ends with a slash. */
  readonly sounds: string;
  /** User-Agent header. */
  readonly userAgent: string;
  /** Tells of each change of the machine's network; the function returned ends that. Without it nobody notices. */
  readonly watchNetwork?: ((onChange: () => void) => () => void) | undefined;
}

/** The SIP side of a phone, shared by its accounts: connections, transactions, sessions. */
export class PhoneAgent {
  readonly ports: PhonePorts;
  readonly transactions: TransactionLayer;
  readonly userAgent: UserAgent;
  readonly #transports: Transports;
  readonly #opener: FlowOpener;
  readonly #networkListeners = new Set<() => void>();
  readonly #unwatch: (() => void) | undefined;

  constructor(ports: PhonePorts) {
    this.ports = ports;
    this.#transports = new TransportLayer({ ...ports, name: 'phone' });
    this.#opener = new FlowOpener({ ...ports, transports: this.#transports });
    this.transactions = new TransactionLayer({
      ...ports,
      requestFlow: (request, flow) => this.#transports.requestFlow(request, flow),
      responseFlow: (request, flow) => this.#opener.openForResponse(request, flow),
    });
    const user = randomToken(ports.random, 8);
    this.userAgent = new UserAgent({
      ...ports,
      transactions: this.transactions,
      contact: (flow) => contactOn(flow, user),
    });
    this.#transports.onMessage((message, flow) => {
      this.transactions.receive(message, flow);
    });
    this.#unwatch = ports.watchNetwork?.(() => {
      void this.#networkChanged();
    });
  }

  setUser(user: UserAgentUser): void {
    this.userAgent.setUser(user);
  }

  /** A flow to the server of `uri` that passes the policy (RFC 3263); `tried` as in {@link OpenOptions}. */
  connect(uri: SipUri, options: OpenOptions): Promise<Result<Flow, Diagnosis>> {
    return this.#opener.open(uri, options);
  }

  /**
   * Listens for a server that dials us (connect-back), whose certificate is judged as `tls` says; `onDiagnosis` is told why a
   * connection did not come about.
   */
  listen(
    local: SocketAddress,
    tls: TlsServerSettings,
    onDiagnosis: (diagnosis: Diagnosis, remote: SocketAddress | undefined) => void,
  ): Promise<Result<Listener, Diagnosis>> {
    this.#transports.onDiagnosis(onDiagnosis);
    return this.#transports.listen({ protocol: 'tls', local, tls });
  }

  /** Calls back after each change of network, once it is known which connections are left. */
  onNetworkChange(listener: () => void): void {
    this.#networkListeners.add(listener);
  }

  async #networkChanged(): Promise<void> {
    this.ports.tracer.emit('app', 5, 'network.changed');
    await this.#transports.networkChanged();
    for (const listener of this.#networkListeners) listener();
  }

  /** Hangs up, then closes every connection. */
  async close(): Promise<void> {
    this.#unwatch?.();
    await this.userAgent.close();
    this.transactions.close();
    await this.#transports.close();
  }
}
