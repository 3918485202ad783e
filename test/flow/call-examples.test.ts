import { describe, expect, it } from 'vitest';
import { ok } from '../../core/base/result.ts';
import { describeLegalEnds, establish, firstLines, setCallScene, type CallFlow } from '../support/call-scene.ts';

/** RFC 3665 §3, as far as two user agents do without a proxy. */
const BASIC: Readonly<Record<string, CallFlow>> = {
  'RFC 3665 §3.1: a call that is answered': async (scene) => {
    const call = await establish(scene);
    call?.callee.hangUp();
    await scene.clock.advanceAsync(1000);
  },
  'RFC 3665 §3.7: a call with a re-INVITE for another address': async (scene) => {
    const call = await establish(scene);
    const flow = await scene.bob.transports.connect({
      protocol: 'udp',
      address: scene.alice.address,
      port: 5060,
      serverName: scene.alice.address,
    });
    if (flow.ok) void call?.callee.moveTo(flow.value);
    void call?.callee.renegotiate();
    await scene.clock.advanceAsync(10_000);
    call?.session.hangUp();
    await scene.clock.advanceAsync(1000);
  },
  'RFC 3665 §3.8: a call that is not answered': async ({ clock, alice, bob }) => {
    const { session } = await alice.callTo(bob);
    await session.start();
    await clock.advanceAsync(3000);
    session.hangUp();
    await clock.advanceAsync(1000);
  },
  'RFC 3665 §3.9: a call to who is busy': async ({ clock, alice, bob }) => {
    bob.onCall = (session) => {
      session.reject(486);
    };
    const { session } = await alice.callTo(bob);
    await session.start();
    await clock.advanceAsync(1000);
  },
  'RFC 3665 §3.10: a call to who does not respond': async ({ clock, alice, bob }) => {
    bob.onCall = () => undefined;
    const { session } = await alice.callTo(bob);
    await session.start();
    await clock.advanceAsync(30_000);
    session.hangUp();
    await clock.advanceAsync(1000);
    bob.incoming[0]?.session.hangUp();
  },
  'RFC 3665 §3.11: a call to who is unavailable for the moment': async ({ clock, alice, bob }) => {
    bob.onCall = (session) => {
      session.progress(180);
      session.reject(480);
    };
    const { session } = await alice.callTo(bob);
    await session.start();
    await clock.advanceAsync(1000);
  },
  'RFC 3665 §3.6: a call that is redirected': async ({ clock, alice, bob }) => {
    let calls = 0;
    bob.onCall = (session) => {
      if (++calls === 1) session.reject(302, [['Contact', '<sip:bob@192.0.2.2:5060>']]);
      else void session.accept();
    };
    const { session } = await alice.callTo(bob, 'udp', [], {
      redirection: { connect: async () => ok(await alice.flowTo(bob)) },
    });
    await session.start();
    await clock.advanceAsync(10_000);
    session.hangUp();
  },
};

/** RFC 5359, as far as two user agents do without a third. */
const SERVICES: Readonly<Record<string, CallFlow>> = {
  'RFC 5359 §2.1: hold and resume': async (scene) => {
    const call = await establish(scene);
    void call?.callee.hold();
    await scene.clock.advanceAsync(10_000);
    void call?.callee.resume();
    await scene.clock.advanceAsync(10_000);
    call?.session.hangUp();
  },
  'RFC 5359 §2.2: consultation hold, which the other side holds, too': async (scene) => {
    const call = await establish(scene);
    void call?.callee.hold();
    await scene.clock.advanceAsync(5000);
    void call?.session.hold();
    await scene.clock.advanceAsync(5000);
    void call?.callee.resume();
    void call?.session.resume();
    await scene.clock.advanceAsync(20_000);
    call?.callee.hangUp();
  },
  'RFC 5359 §2.3: music on hold, for which an offer is asked': async (scene) => {
    const call = await establish(scene);
    void call?.callee.hold();
    void call?.callee.renegotiate({ description: 'ask' });
    await scene.clock.advanceAsync(10_000);
    void call?.callee.resume();
    await scene.clock.advanceAsync(10_000);
    call?.session.hangUp();
  },
};

describeLegalEnds({ ...BASIC, ...SERVICES });

describe('RFC 5359 hold', () => {
  it('§2.1 INVITE with sendonly, 200, ACK, and the same back: both know who holds', async () => {
    const scene = await setCallScene();
    const call = await establish(scene);
    const before = scene.network.packets.length;
    void call?.callee.hold();
    await scene.clock.advanceAsync(1000);
    expect(firstLines(scene.network).slice(before)).toEqual(['INVITE', 'SIP/2.0 200', 'ACK']);
    expect(call?.diary.entries.at(-1)).toBe('renegotiated by there, held there');
    expect(call?.calleeDiary.entries.at(-1)).toBe('renegotiated by here, held here');
    void call?.callee.resume();
    await scene.clock.advanceAsync(1000);
    expect(call?.diary.entries.at(-1)).toBe('renegotiated by there');
    expect(call?.calleeDiary.entries.at(-1)).toBe('renegotiated by here');
  });
});

describe('RFC 3665 calls between two user agents', () => {
  it.each([
    ['RFC 3665 §3.1: a call that is answered', 'INVITE 180 200 ACK BYE 200'],
    ['RFC 3665 §3.8: a call that is not answered', 'INVITE 180 CANCEL 200 487 ACK'],
    ['RFC 3665 §3.9: a call to who is busy', 'INVITE 486 ACK'],
    ['RFC 3665 §3.11: a call to who is unavailable for the moment', 'INVITE 180 480 ACK'],
    ['RFC 3665 §3.6: a call that is redirected', 'INVITE 302 ACK INVITE 200 ACK BYE 200'],
  ])('%s is %s', async (name, expected) => {
    const scene = await setCallScene();
    await BASIC[name]?.(scene);
    await scene.clock.advanceAsync(1000);
    expect(
      firstLines(scene.network)
        .map((line) => line.replace('SIP/2.0 ', ''))
        .join(' '),
    ).toBe(expected);
  });
});
