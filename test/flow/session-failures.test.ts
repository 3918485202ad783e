import { describe, expect, it } from 'vitest';
import { establish, firstLines, partWays, setCallScene } from '../support/call-scene.ts';
import { ScriptedScene } from '../support/scripted-scene.ts';

const ELSEWHERE = { protocol: 'SIP', cause: 200, text: 'Call completed elsewhere' };

describe('RFC 5057 failures within a call', () => {
  it.each([408, 481])('§5.1 INFO that meets %i ends the call with BYE', async (status) => {
    const scene = await ScriptedScene.set();
    const { session, diary } = await scene.callThatStands();
    void session.request('INFO');
    await scene.pass();
    scene.peer.respond(scene.peer.last('INFO'), status);
    await scene.pass();
    expect(diary.end).toMatchObject({ by: 'there', cause: 'failed', status });
    expect(scene.peer.count('BYE')).toBe(1);
  });

  it.each([408, 481])('§5.1 NOTIFY that meets %i ends its own usage, not the call', async (status) => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.callThatStands();
    const notified = session.request('NOTIFY');
    await scene.pass();
    scene.peer.respond(scene.peer.last('NOTIFY'), status);
    await scene.pass();
    expect((await notified).ok).toBe(true);
    expect(session.state).toBe('established');
    scene.peer.request(scene.peer.last('INVITE'), 'OPTIONS', 1);
    await scene.pass();
    expect(scene.peer.heard.at(-1)).toBe('200');
  });

  it('§5.1 MESSAGE that meets 404 ends the whole dialog', async () => {
    const scene = await ScriptedScene.set();
    const { session, diary } = await scene.callThatStands();
    void session.request('MESSAGE');
    await scene.pass();
    scene.peer.respond(scene.peer.last('MESSAGE'), 404);
    await scene.pass();
    expect(diary.end).toMatchObject({ cause: 'failed', status: 404 });
  });

  it.each([400, 405, 415, 500, 501])('§5.1 INFO that meets %i ends nothing', async (status) => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.callThatStands();
    void session.request('INFO');
    await scene.pass();
    scene.peer.respond(scene.peer.last('INFO'), status);
    await scene.pass();
    expect(session.state).toBe('established');
  });

  it('RFC 3261 §12.2.1.2 INFO that nobody answers ends the call', async () => {
    const scene = await ScriptedScene.set();
    const { session, diary } = await scene.callThatStands();
    void session.request('INFO');
    await scene.pass(33_000);
    expect(diary.end).toMatchObject({ by: 'there', cause: 'failed', diagnosis: { code: 'sip.timeout' } });
  });
});

describe('RFC 3261 §15 BYE', () => {
  it('§15 the callee MUST NOT send it before the ACK came', async () => {
    const scene = await ScriptedScene.set();
    scene.alice.onCall = (session) => void session.accept();
    const { session, diary } = await scene.calledByPeer();
    session.hangUp();
    await scene.pass(5000);
    expect(diary.end).toMatchObject({ by: 'here', cause: 'bye' });
    expect(scene.peer.count('BYE')).toBe(0);
    scene.inCall('ACK', 1);
    await scene.pass();
    expect(scene.peer.count('BYE')).toBe(1);
  });

  it('§15 and not at all where the other one said it meanwhile', async () => {
    const scene = await ScriptedScene.set();
    scene.alice.onCall = (session) => void session.accept();
    const { session } = await scene.calledByPeer();
    session.hangUp();
    scene.inCall('BYE', 2);
    await scene.pass(60_000);
    expect(scene.peer.count('BYE')).toBe(0);
    expect(scene.alice.alive).toEqual({ client: 0, server: 0, sessions: 0 });
  });

  it('§15 or until no ACK can come any more', async () => {
    const scene = await ScriptedScene.set();
    scene.alice.onCall = (session) => void session.accept();
    const { session } = await scene.calledByPeer();
    session.hangUp();
    await scene.pass(40_000);
    expect(scene.peer.count('BYE')).toBeGreaterThan(0);
  });

  it('§15.1.2 MUST be answered with 200, and INVITEs that wait with 487', async () => {
    const scene = await ScriptedScene.set();
    const { diary } = await scene.calledByPeer();
    scene.inCall('BYE', 2);
    await scene.pass();
    expect(scene.peer.heard).toEqual(['180', '200', '487']);
    expect(diary.end).toMatchObject({ by: 'there', cause: 'cancelled', status: 487 });
  });

  it('§15.1.2 that crosses ours is answered with 200, too, and nothing more comes', async () => {
    const scene = await setCallScene();
    const call = await establish(scene);
    call?.session.hangUp();
    call?.callee.hangUp();
    await partWays(scene);
    expect(firstLines(scene.network).slice(-4)).toEqual(['BYE', 'BYE', 'SIP/2.0 200', 'SIP/2.0 200']);
    expect([call?.diary.end?.by, call?.calleeDiary.end?.by]).toEqual(['here', 'here']);
  });

  it('§12.2.2 after ours nothing but BYE is taken in the dialog', async () => {
    const scene = await ScriptedScene.set();
    const { session, invite } = await scene.callThatStands();
    session.hangUp();
    await scene.pass();
    scene.peer.request(invite, 'INFO', 1);
    await scene.pass();
    expect(scene.peer.heard.at(-1)).toBe('481');
  });
});

describe('RFC 3261 §9 CANCEL', () => {
  it('§9.1 MUST NOT be sent before a provisional response; it follows the first one', async () => {
    const scene = await ScriptedScene.set();
    const { session, invite } = await scene.call();
    session.hangUp();
    await scene.pass(1000);
    expect(scene.peer.count('CANCEL')).toBe(0);
    scene.peer.respond(invite, 100);
    await scene.pass();
    expect(scene.peer.last('CANCEL').cseq?.sequence).toBe(1);
  });

  it('§9.1 where a refusal comes before any provisional response, none is sent', async () => {
    const scene = await ScriptedScene.set();
    const { session, invite, diary } = await scene.call();
    session.hangUp();
    scene.peer.respond(invite, 486);
    await scene.pass();
    expect(scene.peer.count('CANCEL')).toBe(0);
    expect(diary.end).toMatchObject({ by: 'here', cause: 'cancelled', status: 486 });
  });

  it('§9.1 that meets the 200 on its way: ACK, then BYE', async () => {
    const scene = await ScriptedScene.set();
    const { session, invite, diary } = await scene.call();
    scene.peer.respond(invite, 180);
    await scene.pass();
    session.hangUp();
    scene.peer.respond(invite, 200, { body: 'answer' });
    await scene.pass();
    expect(scene.peer.heard.slice(-3)).toEqual(['CANCEL', 'ACK', 'BYE']);
    expect(diary.end).toMatchObject({ by: 'here', cause: 'cancelled', status: 200 });
  });

  it('§9.1 to which nothing final comes: after 64 × T1 the call counts as cancelled', async () => {
    const scene = await ScriptedScene.set();
    const { session, invite, diary } = await scene.call();
    scene.peer.respond(invite, 180);
    await scene.pass();
    session.hangUp();
    await scene.pass(33_000);
    expect(diary.end).toMatchObject({ by: 'here', cause: 'cancelled' });
    expect(scene.alice.alive).toEqual({ client: 0, server: 0, sessions: 0 });
  });

  it('a call that is given up before its INVITE left sends none', async () => {
    const scene = await ScriptedScene.set();
    const { session, diary } = await scene.alice.callTo(scene.peer);
    const started = session.start();
    session.hangUp();
    await started;
    await scene.pass();
    expect(scene.peer.received).toHaveLength(0);
    expect(diary.end).toMatchObject({ cause: 'cancelled' });
  });
});

describe('RFC 3326 Reason', () => {
  it('§2 of a BYE is told to its receiver', async () => {
    const scene = await setCallScene();
    const call = await establish(scene);
    call?.session.hangUp({ protocol: 'Q.850', cause: 16, text: 'Normal call clearing' });
    await scene.clock.advanceAsync(1000);
    expect(call?.calleeDiary.end?.reasons).toEqual([{ protocol: 'Q.850', cause: 16, text: 'Normal call clearing' }]);
  });

  it('§2 of a CANCEL tells a phone that the call was answered elsewhere', async () => {
    const scene = await setCallScene();
    const { session } = await scene.alice.callTo(scene.bob);
    await session.start();
    await scene.clock.advanceAsync(500);
    session.hangUp(ELSEWHERE);
    await scene.clock.advanceAsync(1000);
    expect(scene.bob.incoming[0]?.diary.end).toMatchObject({ cause: 'cancelled', reasons: [ELSEWHERE] });
  });

  it('§2 of a refusal is told to the caller', async () => {
    const scene = await setCallScene();
    const { session, diary } = await scene.alice.callTo(scene.bob);
    await session.start();
    await scene.clock.advanceAsync(500);
    scene.bob.incoming[0]?.session.hangUp({ protocol: 'Q.850', cause: 21 });
    await scene.clock.advanceAsync(1000);
    expect(diary.end).toMatchObject({ cause: 'refused', status: 603, reasons: [{ protocol: 'Q.850', cause: 21 }] });
  });
});
