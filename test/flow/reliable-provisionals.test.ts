import { describe, expect, it } from 'vitest';
import type { SipMessage } from '../../core/sip/message/message.ts';
import { bodyOf } from '../../core/sip/ua/bodies.ts';
import { readRAck } from '../../core/sip/ua/reliable-provisional.ts';
import { describeLegalEnds, firstLines, setCallScene, type CallFlow } from '../support/call-scene.ts';
import { ScriptedScene } from '../support/scripted-scene.ts';
import { words } from '../support/word-handler.ts';

function wordsOf(message: SipMessage): string | undefined {
  const body = bodyOf(message);
  return body && new TextDecoder().decode(body.content);
}

const reliable = (rseq: number): [string, string][] => [
  ['Require', '100rel'],
  ['RSeq', String(rseq)],
];

const REQUIRED = { headers: [['Require', '100rel']] as const, body: 'offer' };

describe('RFC 3262 the UAC', () => {
  it('§4 says that it knows 100rel, and allows PRACK', async () => {
    const { invite } = await (await ScriptedScene.set()).call();
    expect(invite.headers.get('Supported')).toContain('100rel');
    expect(invite.headers.get('Allow')).toContain('PRACK');
  });

  it('§4 MUST acknowledge by PRACK in the early dialog, with RAck and the next CSeq', async () => {
    const scene = await ScriptedScene.set();
    const { invite, diary } = await scene.call();
    scene.peer.respond(invite, 180, { headers: reliable(711) });
    await scene.pass();
    const prack = scene.peer.last('PRACK');
    expect(readRAck(prack)).toEqual({ rseq: 711, sequence: 1, method: 'INVITE' });
    expect([prack.cseq?.sequence, prack.toTag, prack.uri]).toMatchObject([2, 'peer', { user: 'peer' }]);
    expect(diary.entries).toEqual(['progress 180']);
  });

  it('§4 MUST ignore repeats, and not acknowledge what comes out of order', async () => {
    const scene = await ScriptedScene.set();
    const { invite, diary } = await scene.call();
    for (const rseq of [5, 5, 7]) {
      scene.peer.respond(invite, 180, { headers: reliable(rseq) });
      await scene.pass();
    }
    const acknowledged = scene.peer.received.flatMap((message) => readRAck(message)?.rseq ?? []);
    expect(new Set(acknowledged)).toEqual(new Set([5]));
    expect(diary.entries).toEqual(['progress 180']);
    scene.peer.respond(invite, 183, { headers: reliable(6) });
    await scene.pass();
    expect(readRAck(scene.peer.last('PRACK'))?.rseq).toBe(6);
  });

  it('§5 an answer in a reliable response is the answer: that of the 200 is not looked at', async () => {
    const scene = await ScriptedScene.set();
    const { invite, session } = await scene.call();
    scene.peer.respond(invite, 183, { headers: reliable(1), body: 'answer early' });
    await scene.pass();
    scene.peer.respond(scene.peer.last('PRACK'), 200);
    scene.peer.respond(invite, 200, { body: 'another' });
    await scene.pass();
    expect(scene.alice.words).toEqual(['answered answer early']);
    expect(session.state).toBe('established');
  });

  it('§5 a description that comes once all is agreed is not looked at', async () => {
    const scene = await ScriptedScene.set();
    const { invite } = await scene.call();
    for (const rseq of [1, 2]) {
      scene.peer.respond(invite, 183, { headers: reliable(rseq), body: `answer ${rseq}` });
      await scene.pass();
    }
    expect(scene.alice.words).toEqual(['answered answer 1']);
    expect(readRAck(scene.peer.last('PRACK'))?.rseq).toBe(2);
    expect(wordsOf(scene.peer.last('PRACK'))).toBeUndefined();
  });

  it('§5 an offer in a reliable response MUST be answered in the PRACK', async () => {
    const scene = await ScriptedScene.set();
    const { invite, session } = await scene.call([], { lateOffer: true });
    scene.peer.respond(invite, 183, { headers: reliable(1), body: 'offer of theirs' });
    await scene.pass();
    expect(wordsOf(scene.peer.last('PRACK'))).toBe('answer');
    scene.peer.respond(scene.peer.last('PRACK'), 200);
    scene.peer.respond(invite, 200);
    await scene.pass();
    expect(wordsOf(scene.peer.last('ACK'))).toBeUndefined();
    expect(session.state).toBe('established');
  });

  it('§5 an offer that cannot be met is refused in the PRACK, and the call given up with the cause', async () => {
    const scene = await ScriptedScene.set();
    const { invite, diary } = await scene.call([], { lateOffer: true });
    scene.peer.respond(invite, 183, { headers: reliable(1), body: 'nonsense' });
    await scene.pass();
    expect(wordsOf(scene.peer.last('PRACK'))).toBe('none');
    expect(scene.peer.count('CANCEL')).toBe(1);
    scene.peer.respond(scene.peer.last('CANCEL'), 200);
    scene.peer.respond(invite, 487);
    await scene.pass();
    expect(diary.end).toMatchObject({ by: 'here', cause: 'failed', diagnosis: { code: 'sip.no-common-codec' } });
  });

  it('RFC 3311 §5.1 once the early exchange is through, an UPDATE may change the early session', async () => {
    const scene = await ScriptedScene.set();
    const { invite, session } = await scene.call();
    expect((await session.update()).ok).toBe(false);
    scene.peer.respond(invite, 183, { headers: reliable(1), body: 'answer' });
    await scene.pass();
    scene.peer.respond(scene.peer.last('PRACK'), 200);
    const changed = session.update({ held: true });
    await scene.pass();
    const update = scene.peer.last('UPDATE');
    expect([update.cseq?.sequence, wordsOf(update)]).toEqual([3, 'offer held']);
    scene.peer.respond(update, 200, { body: 'answer held' });
    await scene.pass();
    expect((await changed).ok).toBe(true);
    expect(session.state).toBe('early');
  });

  it('§4 in a re-INVITE, too, and its answer counts', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.callThatStands();
    const held = session.hold();
    await scene.pass();
    const invite = scene.peer.last('INVITE');
    scene.peer.respond(invite, 183, { headers: reliable(1), body: 'answer held' });
    await scene.pass();
    expect(readRAck(scene.peer.last('PRACK'))).toEqual({ rseq: 1, sequence: 2, method: 'INVITE' });
    scene.peer.respond(scene.peer.last('PRACK'), 200);
    scene.peer.respond(invite, 200);
    await scene.pass();
    expect((await held).ok).toBe(true);
    expect(session.holdState.here).toBe(true);
  });
});

describe('RFC 3262 the UAS', () => {
  it('§3 MUST send reliably what the caller requires to be', async () => {
    const scene = await ScriptedScene.set();
    await scene.calledByPeer(REQUIRED);
    const ringing = scene.peer.lastResponse(180);
    expect(ringing.headers.get('Require')).toBe('100rel');
    expect(Number(ringing.headers.get('RSeq'))).toBeGreaterThan(0);
    scene.inCall('PRACK', 2, { headers: [['RAck', `${ringing.headers.get('RSeq') ?? ''} 1 INVITE`]] });
    await scene.pass(1000);
    expect(scene.peer.heard).toEqual(['180', '200']);
    expect(scene.peer.lastResponse(200).cseq?.method).toBe('PRACK');
  });

  it('§3 MUST NOT send reliably to who does not know it; by default not to who only knows it', async () => {
    for (const [supported, policy, expected] of [
      ['timer', 'supported', null],
      ['100rel', 'required', null],
      ['100rel', 'supported', '100rel'],
    ] as const) {
      const scene = await ScriptedScene.set();
      scene.alice.serverOptions = { reliable: policy };
      await scene.calledByPeer({ headers: [['Supported', supported]], body: 'offer' });
      expect(scene.peer.lastResponse(180).headers.get('Require') ?? null).toBe(expected);
    }
  });

  it('§3 a PRACK that matches nothing MUST get 481', async () => {
    const scene = await ScriptedScene.set();
    await scene.calledByPeer(REQUIRED);
    scene.inCall('PRACK', 2, { headers: [['RAck', '1 1 INVITE']] });
    await scene.pass();
    expect(scene.peer.heard.at(-1)).toBe('481');
    const { session } = await scene.calledByPeer();
    expect(session.state).toBe('early');
  });

  it('§3 without a PRACK the INVITE is refused with a 5xx after 64 × T1', async () => {
    const scene = await ScriptedScene.set();
    const { diary } = await scene.calledByPeer(REQUIRED);
    await scene.pass(33_000);
    expect(scene.peer.heard).toContain('504');
    expect(scene.peer.count('180')).toBe(7);
    expect(diary.end).toMatchObject({ cause: 'refused', status: 504, diagnosis: { code: 'sip.ack-missing' } });
  });

  it('§3 MUST NOT send the 200 while an answer that went out reliably waits for its PRACK', async () => {
    const scene = await ScriptedScene.set();
    scene.alice.onCall = (session) => {
      session.progress(183, words('answer early'));
      void session.accept(words('answer early'));
    };
    await scene.calledByPeer(REQUIRED);
    expect(scene.peer.heard).toEqual(['183']);
    const rseq = scene.peer.lastResponse(183).headers.get('RSeq') ?? '';
    scene.inCall('PRACK', 2, { headers: [['RAck', `${rseq} 1 INVITE`]] });
    await scene.pass();
    expect(scene.peer.heard.slice(0, 3)).toEqual(['183', '200', '200']);
    // The answer is through, so the 200 does not repeat it (RFC 3261 §13.2.1).
    const accepted = scene.peer.received.find(
      (message) => message.cseq?.method === 'INVITE' && message.kind === 'response' && message.status === 200,
    );
    expect(accepted && wordsOf(accepted)).toBeUndefined();
  });

  it('§3 may send the 200 at once where nothing described waits', async () => {
    const scene = await ScriptedScene.set();
    scene.alice.onCall = (session) => {
      session.progress(180);
      void session.accept();
    };
    await scene.calledByPeer(REQUIRED);
    expect(scene.peer.heard).toEqual(['180', '200']);
  });

  it('RFC 3261 §13.2.1 where the INVITE has no offer, the first reliable response MUST have one; PRACK answers it', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.calledByPeer({ headers: REQUIRED.headers });
    const ringing = scene.peer.lastResponse(180);
    expect(wordsOf(ringing)).toBe('offer');
    scene.inCall('PRACK', 2, {
      headers: [['RAck', `${ringing.headers.get('RSeq') ?? ''} 1 INVITE`]],
      body: 'answer of theirs',
    });
    await scene.pass();
    expect(scene.alice.words).toEqual(['answered answer of theirs']);
    await session.accept();
    await scene.pass();
    expect(wordsOf(scene.peer.lastResponse(200))).toBeUndefined();
    expect(session.state).toBe('established');
  });

  it('§5 an offer in a PRACK is answered in its 200, or refused', async () => {
    const scene = await ScriptedScene.set();
    scene.alice.onCall = (session) => {
      session.progress(183, words('answer early'));
      session.progress(180);
    };
    await scene.calledByPeer(REQUIRED);
    const rackOf = (status: number): [string, string][] => [
      ['RAck', `${scene.peer.lastResponse(status).headers.get('RSeq') ?? ''} 1 INVITE`],
    ];
    scene.inCall('PRACK', 2, { headers: rackOf(183), body: 'offer held' });
    await scene.pass();
    expect(wordsOf(scene.peer.lastResponse(200))).toBe('answer held');
    scene.inCall('PRACK', 3, { headers: rackOf(180), body: 'nonsense' });
    await scene.pass();
    expect(scene.peer.heard.at(-1)).toBe('488');
  });

  it('RFC 3311 §5.2 an UPDATE in the early dialog is answered once the first exchange is through, and gets 500 before', async () => {
    const scene = await ScriptedScene.set();
    scene.alice.onCall = (session) => {
      session.progress(183, words('answer early'));
    };
    await scene.calledByPeer({ headers: [['Supported', '100rel']], body: 'offer' });
    scene.inCall('UPDATE', 2, { body: 'offer' });
    await scene.pass();
    expect(scene.peer.heard.at(-1)).toBe('500');
    expect(scene.peer.lastResponse(500).headers.get('Retry-After')).toMatch(/^\d+$/);
    const other = await ScriptedScene.set();
    other.alice.onCall = scene.alice.onCall;
    await other.calledByPeer(REQUIRED);
    other.inCall('UPDATE', 2, { body: 'offer held' });
    await other.pass();
    expect(wordsOf(other.peer.lastResponse(200))).toBe('answer held');
  });
});

const rings: CallFlow = async ({ clock, alice, bob }) => {
  const { session } = await alice.callTo(bob);
  await session.start();
  await clock.advanceAsync(5000);
  await bob.incoming[0]?.session.accept();
  await clock.advanceAsync(10_000);
  session.hangUp();
};

const insisting =
  (flow: (scene: Parameters<CallFlow>[0]) => Promise<void>): CallFlow =>
  (scene) => {
    scene.bob.serverOptions = { reliable: 'supported' };
    return flow(scene);
  };

const FLOWS: Readonly<Record<string, CallFlow>> = {
  'a call that rings reliably': insisting(rings),
  'a call whose answer comes in a reliable 183': insisting((scene) => {
    scene.bob.onCall = (session) => {
      session.progress(183, words('answer'));
    };
    return rings(scene);
  }),
  'a call whose offer comes in a reliable 180': insisting(async ({ clock, alice, bob }) => {
    const { session } = await alice.callTo(bob, 'udp', [], { lateOffer: true });
    await session.start();
    await clock.advanceAsync(5000);
    await bob.incoming[0]?.session.accept();
    await clock.advanceAsync(10_000);
    bob.incoming[0]?.session.hangUp();
  }),
  'a call that is changed by UPDATE while it rings': insisting(async (scene) => {
    const { clock, alice, bob } = scene;
    bob.onCall = (session) => {
      session.progress(183, words('answer'));
    };
    const { session } = await alice.callTo(bob);
    await session.start();
    await clock.advanceAsync(3000);
    void session.update({ held: true });
    await clock.advanceAsync(3000);
    void bob.incoming[0]?.session.update();
    await clock.advanceAsync(3000);
    await bob.incoming[0]?.session.accept();
    await clock.advanceAsync(10_000);
    session.hangUp();
  }),
  'a call that rings reliably and is given up': insisting(async ({ clock, alice, bob }) => {
    const { session } = await alice.callTo(bob);
    await session.start();
    await clock.advanceAsync(45);
    session.hangUp();
    await clock.advanceAsync(5000);
  }),
};

describeLegalEnds(FLOWS);

describe('RFC 3311 §4 who takes UPDATE', () => {
  it('§4 MUST name UPDATE in Allow of the INVITE, its 2xx and a reliable provisional response', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.calledByPeer(REQUIRED);
    const ringing = scene.peer.lastResponse(180);
    scene.inCall('PRACK', 2, { headers: [['RAck', `${ringing.headers.get('RSeq') ?? ''} 1 INVITE`]] });
    await scene.pass();
    void session.accept();
    await scene.pass();
    const answer = scene.peer.lastResponse(200);
    const { invite } = await (await ScriptedScene.set()).call();
    expect(answer.cseq?.method).toBe('INVITE');
    for (const { headers } of [invite, ringing, answer]) expect(headers.get('Allow')).toContain('UPDATE');
  });
});

describe('RFC 3262 between two of us', () => {
  it('§3, §4: INVITE, 180, PRACK, 200, 200, ACK', async () => {
    const scene = await setCallScene();
    await FLOWS['a call that rings reliably']?.(scene);
    expect(firstLines(scene.network).slice(0, 6)).toEqual(['INVITE', 'SIP/2.0 180', 'PRACK', 'SIP/2.0 200', 'SIP/2.0 200', 'ACK']); // prettier-ignore
  });
});
