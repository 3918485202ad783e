import type { SipRequest } from '../../core/sip/message/message.ts';
import type { InviteClientOptions, InviteClientSession } from '../../core/sip/ua/invite-client-session.ts';
import type { InviteServerSession } from '../../core/sip/ua/invite-server-session.ts';
import { FlowAgent, type SessionDiary } from './flow-agents.ts';
import { ScriptedPeer } from './scripted-peer.ts';
import { VirtualClock } from './virtual-clock.ts';
import { VirtualNetwork } from './virtual-network.ts';

/** Alice's user agent, and a peer that does what a test says. */
export class ScriptedScene {
  readonly clock: VirtualClock;
  readonly network: VirtualNetwork;
  readonly alice: FlowAgent;
  readonly peer: ScriptedPeer;

  private constructor(clock: VirtualClock, network: VirtualNetwork, alice: FlowAgent, peer: ScriptedPeer) {
    this.clock = clock;
    this.network = network;
    this.alice = alice;
    this.peer = peer;
  }

  static async set(): Promise<ScriptedScene> {
    const clock = new VirtualClock();
    const network = new VirtualNetwork(clock, { delayMs: 5 });
    const alice = await FlowAgent.start(network, '192.0.2.1', 1);
    return new ScriptedScene(clock, network, alice, await ScriptedPeer.start(network, '192.0.2.9'));
  }

  /** Lets messages that are under way arrive, and their answers. */
  async pass(ms = 20): Promise<void> {
    await this.clock.advanceAsync(ms);
  }

  /** Alice calls the peer; the INVITE has arrived. */
  async call(
    headers: readonly (readonly [string, string])[] = [],
    options: Partial<Omit<InviteClientOptions, 'ports'>> = {},
  ): Promise<{ readonly session: InviteClientSession; readonly diary: SessionDiary; readonly invite: SipRequest }> {
    const call = await this.alice.callTo(this.peer, 'udp', headers, options);
    await call.session.start();
    await this.pass();
    return { ...call, invite: this.peer.last('INVITE') };
  }

  /** Alice calls, and the peer has answered with these headers. */
  async callThatStands(
    headers: readonly (readonly [string, string])[] = [['Allow', 'INVITE, ACK, BYE, CANCEL, UPDATE']],
  ): Promise<{ readonly session: InviteClientSession; readonly diary: SessionDiary; readonly invite: SipRequest }> {
    const call = await this.call();
    this.peer.respond(call.invite, 200, { headers, body: 'answer' });
    await this.pass();
    return call;
  }

  /** The peer calls Alice; her agent does what `onCall` says. */
  async calledByPeer(
    parts: { readonly headers?: readonly (readonly [string, string])[]; readonly body?: string } = { body: 'offer' },
  ): Promise<{ readonly session: InviteServerSession; readonly diary: SessionDiary; readonly invite: SipRequest }> {
    const invite = this.peer.call({ address: this.alice.address, port: 5060 }, 1, parts);
    await this.pass();
    const call = this.alice.incoming.at(-1);
    if (call === undefined) throw new Error(`the call did not arrive: ${this.peer.heard.join(' ')}`);
    return { ...call, invite };
  }

  /** The tag that Alice gave a call of the peer. */
  get aliceTag(): string {
    const tag = this.peer.received.findLast((message) => message.kind === 'response' && message.status > 100)?.toTag;
    if (tag === undefined) throw new Error('no response with a tag came');
    return tag;
  }

  /** Another request of the peer in the dialog of its call. */
  inCall(
    method: string,
    sequence: number,
    parts: { readonly headers?: readonly (readonly [string, string])[]; readonly body?: string } = {},
  ): SipRequest {
    return this.peer.call({ address: this.alice.address, port: 5060 }, sequence, {
      ...parts,
      method,
      toTag: this.aliceTag,
    });
  }
}
