import { sipUri, type SipUri } from '../../core/sip/message/uri.ts';
import { TransactionLayer } from '../../core/sip/transaction/transaction-layer.ts';
import type { Flow, TransportProtocol } from '../../core/sip/transport/flow.ts';
import { TransportLayer } from '../../core/sip/transport/transport-layer.ts';
import type { InviteClientOptions, InviteClientSession } from '../../core/sip/ua/invite-client-session.ts';
import type { InviteServerOptions, InviteServerSession } from '../../core/sip/ua/invite-server-session.ts';
import type { InviteSession, SessionEnd } from '../../core/sip/ua/invite-session.ts';
import type { SessionTimerSettings } from '../../core/sip/ua/session-timer.ts';
import { UserAgent, type UserAgentUser } from '../../core/sip/ua/user-agent.ts';
import { Tracer } from '../../core/trace/tracer.ts';
import { SeededRandom } from './seeded-random.ts';
import type { VirtualNetwork } from './virtual-network.ts';
import { WordHandler } from './word-handler.ts';

/** What a session told its user, oldest first. */
export class SessionDiary {
  readonly entries: string[] = [];
  end: SessionEnd | undefined;

  constructor(session: InviteSession) {
    session.setUser({
      onProgress: ({ status }) => this.entries.push(`progress ${status}`),
      onEstablished: () => this.entries.push('established'),
      onRenegotiated: ({ by, hold }) =>
        this.entries.push(`renegotiated by ${by}${hold.here ? ', held here' : ''}${hold.there ? ', held there' : ''}`),
      onEnded: (end) => {
        this.end = end;
        this.entries.push(`ended by ${end.by}: ${end.cause}`);
      },
    });
  }
}

/** A machine of its own on the virtual network, with a whole SIP stack. */
export class FlowAgent {
  readonly address: string;
  readonly transports: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly userAgent: UserAgent;
  /** Sessions that came in, with what they told. */
  readonly incoming: { readonly session: InviteServerSession; readonly diary: SessionDiary }[] = [];
  /** Sessions that went out, with what they told. */
  readonly calls: { readonly session: InviteClientSession; readonly diary: SessionDiary }[] = [];
  readonly words: string[] = [];
  /** How calls that come in are taken. */
  serverOptions: InviteServerOptions = {};
  /** What to do with a call that comes in; rings where it is not set. */
  onCall: (session: InviteServerSession) => void = (session) => {
    session.progress(180);
  };

  private constructor(
    network: VirtualNetwork,
    address: string,
    seed: number,
    sessionTimer: SessionTimerSettings | undefined,
  ) {
    const ports = { clock: network.clock, random: new SeededRandom(seed), tracer: new Tracer(network.clock) };
    this.address = address;
    this.transports = new TransportLayer({ ...ports, name: address, network: network.host(address) });
    this.transactions = new TransactionLayer({
      ...ports,
      requestFlow: (request, flow) => this.transports.requestFlow(request, flow),
      responseFlow: (request, flow) => this.transports.responseFlow(request, flow),
    });
    this.userAgent = new UserAgent({
      ...ports,
      transactions: this.transactions,
      userAgent: 'test',
      sessionTimer,
      contact: (flow) => sipUri({ user: 'agent', host: flow.local.address, port: flow.local.port }),
    });
    this.transports.onMessage((message, flow) => {
      this.transactions.receive(message, flow);
    });
    this.use();
  }

  /** Takes calls as `onCall` says, and what else the user agent has to decide as `user` says. */
  use(user: Partial<UserAgentUser> = {}): void {
    this.userAgent.setUser({
      onInvite: (transaction) => {
        const session = this.userAgent.createServerSession(
          transaction,
          new WordHandler(this.words),
          this.serverOptions,
        );
        this.incoming.push({ session, diary: new SessionDiary(session) });
        this.onCall(session);
      },
      ...user,
    });
  }

  /** An agent that listens on port 5060 with each protocol given. */
  static async start(
    network: VirtualNetwork,
    address: string,
    seed: number,
    protocols: readonly TransportProtocol[] = ['udp'],
    sessionTimer?: SessionTimerSettings,
  ): Promise<FlowAgent> {
    const agent = new FlowAgent(network, address, seed, sessionTimer);
    for (const protocol of protocols) {
      const listener = await agent.transports.listen({ protocol, local: { address, port: 5060 } });
      if (!listener.ok) throw new Error(listener.error.summary);
    }
    return agent;
  }

  async flowTo(other: { readonly address: string }, protocol: TransportProtocol = 'udp'): Promise<Flow> {
    const target = { protocol, address: other.address, port: 5060, serverName: other.address };
    const local = protocol === 'udp' ? { local: { address: this.address, port: 5060 } } : {};
    const flow = await this.transports.connect(target, local);
    if (!flow.ok) throw new Error(flow.error.summary);
    return flow.value;
  }

  uri(): SipUri {
    return sipUri({ user: 'agent', host: this.address, port: 5060 });
  }

  /** A call to port 5060 of another machine, not started yet. */
  async callTo(
    other: { readonly address: string },
    protocol: TransportProtocol = 'udp',
    headers: readonly (readonly [name: string, value: string])[] = [],
    options: Partial<Omit<InviteClientOptions, 'ports'>> = {},
  ): Promise<{ readonly session: InviteClientSession; readonly diary: SessionDiary }> {
    const target = sipUri({ user: 'agent', host: other.address, port: 5060 });
    const session = this.userAgent.createClientSession({
      handler: new WordHandler(this.words),
      flow: await this.flowTo(other, protocol),
      digest: undefined,
      reconnect: undefined,
      target,
      to: { uri: target },
      from: { uri: this.uri() },
      headers,
      ...options,
    });
    const call = { session, diary: new SessionDiary(session) };
    this.calls.push(call);
    return call;
  }

  /** How much is still alive: must be nothing after a test. */
  get alive(): { readonly client: number; readonly server: number; readonly sessions: number } {
    return { ...this.transactions.size, sessions: this.userAgent.sessions.size };
  }
}
