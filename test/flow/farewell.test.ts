import { describe, expect, it } from 'vitest';
import { FlowAgent, type SessionDiary } from '../support/flow-agents.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { VirtualNetwork } from '../support/virtual-network.ts';

const ALICE = '192.0.2.1';
const BOB = '192.0.2.2';

interface Scene {
  readonly clock: VirtualClock;
  readonly network: VirtualNetwork;
  readonly alice: FlowAgent;
  readonly bob: FlowAgent;
  /** What Bob saw of the call. */
  readonly diary: SessionDiary | undefined;
}

/** A call that stands. */
async function inACall(protocol: 'udp' | 'tcp'): Promise<Scene> {
  const clock = new VirtualClock();
  const network = new VirtualNetwork(clock, { delayMs: 20 });
  const alice = await FlowAgent.start(network, ALICE, 1, [protocol]);
  const bob = await FlowAgent.start(network, BOB, 2, [protocol]);
  bob.onCall = (session) => void session.accept();
  const called = alice.callTo(bob, protocol);
  await clock.advanceAsync(100);
  await (await called).session.start();
  await clock.advanceAsync(1000);
  return { clock, network, alice, bob, diary: bob.incoming[0]?.diary };
}

describe.each(['udp', 'tcp'] as const)('a user agent that closes, over %s', (protocol) => {
  it('RFC 3261 §15: says BYE in every call and waits for the answer, so that nothing is cut off', async () => {
    const { clock, alice, diary } = await inACall(protocol);
    let closed = false;
    void alice.userAgent.close().then(async () => {
      closed = true;
      await alice.transports.close();
    });
    await clock.advanceAsync(30);
    expect(closed).toBe(false);
    await clock.advanceAsync(70);
    expect(closed).toBe(true);
    expect(diary?.entries).toEqual(['established', 'ended by there: bye']);
  });

  it('waits for two seconds at most', async () => {
    const { clock, network, alice, bob } = await inACall(protocol);
    network.silence(BOB);
    await bob.transports.close();
    let closed = false;
    void alice.userAgent.close().then(() => (closed = true));
    await clock.advanceAsync(2100);
    expect(closed).toBe(true);
  });

  it('without a call closes at once', async () => {
    const { clock, alice } = await inACall(protocol);
    for (const session of alice.userAgent.sessions) session.hangUp();
    await clock.advanceAsync(40_000);
    let closed = false;
    void alice.userAgent.close().then(() => (closed = true));
    await clock.advanceAsync(0);
    expect(closed).toBe(true);
  });
});
