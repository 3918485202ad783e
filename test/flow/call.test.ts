import { describe, expect, it } from 'vitest';
import { describeLegalEnds, firstLines, FOR_EVER_MS, setCallScene, type CallFlow } from '../support/call-scene.ts';

const FLOWS: Readonly<Record<string, CallFlow>> = {
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
    const scene = await setCallScene();
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
    const scene = await setCallScene();
    await FLOWS['a call that Alice gives up']?.(scene);
    expect(firstLines(scene.network)).toEqual(['INVITE', 'SIP/2.0 180', 'CANCEL', 'SIP/2.0 200', 'SIP/2.0 487', 'ACK']);
    expect(scene.bob.incoming[0]?.diary.end).toMatchObject({ by: 'there', cause: 'cancelled', status: 487 });
  });

  it('RFC 3261 §9.1: a 200 that crosses the CANCEL is acknowledged and ended by BYE', async () => {
    const scene = await setCallScene();
    await FLOWS['a call that Bob answers while Alice gives it up']?.(scene);
    expect(firstLines(scene.network)).toContain('BYE');
    expect(scene.bob.incoming[0]?.session.state).toBe('ended');
  });

  it('RFC 3261 §13.3.1.4: a 200 without ACK is repeated for 64 × T1, then the call ends with sip.ack-missing', async () => {
    const { clock, network, alice, bob } = await setCallScene({
      fate: ({ octets }) => (new TextDecoder().decode(octets).startsWith('ACK') ? 'drop' : undefined),
    });
    const { session } = await alice.callTo(bob);
    bob.onCall = (incoming) => void incoming.accept();
    await session.start();
    await clock.advanceAsync(FOR_EVER_MS);
    expect(bob.incoming[0]?.diary.end?.diagnosis?.code).toBe('sip.ack-missing');
    expect(session.state).toBe('ended');
    expect(firstLines(network).filter((line) => line === 'ACK').length).toBeGreaterThan(5);
  });

  it('RFC 3261 §12.2.2: a request outside every dialog gets 481', async () => {
    const { clock, network, alice, bob } = await setCallScene();
    const { session } = await alice.callTo(bob);
    bob.onCall = (incoming) => void incoming.accept();
    await session.start();
    await clock.advanceAsync(1000);
    void bob.userAgent.close();
    await clock.advanceAsync(FOR_EVER_MS);
    expect(firstLines(network).filter((line) => line === 'BYE')).toHaveLength(1);
    expect(alice.alive).toEqual({ client: 0, server: 0, sessions: 0 });
  });

  it('RFC 3261 §8.2.2.3: an INVITE that requires an unknown extension gets 420 with its name', async () => {
    const { clock, network, alice, bob } = await setCallScene();
    const { session } = await alice.callTo(bob, 'udp', [['Require', 'teleportation']]);
    await session.start();
    await clock.advanceAsync(100);
    const decoder = new TextDecoder();
    const [invite, refusal] = network.packets.map(({ octets }) => decoder.decode(octets));
    expect(invite).toContain('Require: teleportation');
    expect(refusal).toMatch(/^SIP\/2.0 420 [^]*Unsupported: teleportation/);
    // RFC 3261 §8.1.3.5: and is sent again without it.
    expect(bob.incoming).toHaveLength(1);
    session.hangUp();
    await clock.advanceAsync(FOR_EVER_MS);
  });

  it('a call to nobody ends with sip.timeout after Timer B', async () => {
    const { clock, network, alice, bob } = await setCallScene({ fate: () => 'drop' });
    const { session, diary } = await alice.callTo(bob);
    await session.start();
    await clock.advanceAsync(FOR_EVER_MS);
    expect(diary.end).toMatchObject({ cause: 'failed', diagnosis: { code: 'sip.timeout' } });
    expect(firstLines(network).filter((line) => line === 'INVITE')).toHaveLength(7);
  });
});

describeLegalEnds(FLOWS);
