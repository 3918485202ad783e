import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TransportProtocol } from '../../core/sip/transport/flow.ts';
import { FlowAgent } from '../support/flow-agents.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { VirtualNetwork } from '../support/virtual-network.ts';

const FILLER = [['X-Filler', 'x'.repeat(1300)]] as const;

let clock: VirtualClock;
let network: VirtualNetwork;
let agents: FlowAgent[];
beforeEach(() => {
  clock = new VirtualClock();
  network = new VirtualNetwork(clock, { delayMs: 5 });
  agents = [];
});
afterEach(async () => {
  await clock.advanceAsync(64_000);
  for (const agent of agents) {
    expect(agent.alive).toEqual({ client: 0, server: 0, sessions: 0 });
    await agent.transports.close();
  }
});

async function pair(...protocols: readonly TransportProtocol[]): Promise<readonly [alice: FlowAgent, bob: FlowAgent]> {
  const alice = await FlowAgent.start(network, '192.0.2.1', 1);
  const bob = await FlowAgent.start(network, '192.0.2.2', 2, protocols);
  agents.push(alice, bob);
  return [alice, bob];
}

/** How the packets that begin with a method travelled. */
const ways = (method: string): string[] =>
  network.packets
    .filter(({ octets }) => new TextDecoder().decode(octets).startsWith(`${method} `))
    .map(
      ({ kind, octets }) => `${kind} ${/^Via: SIP\/2\.0\/(\S+)/m.exec(new TextDecoder().decode(octets))?.[1] ?? ''}`,
    );

describe('RFC 3261 §18.1.1 a request that is too large for UDP', () => {
  it('MUST go by TCP, with a Via that says so; what belongs to it goes with it, and the call goes on by UDP', async () => {
    const [alice, bob] = await pair('udp', 'tcp');
    bob.onCall = (session) => void session.accept();
    const { session } = await alice.callTo(bob, 'udp', FILLER);
    void session.start();
    await clock.advanceAsync(1_000);
    expect(session.state).toBe('established');
    expect(ways('INVITE')).toEqual(['stream TCP']);
    session.hangUp();
    await clock.advanceAsync(1_000);
    expect([session.state, ...ways('BYE')]).toEqual(['ended', 'datagram UDP']);
  });

  it('is cancelled by TCP, too', async () => {
    const [alice, bob] = await pair('udp', 'tcp');
    const { session, diary } = await alice.callTo(bob, 'udp', FILLER);
    void session.start();
    await clock.advanceAsync(1_000);
    session.hangUp();
    await clock.advanceAsync(1_000);
    expect(ways('CANCEL')).toEqual(['stream TCP']);
    expect(diary.end).toMatchObject({ cause: 'cancelled' });
  });

  it('SHOULD go by UDP after all where nobody listens by TCP, and a small one never asks', async () => {
    const [alice, bob] = await pair('udp');
    bob.onCall = (session) => void session.accept();
    const { session } = await alice.callTo(bob, 'udp', FILLER);
    void session.start();
    await clock.advanceAsync(1_000);
    expect(session.state).toBe('established');
    expect(ways('INVITE')).toEqual(['datagram UDP']);
    session.hangUp();
  });
});
