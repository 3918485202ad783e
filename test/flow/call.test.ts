import { describe, expect, it } from 'vitest';
import type { Fate, Packet } from '../support/virtual-network.ts';
import { VirtualNetwork } from '../support/virtual-network.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { FlowAgent } from '../support/flow-agents.ts';

/** Longer than every timer of RFC 3261: what is alive then is alive for ever. */
const FOR_EVER_MS = 200_000;

interface Scene {
  readonly clock: VirtualClock;
  readonly network: VirtualNetwork;
  readonly alice: FlowAgent;
  readonly bob: FlowAgent;
}

async function setTheScene(fate?: (packet: Packet) => Fate | undefined): Promise<Scene> {
  const clock = new VirtualClock();
  const network = new VirtualNetwork(clock, { delayMs: 20, ...(fate === undefined ? {} : { fate }) });
  const alice = await FlowAgent.start(network, '192.0.2.1', 1);
  const bob = await FlowAgent.start(network, '192.0.2.2', 2);
  return { clock, network, alice, bob };
}

function firstLines(network: VirtualNetwork): string[] {
  const decoder = new TextDecoder();
  return network.packets.map(
    ({ octets }) => decoder.decode(octets).split(' ').slice(0, 2).join(' ').split(' sip:')[0] ?? '',
  );
}

const NOTHING = { client: 0, server: 0, sessions: 0 };

/** Each flow: what happens between Alice and Bob until they are through. */
const FLOWS: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  'a call that Alice ends': async ({ clock, alice, bob }) => {
    const { session } = await alice.callTo(bob);
    await session.start();
    await clock.advanceAsync(2000);
    await bob.incoming[0]?.session.accept();
    await clock.advanceAsync(40_000);
    session.hangUp();
    await clock.advanceAsync(FOR_EVER_MS);
  },
  'a call that Bob ends': async ({ clock, alice, bob }) => {
    const { session } = await alice.callTo(bob);
    await session.start();
    await clock.advanceAsync(2000);
    await bob.incoming[0]?.session.accept();
    await clock.advanceAsync(40_000);
    bob.incoming[0]?.session.hangUp();
    await clock.advanceAsync(FOR_EVER_MS);
    if (session.state !== 'ended') session.hangUp();
    await clock.advanceAsync(FOR_EVER_MS);
  },
  'a call that Alice gives up': async ({ clock, alice, bob }) => {
    const { session } = await alice.callTo(bob);
    await session.start();
    await clock.advanceAsync(2000);
    session.hangUp();
    await clock.advanceAsync(FOR_EVER_MS);
  },
  'a call that Bob declines': async ({ clock, alice, bob }) => {
    const { session } = await alice.callTo(bob);
    await session.start();
    await clock.advanceAsync(2000);
    bob.incoming[0]?.session.reject(603);
    await clock.advanceAsync(FOR_EVER_MS);
  },
  'a call that Bob answers while Alice gives it up': async ({ clock, alice, bob }) => {
    const { session } = await alice.callTo(bob);
    await session.start();
    await clock.advanceAsync(2000);
    session.hangUp();
    await bob.incoming[0]?.session.accept();
    await clock.advanceAsync(FOR_EVER_MS);
  },
};

describe('a call over UDP', () => {
  it('RFC 3261 §13: INVITE, 180, 200, ACK, BYE, 200, and both know', async () => {
    const scene = await setTheScene();
    const { clock, network, alice, bob } = scene;
    const { session, diary } = await alice.callTo(bob);
    await session.start();
    await clock.advanceAsync(100);
    await bob.incoming[0]?.session.accept();
    await clock.advanceAsync(100);
    session.hangUp();
    await clock.advanceAsync(FOR_EVER_MS);
    expect(firstLines(network)).toEqual(['INVITE', 'SIP/2.0 180', 'SIP/2.0 200', 'ACK', 'BYE', 'SIP/2.0 200']);
    expect(diary.entries).toEqual(['progress 180', 'established', 'ended by here: bye']);
    expect(bob.incoming[0]?.diary.entries).toEqual(['established', 'ended by there: bye']);
    expect(alice.words).toEqual(['answered answer']);
    expect(bob.words).toEqual(['offered offer']);
  });

  it('RFC 3261 §9: CANCEL ends a ringing call with 487 on both sides', async () => {
    const scene = await setTheScene();
    await FLOWS['a call that Alice gives up']?.(scene);
    expect(firstLines(scene.network)).toEqual(['INVITE', 'SIP/2.0 180', 'CANCEL', 'SIP/2.0 200', 'SIP/2.0 487', 'ACK']);
    expect(scene.bob.incoming[0]?.diary.end).toMatchObject({ by: 'there', cause: 'cancelled', status: 487 });
  });

  it('RFC 3261 §9.1: a 200 that crosses the CANCEL is acknowledged and ended by BYE', async () => {
    const scene = await setTheScene();
    await FLOWS['a call that Bob answers while Alice gives it up']?.(scene);
    expect(firstLines(scene.network)).toContain('BYE');
    expect(scene.bob.incoming[0]?.session.state).toBe('ended');
  });

  it('RFC 3261 §13.3.1.4: a 200 without ACK is repeated for 64 × T1, then the call ends with sip.ack-missing', async () => {
    const { clock, network, alice, bob } = await setTheScene((packet) =>
      new TextDecoder().decode(packet.octets).startsWith('ACK') ? 'drop' : undefined,
    );
    const { session } = await alice.callTo(bob);
    bob.onCall = (incoming) => void incoming.accept();
    await session.start();
    await clock.advanceAsync(FOR_EVER_MS);
    expect(bob.incoming[0]?.diary.end?.diagnosis?.code).toBe('sip.ack-missing');
    expect(session.state).toBe('ended');
    expect(firstLines(network).filter((line) => line === 'ACK').length).toBeGreaterThan(5);
  });

  it('RFC 3261 §12.2.2: a request outside every dialog gets 481', async () => {
    const { clock, network, alice, bob } = await setTheScene();
    const { session } = await alice.callTo(bob);
    bob.onCall = (incoming) => void incoming.accept();
    await session.start();
    await clock.advanceAsync(1000);
    void bob.userAgent.close();
    await clock.advanceAsync(FOR_EVER_MS);
    expect(firstLines(network).filter((line) => line === 'BYE')).toHaveLength(1);
    expect(alice.alive).toEqual(NOTHING);
  });

  it('RFC 3261 §8.2.2.3: an INVITE that requires an unknown extension gets 420 with its name', async () => {
    const { clock, alice, bob } = await setTheScene();
    const { session, diary } = await alice.callTo(bob, 'udp', [['Require', 'teleportation']]);
    await session.start();
    await clock.advanceAsync(FOR_EVER_MS);
    expect(diary.end).toMatchObject({ cause: 'refused', status: 420 });
    expect(bob.incoming).toHaveLength(0);
  });

  it('a call to nobody ends with sip.timeout after Timer B', async () => {
    const { clock, network, alice, bob } = await setTheScene(() => 'drop');
    const { session, diary } = await alice.callTo(bob);
    await session.start();
    await clock.advanceAsync(FOR_EVER_MS);
    expect(diary.end).toMatchObject({ cause: 'failed', diagnosis: { code: 'sip.timeout' } });
    expect(firstLines(network).filter((line) => line === 'INVITE')).toHaveLength(7);
  });
});

describe.each(Object.entries(FLOWS))('%s ends in a legal state', (_name, flow) => {
  const run = async (fate?: (packet: Packet) => Fate | undefined): Promise<Scene> => {
    const scene = await setTheScene(fate);
    await flow(scene);
    return scene;
  };
  const check = ({ alice, bob }: Scene): void => {
    expect(alice.alive).toEqual(NOTHING);
    expect(bob.alive).toEqual(NOTHING);
    for (const { session } of bob.incoming) expect(session.state).toBe('ended');
  };

  it('on a good network', async () => {
    check(await run());
  });

  it('whichever packet is lost or doubled', async () => {
    const count = (await run()).network.packets.length;
    expect(count).toBeGreaterThanOrEqual(4);
    for (let number = 1; number <= count; number++) {
      for (const fate of ['drop', 'double'] as const) {
        check(await run((packet) => (packet.number === number ? fate : undefined)));
      }
    }
  });
});
