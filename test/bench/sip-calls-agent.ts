import { ok } from '../../core/base/result.ts';
import { systemClock } from '../../core/io/node-clock.ts';
import { nodeNetwork } from '../../core/io/node-network.ts';
import { systemRandom } from '../../core/io/node-random.ts';
import { sipUri } from '../../core/sip/message/uri.ts';
import { DEFAULT_TIMER_VALUES, type TimerValues } from '../../core/sip/transaction/timers.ts';
import { TransactionLayer } from '../../core/sip/transaction/transaction-layer.ts';
import type { Flow, TransportProtocol } from '../../core/sip/transport/flow.ts';
import { TransportLayer } from '../../core/sip/transport/transport-layer.ts';
import type { InviteSession } from '../../core/sip/ua/invite-session.ts';
import type { SessionDescriptionHandler } from '../../core/sip/ua/session-description-handler.ts';
import { UserAgent } from '../../core/sip/ua/user-agent.ts';
import type { TlsClientSettings, TlsServerSettings } from '../../core/tls/tls-settings.ts';
import { Tracer } from '../../core/trace/tracer.ts';

const LOOPBACK = '127.0.0.1';
const NAME = 'agent.example.org';
/** Calls under way at once: enough that nobody waits for the network. */
const AT_ONCE = 50;
/** A call that takes longer is lost, and the figure with it. */
const GIVE_UP_MS = 30_000;

const SDP = [
  'v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0', 'm=audio 40000 RTP/AVP 0',
  'a=rtpmap:0 PCMU/8000', '',
].join('\r\n'); // prettier-ignore
const BODY = { contentType: 'application/sdp', content: new TextEncoder().encode(SDP) };

/** Offers and answers without media: the bench is about SIP. */
const handler: SessionDescriptionHandler = {
  createOffer: () => Promise.resolve(ok(BODY)),
  receiveAnswer: () => Promise.resolve(ok(undefined)),
  receiveOffer: () => Promise.resolve(ok(BODY)),
};

/** A user agent on real sockets that answers each call with 180 and 200. */
export class BenchAgent {
  readonly transports: TransportLayer;
  readonly #agent: UserAgent;
  readonly #transactions: TransactionLayer;

  constructor(name: string, timerValues: TimerValues = DEFAULT_TIMER_VALUES, tlsClient?: TlsClientSettings) {
    const ports = { clock: systemClock, random: systemRandom, tracer: new Tracer(systemClock) };
    this.transports = new TransportLayer({
      ...ports,
      name,
      network: nodeNetwork,
      ...(tlsClient === undefined ? {} : { tlsClient }),
    });
    const transactions = new TransactionLayer({
      ...ports,
      timerValues,
      responseFlow: (request, flow) => this.transports.responseFlow(request, flow),
    });
    this.#transactions = transactions;
    this.#agent = new UserAgent({
      ...ports,
      transactions,
      userAgent: 'bench',
      contact: ({ local, protocol }) =>
        sipUri({ user: name, host: local.address, port: local.port, parameters: new Map([['transport', protocol]]) }),
    });
    this.transports.onMessage((message, flow) => {
      transactions.receive(message, flow);
    });
    this.#agent.setUser({
      onInvite: (transaction) => {
        const session = this.#agent.createServerSession(transaction, handler);
        session.progress(180);
        void session.accept();
      },
    });
  }

  /** The port that it listens on. */
  async listen(protocol: TransportProtocol, tls?: TlsServerSettings): Promise<number> {
    const local = { address: LOOPBACK, port: 0 };
    const listener = await this.transports.listen({ protocol, local, ...(tls === undefined ? {} : { tls }) });
    if (!listener.ok) throw new Error(listener.error.summary);
    return listener.value.local.port;
  }

  async flowTo(protocol: TransportProtocol, port: number): Promise<Flow> {
    const flow = await this.transports.connect({ protocol, address: LOOPBACK, port, serverName: NAME });
    if (!flow.ok) throw new Error(flow.error.summary);
    return flow.value;
  }

  /** Makes calls, 50 at once, each ended when it is answered; resolves when the last is over. */
  async call(flow: Flow, count: number): Promise<void> {
    await this.#inLanes(count, async () => {
      await this.#ended(await this.open(flow));
    });
  }

  /** Makes calls that stay. */
  async openMany(flow: Flow, count: number): Promise<InviteSession[]> {
    const sessions: InviteSession[] = [];
    await this.#inLanes(count, async () => {
      sessions.push(await this.open(flow));
    });
    return sessions;
  }

  /** One call, answered. */
  open(flow: Flow): Promise<InviteSession> {
    const { address, port } = flow.remote;
    const session = this.#agent.createClientSession({
      handler,
      flow,
      digest: undefined,
      reconnect: undefined,
      target: sipUri({ user: 'callee', host: address, port }),
      to: { uri: sipUri({ user: 'callee', host: address, port }) },
      from: { uri: sipUri({ user: 'caller', host: LOOPBACK }) },
      headers: [],
    });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error('a call was not answered'));
      }, GIVE_UP_MS);
      session.setUser({
        onEstablished: () => {
          clearTimeout(timer);
          resolve(session);
        },
        onEnded: ({ cause }) => {
          clearTimeout(timer);
          reject(new Error(`a call ended: ${cause}`));
        },
      });
      void session.start();
    });
  }

  /** Waits until no transaction is left. */
  async rest(): Promise<void> {
    const end = performance.now() + GIVE_UP_MS;
    while (this.#transactions.size.client + this.#transactions.size.server > 0 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async close(): Promise<void> {
    this.#transactions.close();
    await this.transports.close();
  }

  #ended(session: InviteSession): Promise<void> {
    return new Promise((resolve) => {
      session.setUser({
        onEnded: () => {
          resolve();
        },
      });
      session.hangUp();
    });
  }

  async #inLanes(count: number, work: () => Promise<void>): Promise<void> {
    let left = count;
    const lane = async (): Promise<void> => {
      while (left-- > 0) await work();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  }
}

/** The name that certificates of agents have. */
export const AGENT_NAME = NAME;
