import { Secret } from '../../../core/base/secret.ts';
import { systemClock } from '../../../core/io/node-clock.ts';
import { nodeDigestHash } from '../../../core/io/node-digest-hash.ts';
import { nodeNetwork } from '../../../core/io/node-network.ts';
import { systemRandom } from '../../../core/io/node-random.ts';
import { ClientDigest } from '../../../core/sip/auth/client-digest.ts';
import { sipUri } from '../../../core/sip/message/uri.ts';
import { TransactionLayer } from '../../../core/sip/transaction/transaction-layer.ts';
import type { Flow } from '../../../core/sip/transport/flow.ts';
import { TransportLayer } from '../../../core/sip/transport/transport-layer.ts';
import type { InviteClientSession } from '../../../core/sip/ua/invite-client-session.ts';
import type { InviteServerSession } from '../../../core/sip/ua/invite-server-session.ts';
import { UserAgent } from '../../../core/sip/ua/user-agent.ts';
import { Tracer } from '../../../core/trace/tracer.ts';
import { SessionDiary } from '../../support/flow-agents.ts';
import { good } from '../../support/test-authority.ts';
import { WordHandler } from '../../support/word-handler.ts';

const LOOPBACK = '127.0.0.1';

/** A user agent of ours on real sockets, for offers and answers that are only words. */
export class SippAgent {
  readonly words: string[] = [];
  /** What the last call told. */
  diary: SessionDiary | undefined;
  /** Messages that came. */
  readonly messages: string[] = [];
  /** What is done with a call that comes in, after it rings. */
  onCall: (session: InviteServerSession) => void = () => undefined;
  readonly #protocol: 'udp' | 'tcp';
  readonly #transports: TransportLayer;
  readonly #transactions: TransactionLayer;
  readonly #agent: UserAgent;

  constructor(protocol: 'udp' | 'tcp') {
    const ports = { clock: systemClock, random: systemRandom, tracer: new Tracer(systemClock) };
    this.#protocol = protocol;
    this.#transports = new TransportLayer({ ...ports, name: 'agent', network: nodeNetwork });
    this.#transactions = new TransactionLayer({
      ...ports,
      responseFlow: (request, flow) => this.#transports.responseFlow(request, flow),
    });
    this.#agent = new UserAgent({
      ...ports,
      transactions: this.#transactions,
      userAgent: 'test',
      contact: ({ local }) =>
        sipUri({
          user: 'agent',
          host: local.address,
          port: local.port,
          parameters: new Map([['transport', protocol]]),
        }),
    });
    this.#transports.onMessage((message, flow) => {
      this.#transactions.receive(message, flow);
    });
    this.#agent.setUser({
      onInvite: (transaction) => {
        const session = this.#agent.createServerSession(transaction, new WordHandler(this.words));
        this.diary = new SessionDiary(session);
        session.progress(180);
        this.onCall(session);
      },
      onMessage: ({ body }) => {
        this.messages.push(new TextDecoder().decode(body.content));
        return 200;
      },
      onRefer: (referral) => {
        referral.accept();
        referral.report(200);
      },
    });
  }

  /** The port that it listens on. */
  async listen(): Promise<number> {
    const listener = await this.#transports.listen({ protocol: this.#protocol, local: { address: LOOPBACK, port: 0 } });
    return good(listener).local.port;
  }

  /** Starts a call to `port`, and follows where it is sent. */
  async call(port: number): Promise<InviteClientSession> {
    const connect = (): ReturnType<TransportLayer['connect']> =>
      this.#transports.connect({ protocol: this.#protocol, address: LOOPBACK, port, serverName: LOOPBACK });
    const flow: Flow = good(await connect());
    const target = sipUri({ user: 'sipp', host: LOOPBACK, port });
    const session = this.#agent.createClientSession({
      handler: new WordHandler(this.words),
      flow,
      digest: new ClientDigest({
        username: 'agent',
        password: new Secret('secret'),
        hash: nodeDigestHash,
        random: systemRandom,
      }),
      reconnect: undefined,
      target,
      to: { uri: target },
      from: { uri: sipUri({ user: 'agent', host: LOOPBACK }) },
      headers: [],
      redirection: { connect },
    });
    this.diary = new SessionDiary(session);
    await session.start();
    return session;
  }

  /** How much is still alive. */
  get sessions(): number {
    return this.#agent.sessions.size;
  }

  async close(): Promise<void> {
    this.#transactions.close();
    await this.#transports.close();
  }
}
