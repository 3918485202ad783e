import { describe, expect, it } from 'vitest';
import { bodyOf } from '../../core/sip/ua/bodies.ts';
import type { SipMessage } from '../../core/sip/message/message.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { glareDelayMs } from '../../core/sip/ua/renegotiation.ts';
import { describeLegalEnds, establish, setCallScene, type CallFlow } from '../support/call-scene.ts';
import { ScriptedScene } from '../support/scripted-scene.ts';

function wordsOf(message: SipMessage): string | undefined {
  const body = bodyOf(message);
  return body && new TextDecoder().decode(body.content);
}

describe('RFC 3261 re-INVITE, sent', () => {
  it('§14.1 has the next CSeq, a Contact and a new offer; its 2xx is acknowledged, the answer taken', async () => {
    const scene = await ScriptedScene.set();
    const { session, diary } = await scene.callThatStands();
    const changed = session.renegotiate();
    await scene.pass();
    const invite = scene.peer.last('INVITE');
    expect(invite.cseq?.sequence).toBe(2);
    expect(invite.toTag).toBe('peer');
    expect(invite.headers.get('Contact')).toBe('<sip:agent@192.0.2.1:5060>');
    expect(wordsOf(invite)).toBe('offer');
    scene.peer.respond(invite, 200, { body: 'answer 2' });
    await scene.pass();
    expect(await changed).toEqual({ ok: true, value: undefined });
    expect(scene.peer.last('ACK').cseq?.sequence).toBe(2);
    expect(scene.alice.words.at(-1)).toBe('answered answer 2');
    expect(diary.entries.at(-1)).toBe('renegotiated by here');
  });

  it('§13.2.2.4 a repeat of its 2xx gets the same ACK again', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.callThatStands();
    void session.renegotiate();
    await scene.pass();
    const invite = scene.peer.last('INVITE');
    for (let sent = 0; sent < 3; sent++) {
      scene.peer.respond(invite, 200, { body: 'answer 2' });
      await scene.pass();
    }
    expect(
      scene.peer.received.filter((message) => message.cseq?.method === 'ACK' && message.cseq.sequence === 2),
    ).toHaveLength(3);
  });

  it.each([400, 403, 415, 488, 503, 606])('§14.1 refused with %i MUST leave the session as it was', async (status) => {
    const scene = await ScriptedScene.set();
    const { session, diary } = await scene.callThatStands();
    const held = session.hold();
    await scene.pass();
    scene.peer.respond(scene.peer.last('INVITE'), status);
    await scene.pass();
    const outcome = await held;
    expect(outcome.ok).toBe(false);
    expect([session.state, session.holdState.here, diary.end]).toEqual(['established', false, undefined]);
    expect(scene.alice.words.at(-1)).toBe('withdrew');
    // And the next offer is made as if nothing had been.
    const resumed = session.renegotiate();
    await scene.pass();
    expect(wordsOf(scene.peer.last('INVITE'))).toBe('offer');
    scene.peer.respond(scene.peer.last('INVITE'), 200, { body: 'answer' });
    await scene.pass();
    expect((await resumed).ok).toBe(true);
  });

  it('§12.2.1.2 met with 481 ends the session, with BYE', async () => {
    const scene = await ScriptedScene.set();
    const { session, diary } = await scene.callThatStands();
    const held = session.hold();
    await scene.pass();
    scene.peer.respond(scene.peer.last('INVITE'), 481);
    await scene.pass();
    expect((await held).ok).toBe(false);
    expect(diary.end).toMatchObject({
      by: 'there',
      cause: 'failed',
      status: 481,
      diagnosis: { code: 'sip.status.481' },
    });
    expect(scene.peer.count('BYE')).toBe(1);
  });

  it('§12.2.1.2 met with silence ends the session', async () => {
    const scene = await ScriptedScene.set();
    const { session, diary } = await scene.callThatStands();
    const held = session.hold();
    await scene.pass(40_000);
    expect(await held).toMatchObject({ ok: false, error: { code: 'sip.timeout' } });
    expect(diary.end).toMatchObject({ by: 'there', cause: 'failed', diagnosis: { code: 'sip.timeout' } });
    expect(scene.peer.count('BYE')).toBeGreaterThan(0);
  });

  it('§14.1 the owner of the Call-ID waits 2.1 to 4 s after 491, the other one 0 to 2 s, in steps of 10 ms', () => {
    const random = new SeededRandom(7);
    const waits = (owner: boolean): number[] => Array.from({ length: 2000 }, () => glareDelayMs(owner, random));
    for (const [owner, least, most] of [
      [true, 2100, 4000],
      [false, 0, 2000],
    ] as const) {
      const seen = waits(owner);
      expect([Math.min(...seen), Math.max(...seen)]).toEqual([least, most]);
      expect(seen.every((wait) => wait % 10 === 0)).toBe(true);
    }
  });

  it('§14.1 after 491 SHOULD be tried again once the wait is over', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.callThatStands();
    const held = session.hold();
    await scene.pass();
    scene.peer.respond(scene.peer.last('INVITE'), 491);
    await scene.pass(2080);
    expect(scene.peer.last('INVITE').cseq?.sequence).toBe(2);
    await scene.pass(1950);
    const again = scene.peer.last('INVITE');
    expect([again.cseq?.sequence, wordsOf(again)]).toEqual([3, 'offer held']);
    scene.peer.respond(again, 200, { body: 'answer held' });
    await scene.pass();
    expect((await held).ok).toBe(true);
    expect(session.holdState.here).toBe(true);
  });

  it('§14.1 is given up at once where the call ends while it waits', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.callThatStands();
    let outcome: unknown;
    void session.hold().then((result) => (outcome = result));
    await scene.pass();
    scene.peer.respond(scene.peer.last('INVITE'), 491);
    await scene.pass();
    session.hangUp();
    await scene.pass();
    expect(outcome).toMatchObject({ ok: false });
  });

  it('§14.1 is given up where 491 never ends', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.callThatStands();
    let outcome: unknown;
    void session.hold().then((result) => (outcome = result));
    for (let tries = 0; tries < 10 && outcome === undefined; tries++) {
      await scene.pass();
      scene.peer.respond(scene.peer.last('INVITE'), 491);
      await scene.pass(4100);
    }
    expect(outcome).toMatchObject({ ok: false, error: { code: 'sip.status.491' } });
    expect(session.state).toBe('established');
  });

  it('§21.5.1 after 500 with Retry-After waits that long', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.callThatStands();
    const held = session.hold();
    await scene.pass();
    scene.peer.respond(scene.peer.last('INVITE'), 500, { headers: [['Retry-After', '7']] });
    await scene.pass(6900);
    expect(scene.peer.last('INVITE').cseq?.sequence).toBe(2);
    await scene.pass(200);
    scene.peer.respond(scene.peer.last('INVITE'), 200, { body: 'answer held' });
    await scene.pass();
    expect((await held).ok).toBe(true);
  });

  it('§14.1 MUST NOT be sent while another one is under way: the second change waits for the first', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.callThatStands();
    const both = Promise.all([session.hold(), session.resume()]);
    await scene.pass(1000);
    expect(wordsOf(scene.peer.last('INVITE'))).toBe('offer held');
    scene.peer.respond(scene.peer.last('INVITE'), 200, { body: 'answer' });
    await scene.pass();
    expect(wordsOf(scene.peer.last('INVITE'))).toBe('offer');
    scene.peer.respond(scene.peer.last('INVITE'), 200, { body: 'answer' });
    await scene.pass();
    expect((await both).map(({ ok }) => ok)).toEqual([true, true]);
    expect(session.holdState.here).toBe(false);
  });

  it('§14.1 MUST NOT be sent while an INVITE of the peer waits for its ACK', async () => {
    const scene = await ScriptedScene.set();
    scene.alice.onCall = (session) => void session.accept();
    const { session } = await scene.calledByPeer();
    void session.hold();
    await scene.pass(300);
    expect(scene.peer.count('INVITE')).toBe(0);
    scene.inCall('ACK', 1);
    await scene.pass();
    expect(wordsOf(scene.peer.last('INVITE'))).toBe('offer held');
  });

  it('§14.1 without an offer asks for one; the ACK has the answer', async () => {
    const scene = await ScriptedScene.set();
    const { session, diary } = await scene.callThatStands();
    const asked = session.renegotiate({ description: 'ask' });
    await scene.pass();
    const invite = scene.peer.last('INVITE');
    expect(wordsOf(invite)).toBeUndefined();
    scene.peer.respond(invite, 200, { body: 'offer of theirs' });
    await scene.pass();
    expect(wordsOf(scene.peer.last('ACK'))).toBe('answer');
    expect((await asked).ok).toBe(true);
    expect(diary.entries.at(-1)).toBe('renegotiated by here');
  });

  it('§14.2 while we ask for an offer, one of the peer gets 491: it would cross the one that we asked for', async () => {
    const scene = await ScriptedScene.set();
    const { session, invite } = await scene.callThatStands();
    void session.renegotiate({ description: 'ask' });
    await scene.pass();
    for (const [method, sequence] of [
      ['INVITE', 1],
      ['UPDATE', 2],
    ] as const) {
      scene.peer.request(invite, method, sequence, { body: 'offer' });
      await scene.pass();
      expect(scene.peer.received.at(-1)).toMatchObject({ status: 491 });
      expect(scene.peer.received.at(-1)?.cseq?.method).toBe(method);
    }
  });

  it('§13.2.2.4 an offer in a 2xx that cannot be met MUST be answered in the ACK, then BYE', async () => {
    const scene = await ScriptedScene.set();
    const { session, diary } = await scene.callThatStands();
    void session.renegotiate({ description: 'ask' });
    await scene.pass();
    scene.peer.respond(scene.peer.last('INVITE'), 200, { body: 'nonsense' });
    await scene.pass();
    expect(wordsOf(scene.peer.last('ACK'))).toBe('none');
    expect(scene.peer.count('BYE')).toBe(1);
    expect(diary.end).toMatchObject({ cause: 'failed', diagnosis: { code: 'sip.no-common-codec' } });
  });

  it('a 2xx that answers nothing is acknowledged, and all stays as it was', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.callThatStands();
    const held = session.hold();
    await scene.pass();
    scene.peer.respond(scene.peer.last('INVITE'), 200);
    await scene.pass();
    expect(await held).toMatchObject({ ok: false, error: { code: 'sip.parse' } });
    expect(scene.peer.last('ACK').cseq?.sequence).toBe(2);
    expect([session.state, session.holdState.here]).toEqual(['established', false]);
  });

  it('a change of a call that is over, or not begun, fails at once', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.call();
    expect(await session.hold()).toMatchObject({ ok: false, error: { code: 'sip.status.491', side: 'here' } });
    session.hangUp();
    await scene.pass(100_000);
    expect((await session.hold()).ok).toBe(false);
  });

  it('§12.2.1.1 a session that moves to another flow tells the peer its new Contact', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.callThatStands();
    const flow = await scene.alice.transports.connect({
      protocol: 'udp',
      address: '192.0.2.9',
      port: 5060,
      serverName: '192.0.2.9',
    });
    if (!flow.ok) throw new Error(flow.error.summary);
    const moved = session.moveTo(flow.value);
    await scene.pass();
    const update = scene.peer.last('UPDATE');
    expect(update.headers.get('Contact')).toBe(`<sip:agent@192.0.2.1:${flow.value.local.port}>`);
    scene.peer.respond(update, 200);
    await scene.pass();
    expect((await moved).ok).toBe(true);
    session.hangUp();
    await scene.pass();
    expect(scene.peer.last('BYE').via?.port).toBe(flow.value.local.port);
  });
});

describe('RFC 3261 re-INVITE, received', () => {
  async function standing(): Promise<ScriptedScene> {
    const scene = await ScriptedScene.set();
    scene.alice.onCall = (session) => void session.accept();
    await scene.calledByPeer();
    scene.inCall('ACK', 1);
    await scene.pass();
    return scene;
  }

  it('§14.2 is answered with 200, Contact and answer, until the ACK comes', async () => {
    const scene = await standing();
    scene.inCall('INVITE', 2, { body: 'offer held' });
    await scene.pass(600);
    const answers = scene.peer.received.filter(
      (message) => message.kind === 'response' && message.cseq?.sequence === 2,
    );
    expect(answers.length).toBe(2);
    expect(wordsOf(scene.peer.lastResponse(200))).toBe('answer held');
    expect(scene.peer.lastResponse(200).headers.get('Contact')).toBe('<sip:agent@192.0.2.1:5060>');
    expect(scene.alice.incoming[0]?.diary.entries.at(-1)).toBe('renegotiated by there, held there');
    scene.inCall('ACK', 2);
    const before = scene.peer.received.length;
    await scene.pass(10_000);
    expect(scene.peer.received.length).toBe(before);
  });

  it('§14.2 that meets ours MUST get 491', async () => {
    const scene = await standing();
    void scene.alice.incoming[0]?.session.hold();
    scene.inCall('INVITE', 2, { body: 'offer' });
    await scene.pass();
    expect(scene.peer.heard).toContain('491');
  });

  it('§14.2 before the first one was answered MUST get 500 with a Retry-After of 0 to 10 s', async () => {
    const scene = await ScriptedScene.set();
    await scene.calledByPeer();
    scene.inCall('INVITE', 2, { body: 'offer' });
    await scene.pass();
    const seconds = Number(scene.peer.lastResponse(500).headers.get('Retry-After'));
    expect(seconds).toBeGreaterThanOrEqual(0);
    expect(seconds).toBeLessThanOrEqual(10);
  });

  it('§14.2 with an offer that cannot be met MUST be refused with 488, and nothing changes', async () => {
    const scene = await standing();
    scene.inCall('INVITE', 2, { body: 'nonsense' });
    await scene.pass();
    expect(scene.peer.lastResponse(488).headers.get('Warning')).toMatch(/^305 sotto "/);
    expect(scene.alice.incoming[0]?.session.state).toBe('established');
    scene.inCall('INVITE', 3, { body: 'offer' });
    await scene.pass();
    expect(scene.peer.lastResponse(200).cseq?.sequence).toBe(3);
  });

  it('§14.2 without an offer is answered with ours; the ACK has the answer', async () => {
    const scene = await standing();
    scene.inCall('INVITE', 2);
    await scene.pass();
    expect(wordsOf(scene.peer.lastResponse(200))).toBe('offer');
    scene.inCall('ACK', 2, { body: 'answer of theirs' });
    await scene.pass();
    expect(scene.alice.words.at(-1)).toBe('answered answer of theirs');
    expect(scene.alice.incoming[0]?.diary.entries.at(-1)).toBe('renegotiated by there');
  });

  it('§14.2 while our offer in a 200 waits for its answer, another one gets 491', async () => {
    const scene = await standing();
    scene.inCall('INVITE', 2);
    await scene.pass();
    scene.inCall('UPDATE', 3, { body: 'offer' });
    await scene.pass();
    expect(scene.peer.heard.at(-1)).toBe('491');
  });

  it('an ACK without the answer that our offer needs leaves all as it was', async () => {
    const scene = await standing();
    scene.inCall('INVITE', 2);
    await scene.pass();
    scene.inCall('ACK', 2);
    await scene.pass();
    expect(scene.alice.incoming[0]?.session.state).toBe('established');
    scene.inCall('UPDATE', 3, { body: 'offer' });
    await scene.pass();
    expect(scene.peer.heard.at(-1)).toBe('200');
  });

  it('§14.2 whose 2xx is never acknowledged ends the session with sip.ack-missing and BYE', async () => {
    const scene = await standing();
    scene.inCall('INVITE', 2, { body: 'offer' });
    await scene.pass(40_000);
    expect(scene.alice.incoming[0]?.diary.end?.diagnosis?.code).toBe('sip.ack-missing');
    expect(scene.peer.last('BYE').headers.get('Reason')).toBe('SIP;cause=408;text="ACK missing"');
  });

  it('§12.2.2 a new Contact in it is where we send from then on', async () => {
    const scene = await standing();
    scene.inCall('INVITE', 2, { body: 'offer', headers: [['Contact', '<sip:moved@192.0.2.9:5060>']] });
    await scene.pass();
    scene.inCall('ACK', 2);
    await scene.pass();
    scene.alice.incoming[0]?.session.hangUp();
    await scene.pass();
    expect(scene.peer.last('BYE').uri).toMatchObject({ host: '192.0.2.9', user: 'moved' });
  });

  it('§12.2.2 with a CSeq that is not higher MUST get 500', async () => {
    const scene = await standing();
    scene.inCall('INVITE', 1, { body: 'offer' });
    await scene.pass();
    expect(scene.peer.heard.at(-1)).toBe('500');
  });

  it('§15.1.2 a BYE that overtakes our answer: the re-INVITE gets 487', async () => {
    const scene = await standing();
    scene.inCall('INVITE', 2, { body: 'offer' });
    scene.inCall('BYE', 3);
    // Without a turn for promises in between: both arrive before the offer was looked at.
    scene.clock.advance(6);
    await scene.pass();
    expect(scene.peer.lastResponse(487).cseq).toEqual({ sequence: 2, method: 'INVITE' });
    expect(scene.peer.lastResponse(200).cseq).toEqual({ sequence: 3, method: 'BYE' });
  });

  it('§13.2.2.4 repeats of the 2xx to ours get the ACK again on this side, too', async () => {
    const scene = await standing();
    void scene.alice.incoming[0]?.session.hold();
    await scene.pass();
    for (let sent = 0; sent < 2; sent++) {
      scene.peer.respond(scene.peer.last('INVITE'), 200, { body: 'answer held', tag: 'none' });
      await scene.pass();
    }
    expect(scene.peer.count('ACK')).toBe(2);
  });

  it('§8.2.2.3 that requires what we do not know MUST get 420', async () => {
    const scene = await standing();
    scene.inCall('INVITE', 2, { body: 'offer', headers: [['Require', 'teleportation']] });
    await scene.pass();
    expect(scene.peer.lastResponse(420).headers.get('Unsupported')).toBe('teleportation');
  });
});

describe('RFC 3311 UPDATE', () => {
  it('§5.1 makes an offer that is answered in its 2xx; there is no ACK', async () => {
    const scene = await ScriptedScene.set();
    const { session, diary } = await scene.callThatStands();
    const changed = session.update({ held: true });
    await scene.pass();
    const update = scene.peer.last('UPDATE');
    expect([wordsOf(update), update.headers.has('Contact')]).toEqual(['offer held', true]);
    const acks = scene.peer.count('ACK');
    scene.peer.respond(update, 200, { body: 'answer held' });
    await scene.pass();
    expect((await changed).ok).toBe(true);
    expect(scene.peer.count('ACK')).toBe(acks);
    expect(diary.entries.at(-1)).toBe('renegotiated by here, held here');
  });

  it('§5.2 is answered at once, and again offered after', async () => {
    const scene = await ScriptedScene.set();
    const { invite, diary } = await scene.callThatStands();
    scene.peer.request(invite, 'UPDATE', 1, { body: 'offer held' });
    await scene.pass();
    expect(wordsOf(scene.peer.lastResponse(200))).toBe('answer held');
    expect(diary.entries.at(-1)).toBe('renegotiated by there, held there');
    scene.peer.request(invite, 'UPDATE', 2, { body: 'offer' });
    await scene.pass();
    expect(diary.entries.at(-1)).toBe('renegotiated by there');
  });

  it('§5.2 an offer in one that meets ours MUST get 491', async () => {
    const scene = await ScriptedScene.set();
    const { invite, session } = await scene.callThatStands();
    void session.update();
    await scene.pass();
    scene.peer.request(invite, 'UPDATE', 1, { body: 'offer' });
    await scene.pass();
    expect(scene.peer.heard.at(-1)).toBe('491');
  });

  it('§5.2 without an offer only refreshes the target, even while ours is out', async () => {
    const scene = await ScriptedScene.set();
    const { invite, session, diary } = await scene.callThatStands();
    void session.update();
    await scene.pass();
    const told = diary.entries.length;
    scene.peer.request(invite, 'UPDATE', 1);
    await scene.pass();
    expect(scene.peer.heard.at(-1)).toBe('200');
    expect(wordsOf(scene.peer.lastResponse(200))).toBeUndefined();
    expect(diary.entries.length).toBe(told);
  });

  it('§5.2 an offer that cannot be met gets 488', async () => {
    const scene = await ScriptedScene.set();
    const { invite } = await scene.callThatStands();
    scene.peer.request(invite, 'UPDATE', 1, { body: 'nonsense' });
    await scene.pass();
    expect(scene.peer.heard.at(-1)).toBe('488');
  });

  it('§5.1 a refresh goes by re-INVITE where the peer does not allow UPDATE', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.callThatStands([['Allow', 'INVITE, ACK, BYE']]);
    const refreshed = session.refresh();
    await scene.pass();
    const invite = scene.peer.last('INVITE');
    expect([invite.cseq?.sequence, wordsOf(invite)]).toEqual([2, 'offer']);
    scene.peer.respond(invite, 200, { body: 'answer' });
    await scene.pass();
    expect((await refreshed).ok).toBe(true);
  });

  it.each([405, 501, 504])('§5.2 a refresh that UPDATE brings %i is sent again as re-INVITE', async (status) => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.callThatStands();
    const refreshed = session.refresh();
    await scene.pass();
    scene.peer.respond(scene.peer.last('UPDATE'), status);
    await scene.pass();
    scene.peer.respond(scene.peer.last('INVITE'), 200, { body: 'answer' });
    await scene.pass();
    expect((await refreshed).ok).toBe(true);
    expect([scene.peer.count('UPDATE'), scene.peer.last('INVITE').cseq?.sequence]).toEqual([1, 3]);
  });
});

const FLOWS: Readonly<Record<string, CallFlow>> = {
  'RFC 3665 §3.7: a call with a re-INVITE of the callee': async (scene) => {
    const call = await establish(scene);
    void call?.callee.renegotiate();
    await scene.clock.advanceAsync(10_000);
    call?.session.hangUp();
  },
  'a call in which both re-INVITE at the same time': async (scene) => {
    const call = await establish(scene);
    void call?.callee.hold();
    void call?.session.hold();
    await scene.clock.advanceAsync(30_000);
    call?.session.hangUp();
  },
  'a call that is changed by an UPDATE of each side': async (scene) => {
    const call = await establish(scene);
    void call?.callee.update({ held: true });
    await scene.clock.advanceAsync(5000);
    void call?.session.update();
    await scene.clock.advanceAsync(5000);
    call?.callee.hangUp();
  },
  'a call in which the callee is asked for an offer': async (scene) => {
    const call = await establish(scene);
    void call?.session.renegotiate({ description: 'ask' });
    await scene.clock.advanceAsync(10_000);
    call?.session.hangUp();
  },
  'a call whose INVITE has no offer': async (scene) => {
    const { session } = await scene.alice.callTo(scene.bob, 'udp', [], { lateOffer: true });
    await session.start();
    await scene.clock.advanceAsync(1000);
    await scene.bob.incoming[0]?.session.accept();
    await scene.clock.advanceAsync(40_000);
    session.hangUp();
  },
  'a call that ends while it is changed': async (scene) => {
    const call = await establish(scene);
    void call?.session.hold();
    call?.callee.hangUp();
    await scene.clock.advanceAsync(1000);
  },
};

describeLegalEnds(FLOWS);

describe('RFC 3261 §14 changes of a call between two of us', () => {
  it('§14.1 both that re-INVITE at once get through after their waits', async () => {
    const scene = await setCallScene();
    const call = await establish(scene);
    const both = Promise.all([call?.session.hold(), call?.callee.hold()]);
    await scene.clock.advanceAsync(20_000);
    expect((await both).map((outcome) => outcome?.ok)).toEqual([true, true]);
    expect(call?.session.holdState).toEqual({ here: true, there: true });
    expect(call?.callee.holdState).toEqual({ here: true, there: true });
  });

  it('§13.2.1 an INVITE without offer: the offer is in the 200, the answer in the ACK', async () => {
    const scene = await setCallScene();
    scene.bob.onCall = (session) => void session.accept();
    const { session, diary } = await scene.alice.callTo(scene.bob, 'udp', [], { lateOffer: true });
    await session.start();
    await scene.clock.advanceAsync(200);
    expect(scene.alice.words).toEqual(['offered offer']);
    expect(scene.bob.words).toEqual(['answered answer']);
    expect(diary.entries).toEqual(['established']);
  });
});
