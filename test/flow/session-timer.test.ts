import { describe, expect, it } from 'vitest';
import { describeLegalEnds, establish, firstLines, setCallScene, type CallFlow } from '../support/call-scene.ts';
import { ScriptedScene } from '../support/scripted-scene.ts';

const TIMER: [string, string][] = [
  ['Supported', 'timer'],
  ['Allow', 'INVITE, ACK, BYE, CANCEL, UPDATE'],
];

const granted = (refresher: 'uac' | 'uas', seconds = 90): [string, string][] => [
  ...TIMER,
  ['Require', 'timer'],
  ['Session-Expires', `${seconds};refresher=${refresher}`],
];

describe('RFC 4028 the UAC', () => {
  it('§7.1 MUST say that it supports timers; asks for 1800 seconds', async () => {
    const { invite } = await (await ScriptedScene.set()).call();
    expect(invite.headers.get('Supported')).toContain('timer');
    expect(invite.headers.get('Session-Expires')).toBe('1800');
  });

  it('§7.3 SHOULD try again after 422, with the Min-SE of the answer, the same Call-ID and the next CSeq', async () => {
    const scene = await ScriptedScene.set();
    const { invite } = await scene.call();
    scene.peer.respond(invite, 422, { headers: [['Min-SE', '3600']] });
    await scene.pass();
    const again = scene.peer.last('INVITE');
    expect([again.callId, again.cseq?.sequence, again.fromTag]).toEqual([invite.callId, 2, invite.fromTag]);
    expect([again.headers.get('Session-Expires'), again.headers.get('Min-SE')]).toEqual(['3600', '3600']);
  });

  it('§7.3 a 422 that teaches nothing ends the call', async () => {
    const scene = await ScriptedScene.set();
    const { invite, diary } = await scene.call();
    scene.peer.respond(invite, 422);
    await scene.pass();
    expect(diary.end).toMatchObject({ cause: 'refused', status: 422 });
  });

  it('§7.4 the refresher refreshes by UPDATE without offer, at half the interval, as uac', async () => {
    const scene = await ScriptedScene.set();
    await scene.callThatStands(granted('uac'));
    await scene.pass(44_000);
    expect(scene.peer.count('UPDATE')).toBe(0);
    await scene.pass(1000);
    const update = scene.peer.last('UPDATE');
    expect([update.body.length, update.headers.get('Session-Expires')]).toEqual([0, '90;refresher=uac']);
    scene.peer.respond(update, 200, { headers: granted('uac') });
    await scene.pass(45_100);
    expect(scene.peer.last('UPDATE').cseq?.sequence).toBe(3);
  });

  it('§7.4 by re-INVITE where the peer does not allow UPDATE, the description unchanged', async () => {
    const scene = await ScriptedScene.set();
    await scene.callThatStands([['Session-Expires', '90;refresher=uac']]);
    await scene.pass(45_000);
    const invite = scene.peer.last('INVITE');
    expect([invite.cseq?.sequence, new TextDecoder().decode(invite.body)]).toEqual([2, 'offer']);
  });

  it('§10 where the other one refreshes and does not, MUST end the session by BYE in time', async () => {
    const scene = await ScriptedScene.set();
    const { diary } = await scene.callThatStands(granted('uas'));
    await scene.pass(59_000);
    expect(diary.end).toBeUndefined();
    await scene.pass(1500);
    expect(scene.peer.last('BYE').headers.get('Reason')).toBe('SIP;cause=408;text="Session timer expired"');
    expect(diary.end).toMatchObject({ by: 'here', cause: 'failed', diagnosis: { code: 'sip.timeout' } });
  });

  it.each([408, 481])('§10 a refresh that meets %i ends the session at once', async (status) => {
    const scene = await ScriptedScene.set();
    const { diary } = await scene.callThatStands(granted('uac'));
    await scene.pass(45_000);
    scene.peer.respond(scene.peer.last('UPDATE'), status);
    await scene.pass();
    expect(diary.end).toMatchObject({ cause: 'failed', status });
    expect(scene.peer.count('BYE')).toBe(1);
  });

  it('§7.4 a refresh that meets 422 is sent again with the longer interval', async () => {
    const scene = await ScriptedScene.set();
    await scene.callThatStands(granted('uac'));
    await scene.pass(45_000);
    scene.peer.respond(scene.peer.last('UPDATE'), 422, { headers: [['Min-SE', '180']] });
    await scene.pass();
    expect(scene.peer.last('UPDATE').headers.get('Session-Expires')).toBe('180;refresher=uac');
  });

  it('§7.2 a peer without timers: no refresh, no end', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.callThatStands([]);
    await scene.pass(7_200_000);
    expect(session.state).toBe('established');
    expect(scene.peer.heard).toEqual(['INVITE', 'ACK']);
  });
});

describe('RFC 4028 the UAS', () => {
  const called = async (headers: [string, string][]): Promise<ScriptedScene> => {
    const scene = await ScriptedScene.set();
    scene.alice.onCall = (session) => void session.accept();
    await scene.calledByPeer({ headers, body: 'offer' });
    scene.inCall('ACK', 1);
    await scene.pass();
    return scene;
  };

  it('§9 too short an interval gets 422 with Min-SE before anything rings', async () => {
    const scene = await ScriptedScene.set();
    scene.peer.call({ address: '192.0.2.1', port: 5060 }, 1, {
      headers: [...TIMER, ['Session-Expires', '60']],
      body: 'offer',
    });
    await scene.pass();
    expect(scene.peer.lastResponse(422).headers.get('Min-SE')).toBe('90');
    expect(scene.alice.incoming).toHaveLength(0);
  });

  it('§9 where the UAC refreshes, MUST require timer of it, and end by BYE where it does not', async () => {
    const scene = await called([...TIMER, ['Session-Expires', '90']]);
    const accepted = scene.peer.lastResponse(200);
    expect([accepted.headers.get('Require'), accepted.headers.get('Session-Expires')]).toEqual([
      'timer',
      '90;refresher=uac',
    ]);
    await scene.pass(61_000);
    expect(scene.peer.heard).toContain('BYE');
  });

  it('§9 where the UAC knows no timers, refreshes itself', async () => {
    const scene = await called([['Session-Expires', '90'], ['Allow', 'INVITE, ACK, BYE, UPDATE']]); // prettier-ignore
    expect(scene.peer.lastResponse(200).headers.get('Require')).toBeUndefined();
    await scene.pass(45_500);
    expect(scene.peer.last('UPDATE').headers.get('Session-Expires')).toBe('90;refresher=uac');
  });

  it('§9 a refresh of the peer starts the interval anew', async () => {
    const scene = await called([...TIMER, ['Session-Expires', '90']]);
    await scene.pass(50_000);
    scene.inCall('UPDATE', 2, { headers: [...TIMER, ['Session-Expires', '90;refresher=uac']] });
    await scene.pass(50_000);
    expect(scene.peer.lastResponse(200).headers.get('Session-Expires')).toBe('90;refresher=uac');
    expect(scene.peer.heard).not.toContain('BYE');
    await scene.pass(11_000);
    expect(scene.peer.heard).toContain('BYE');
  });
});

const SHORT = { intervalS: 90, leastS: 90 };

const FLOWS: Readonly<Record<string, CallFlow>> = {
  'a call with two refreshes': async (scene) => {
    const call = await establish(scene);
    await scene.clock.advanceAsync(100_000);
    call?.session.hangUp();
  },
};

describeLegalEnds(FLOWS, { sessionTimer: SHORT });

describe('RFC 4028 between two of us', () => {
  it('§4 the call goes on as long as the refreshes do', async () => {
    const scene = await setCallScene({ sessionTimer: SHORT });
    const call = await establish(scene);
    await scene.clock.advanceAsync(1_000_000);
    expect(call?.session.state).toBe('established');
    expect(firstLines(scene.network).filter((line) => line === 'UPDATE').length).toBe(22);
  });

  it('§4 a peer that vanished is noticed within one interval', async () => {
    let gone = false;
    const scene = await setCallScene({ sessionTimer: SHORT, fate: () => (gone ? 'drop' : undefined) });
    const call = await establish(scene);
    gone = true;
    await scene.clock.advanceAsync(90_000);
    expect([call?.session.state, call?.callee.state]).toEqual(['ended', 'ended']);
    expect(call?.diary.end?.diagnosis?.code).toBe('sip.timeout');
  });
});
