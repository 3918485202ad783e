import { ok } from '../../core/base/result.ts';
import { sipUri, type SipUri } from '../../core/sip/message/uri.ts';
import { TransactionLayer } from '../../core/sip/transaction/transaction-layer.ts';
import type { Flow, TransportProtocol } from '../../core/sip/transport/flow.ts';
import { TransportLayer } from '../../core/sip/transport/transport-layer.ts';
import type { InviteClientSession } from '../../core/sip/ua/invite-client-session.ts';
import type { InviteServerSession } from '../../core/sip/ua/invite-server-session.ts';
import type { InviteSession, SessionEnd } from '../../core/sip/ua/invite-session.ts';
import type { Body, SessionDescriptionHandler } from '../../core/sip/ua/session-description-handler.ts';
import { UserAgent } from '../../core/sip/ua/user-agent.ts';
import { Tracer } from '../../core/trace/tracer.ts';
import { SeededRandom } from './seeded-random.ts';
import type { VirtualNetwork } from './virtual-network.ts';

/** What a session told its user, oldest first. */
export class SessionDiary {
  readonly entries: string[] = [];
  end: SessionEnd | undefined;

  constructor(session: InviteSession) {
    session.setUser({
      onProgress: ({ status }) => this.entries.push(`progress ${status}`),
      onEstablished: () => this.entries.push('established'),
      onRenegotiated: () => this.entries.push('renegotiated'),
      onEnded: (end) => {
        this.end = end;
        this.entries.push(`ended by ${end.by}: ${end.cause}`);
      },
    });
  }
}

/** Offers and answers that are only words: enough for the SIP side, which never looks inside. */
export function wordHandler(words: string[] = []): SessionDescriptionHandler {
  const body = (text: string): Body => ({ contentType: 'application/sdp', content: new TextEncoder().encode(text) });
  const note = (what: string, { content }: Body): void =>
    void words.push(`${what} ${new TextDecoder().decode(content)}`);
  return {
    createOffer: () => Promise.resolve(ok(body('offer'))),
    receiveAnswer: (answer) => {
      note('answered', answer);
      return Promise.resolve(ok(undefined));
    },
    receiveOffer: (offer) => {
      note('offered', offer);
      return Promise.resolve(ok(body('answer')));
    },
  };
}

/** A machine of its own on the virtual network, with a whole SIP stack. */
export class FlowAgent {
  readonly address: string;
  readonly transports: TransportLayer;
  readonly transactions: TransactionLayer;
  readonly userAgent: UserAgent;
  /** Sessions that came in, with what they told. */
  readonly incoming: { readonly session: InviteServerSession; readonly diary: SessionDiary }[] = [];
  readonly words: string[] = [];
  /** What to do with a call that comes in; rings where it is not set. */
  onCall: (session: InviteServerSession) => void = (session) => {
    session.progress(180);
  };

  private constructor(network: VirtualNetwork, address: string, seed: number) {
    const ports = { clock: network.clock, random: new SeededRandom(seed), tracer: new Tracer(network.clock) };
    this.address = address;
    this.transports = new TransportLayer({ ...ports, name: address, network: network.host(address) });
    this.transactions = new TransactionLayer({
      ...ports,
      responseFlow: (request, flow) => this.transports.responseFlow(request, flow),
    });
    this.userAgent = new UserAgent({
      ...ports,
      transactions: this.transactions,
      userAgent: 'test',
      contact: (flow) => sipUri({ user: 'agent', host: flow.local.address, port: flow.local.port }),
    });
    this.transports.onMessage((message, flow) => {
      this.transactions.receive(message, flow);
    });
    this.userAgent.setUser({
      onInvite: (transaction) => {
        const session = this.userAgent.createServerSession(transaction, wordHandler(this.words));
        this.incoming.push({ session, diary: new SessionDiary(session) });
        this.onCall(session);
      },
    });
  }

  /** An agent that listens on port 5060 with each protocol given. */
  static async start(
    network: VirtualNetwork,
    address: string,
    seed: number,
    protocols: readonly TransportProtocol[] = ['udp'],
  ): Promise<FlowAgent> {
    const agent = new FlowAgent(network, address, seed);
    for (const protocol of protocols) {
      const listener = await agent.transports.listen({ protocol, local: { address, port: 5060 } });
      if (!listener.ok) throw new Error(listener.error.summary);
    }
    return agent;
  }

  async flowTo(other: FlowAgent, protocol: TransportProtocol = 'udp'): Promise<Flow> {
    const target = { protocol, address: other.address, port: 5060, serverName: other.address };
    const local = protocol === 'udp' ? { local: { address: this.address, port: 5060 } } : {};
    const flow = await this.transports.connect(target, local);
    if (!flow.ok) throw new Error(flow.error.summary);
    return flow.value;
  }

  uri(): SipUri {
    return sipUri({ user: 'agent', host: this.address, port: 5060 });
  }

  /** A call to another agent, not started yet. */
  async callTo(
    other: FlowAgent,
    protocol: TransportProtocol = 'udp',
    headers: readonly (readonly [name: string, value: string])[] = [],
  ): Promise<{ readonly session: InviteClientSession; readonly diary: SessionDiary }> {
    const session = this.userAgent.createClientSession({
      handler: wordHandler(this.words),
      flow: await this.flowTo(other, protocol),
      digest: undefined,
      reconnect: undefined,
      target: other.uri(),
      to: { uri: other.uri() },
      from: { uri: this.uri() },
      headers,
    });
    return { session, diary: new SessionDiary(session) };
  }

  /** How much is still alive: must be nothing after a test. */
  get alive(): { readonly client: number; readonly server: number; readonly sessions: number } {
    return { ...this.transactions.size, sessions: this.userAgent.sessions.size };
  }
}
