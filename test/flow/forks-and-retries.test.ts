import { describe, expect, it } from 'vitest';
import { err, ok } from '../../core/base/result.ts';
import { Secret } from '../../core/base/secret.ts';
import { ClientDigest } from '../../core/sip/auth/client-digest.ts';
import type { SipMessage, SipRequest } from '../../core/sip/message/message.ts';
import { formatUri } from '../../core/sip/message/uri.ts';
import { optionTags } from '../../core/sip/ua/capabilities.ts';
import { bodyOf } from '../../core/sip/ua/bodies.ts';
import type { RedirectionOptions } from '../../core/sip/ua/redirection.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { hash } from '../unit/sip/auth/node-hash.ts';
import { ScriptedScene } from '../support/scripted-scene.ts';

function wordsOf(message: SipMessage): string | undefined {
  const body = bodyOf(message);
  return body && new TextDecoder().decode(body.content);
}

/** Whether Alice knows the dialog with this tag: she answers there. */
async function knows(scene: ScriptedScene, invite: SipRequest, tag: string): Promise<boolean> {
  scene.peer.request(invite, 'OPTIONS', scene.peer.received.length, { tag });
  await scene.pass();
  return scene.peer.heard.at(-1) === '200';
}

const acksTo = (scene: ScriptedScene, tag: string): number =>
  scene.peer.received.filter((message) => message.cseq?.method === 'ACK' && message.toTag === tag).length;

describe('RFC 3261 an INVITE that forks', () => {
  it('§13.2.2.4 each response with another tag is a dialog of its own; sound is that of the last fork that described it', async () => {
    const scene = await ScriptedScene.set();
    const { invite, session } = await scene.call();
    scene.peer.respond(invite, 183, { tag: 'a', body: 'answer a' });
    scene.peer.respond(invite, 183, { tag: 'b', body: 'answer b' });
    await scene.pass();
    expect(scene.alice.words).toEqual(['answered answer a', 'answered answer b']);
    expect(session.state).toBe('early');
    expect([await knows(scene, invite, 'a'), await knows(scene, invite, 'b')]).toEqual([true, true]);
  });

  it('§13.2.2.4 the answer of the fork that takes the call counts, also where its 200 has none', async () => {
    const scene = await ScriptedScene.set();
    const { invite, session } = await scene.call();
    scene.peer.respond(invite, 183, { tag: 'a', body: 'answer a' });
    scene.peer.respond(invite, 183, { tag: 'b', body: 'answer b' });
    scene.peer.respond(invite, 200, { tag: 'a' });
    await scene.pass();
    expect(scene.alice.words.at(-1)).toBe('answered answer a');
    expect([session.state, acksTo(scene, 'a'), acksTo(scene, 'b')]).toEqual(['established', 1, 0]);
  });

  it('RFC 3262 §5 an answer that came reliably counts for its fork, whoever was heard since', async () => {
    const scene = await ScriptedScene.set();
    const { invite, session } = await scene.call();
    scene.peer.respond(invite, 183, {
      tag: 'a',
      body: 'answer a',
      headers: [
        ['Require', '100rel'],
        ['RSeq', '1'],
      ],
    });
    scene.peer.respond(invite, 183, { tag: 'b', body: 'answer b' });
    await scene.pass();
    scene.peer.respond(scene.peer.last('PRACK'), 200);
    scene.peer.respond(invite, 200, { tag: 'a' });
    await scene.pass();
    expect(scene.alice.words).toEqual(['answered answer a', 'answered answer b', 'answered answer a']);
    expect(session.state).toBe('established');
  });

  it('§13.2.2.4 the answer of one fork is none for another', async () => {
    const scene = await ScriptedScene.set();
    const { invite, diary } = await scene.call();
    scene.peer.respond(invite, 183, { tag: 'a', body: 'answer a' });
    scene.peer.respond(invite, 200, { tag: 'b' });
    await scene.pass();
    expect(diary.end).toMatchObject({ cause: 'failed', diagnosis: { code: 'sip.parse' } });
    expect(scene.peer.last('BYE').toTag).toBe('b');
  });

  it('RFC 3262 §4 RSeq counts in each fork by itself', async () => {
    const scene = await ScriptedScene.set();
    const { invite } = await scene.call();
    for (const [tag, rseq] of [
      ['a', 10],
      ['b', 70],
      ['a', 11],
    ] as const) {
      scene.peer.respond(invite, 180, { tag, headers: [['Require', '100rel'], ['RSeq', String(rseq)]] }); // prettier-ignore
      await scene.pass();
    }
    const pracks = scene.peer.received.filter((message) => message.cseq?.method === 'PRACK');
    expect(
      new Set(
        pracks.map(
          (prack) => `${prack.toTag ?? ''} ${prack.headers.get('RAck') ?? ''} ${String(prack.cseq?.sequence)}`,
        ),
      ),
    ).toEqual(new Set(['a 10 1 INVITE 2', 'b 70 1 INVITE 2', 'a 11 1 INVITE 3']));
  });

  it('§13.2.2.4 a second 200 MUST be acknowledged and its dialog ended by BYE; repeats get the ACK again', async () => {
    const scene = await ScriptedScene.set();
    const { invite, session } = await scene.call();
    scene.peer.respond(invite, 200, { tag: 'a', body: 'answer a' });
    await scene.pass();
    for (let sent = 0; sent < 2; sent++) {
      scene.peer.respond(invite, 200, { tag: 'b', body: 'answer b' });
      await scene.pass();
    }
    expect([acksTo(scene, 'a'), acksTo(scene, 'b')]).toEqual([1, 2]);
    const bye = scene.peer.last('BYE');
    expect([bye.toTag, bye.headers.get('Reason')]).toEqual(['b', 'SIP;cause=200;text="Call completed elsewhere"']);
    expect(scene.alice.words).toEqual(['answered answer a']);
    expect(session.state).toBe('established');
  });

  it('§13.2.2.4 an early dialog that took no part is over 64 × T1 after the first 200', async () => {
    const scene = await ScriptedScene.set();
    const { invite } = await scene.call();
    scene.peer.respond(invite, 183, { tag: 'a' });
    scene.peer.respond(invite, 200, { tag: 'b', body: 'answer' });
    await scene.pass();
    expect([await knows(scene, invite, 'a'), await knows(scene, invite, 'b')]).toEqual([true, true]);
    await scene.pass(32_000);
    expect([await knows(scene, invite, 'a'), await knows(scene, invite, 'b')]).toEqual([false, true]);
  });

  it('§12.3 a final refusal ends every early dialog', async () => {
    const scene = await ScriptedScene.set();
    const { invite } = await scene.call();
    scene.peer.respond(invite, 183, { tag: 'a' });
    scene.peer.respond(invite, 183, { tag: 'b' });
    scene.peer.respond(invite, 486, { tag: 'c' });
    await scene.pass();
    expect([await knows(scene, invite, 'a'), await knows(scene, invite, 'b')]).toEqual([false, false]);
  });

  it('one that forks without end is not followed without end', async () => {
    const scene = await ScriptedScene.set();
    const { invite } = await scene.call();
    for (let fork = 0; fork < 200; fork++) scene.peer.respond(invite, 180, { tag: `f${fork}` });
    await scene.pass();
    expect([await knows(scene, invite, 'f31'), await knows(scene, invite, 'f32')]).toEqual([true, false]);
  });

  it('§15 a BYE in an early dialog ends that fork; in the last one the call', async () => {
    const scene = await ScriptedScene.set();
    const { invite, session, diary } = await scene.call();
    scene.peer.respond(invite, 180, { tag: 'a' });
    scene.peer.respond(invite, 180, { tag: 'b' });
    await scene.pass();
    scene.peer.request(invite, 'BYE', 1, { tag: 'b' });
    await scene.pass();
    expect(session.state).toBe('early');
    scene.peer.request(invite, 'BYE', 1, { tag: 'a', headers: [['Reason', 'Q.850;cause=31']] });
    await scene.pass();
    expect(diary.end).toMatchObject({ by: 'there', cause: 'bye', reasons: [{ protocol: 'Q.850', cause: 31 }] });
    expect(scene.peer.count('CANCEL')).toBe(1);
    // A 200 that is under way is acknowledged and ended all the same.
    scene.peer.respond(invite, 200, { tag: 'c', body: 'answer' });
    await scene.pass();
    expect([acksTo(scene, 'c'), scene.peer.count('BYE')]).toEqual([1, 1]);
  });
});

describe('RFC 3261 §8.1.3.5 a refused INVITE that is sent again', () => {
  it('§8.1.3.5 after 420 MUST be sent without what is unsupported: same Call-ID, From and To, next CSeq', async () => {
    const scene = await ScriptedScene.set();
    const { invite } = await scene.call([['Require', 'foo, bar']]);
    scene.peer.respond(invite, 420, { headers: [['Unsupported', 'Foo, 100rel']] });
    await scene.pass();
    const again = scene.peer.last('INVITE');
    expect([again.callId, again.cseq?.sequence, again.fromTag, again.toTag]).toEqual([
      invite.callId,
      2,
      invite.fromTag,
      undefined,
    ]);
    expect(again.headers.get('Require')).toBe('bar');
    expect(optionTags(again, 'Supported')).toEqual(optionTags(invite, 'Supported').filter((tag) => tag !== '100rel'));
  });

  it('§8.1.3.5 a 420 that names nothing of ours is final', async () => {
    const scene = await ScriptedScene.set();
    const { invite, diary } = await scene.call();
    scene.peer.respond(invite, 420, { headers: [['Unsupported', 'foo']] });
    await scene.pass();
    expect(diary.end).toMatchObject({ cause: 'refused', status: 420 });
    expect(scene.peer.count('INVITE')).toBe(1);
  });

  it('a peer that is never content is asked a dozen times at most', async () => {
    const scene = await ScriptedScene.set();
    const { diary } = await scene.call();
    for (let tries = 1; tries < 30 && diary.end === undefined; tries++) {
      scene.peer.respond(scene.peer.last('INVITE'), 422, { headers: [['Min-SE', String(10_000 * tries)]] });
      await scene.pass();
    }
    expect(diary.end).toMatchObject({ cause: 'refused', status: 422 });
    expect(scene.peer.last('INVITE').cseq?.sequence).toBe(12);
  });

  it.each([
    [401, 'WWW-Authenticate', 'Authorization'],
    [407, 'Proxy-Authenticate', 'Proxy-Authorization'],
  ])(
    '§22.2, §22.3 after %i is sent again with credentials; the ACK and what follows in the call have them, too',
    async (status, challenge, credentials) => {
      const scene = await ScriptedScene.set();
      const digest = new ClientDigest({ username: 'a', password: new Secret('b'), hash, random: new SeededRandom(3) });
      const { invite, session } = await scene.call([], { digest });
      scene.peer.respond(invite, status, { headers: [[challenge, 'Digest realm="r", nonce="n", qop="auth"']] });
      await scene.pass();
      const again = scene.peer.last('INVITE');
      expect([again.callId, again.cseq?.sequence]).toEqual([invite.callId, 2]);
      expect(again.headers.get(credentials)).toContain('nonce="n"');
      scene.peer.respond(again, 200, { body: 'answer' });
      await scene.pass();
      expect(scene.peer.last('ACK').headers.get(credentials)).toBe(again.headers.get(credentials));
      void session.hold();
      await scene.pass();
      expect(scene.peer.last('INVITE').cseq?.sequence).toBe(3);
      expect(scene.peer.last('INVITE').headers.get(credentials)).toContain('nc=00000002');
    },
  );

  it('§20.33 Retry-After of a refusal is told', async () => {
    const scene = await ScriptedScene.set();
    const { invite, diary } = await scene.call();
    scene.peer.respond(invite, 503, { headers: [['Retry-After', '120 (maintenance)']] });
    await scene.pass();
    expect(diary.end).toMatchObject({ status: 503, retryAfterS: 120 });
  });

  it('§9.1 a call that is given up between two tries ends without another one', async () => {
    const scene = await ScriptedScene.set();
    const { invite, session, diary } = await scene.call();
    session.hangUp();
    scene.peer.respond(invite, 422, { headers: [['Min-SE', '3600']] });
    await scene.pass();
    expect(diary.end).toMatchObject({ by: 'here', cause: 'cancelled' });
    expect(scene.peer.count('INVITE')).toBe(1);
  });
});

describe('RFC 3261 §8.1.3.4 a redirected call', () => {
  const following = (scene: ScriptedScene, asked: string[] = []): RedirectionOptions => ({
    connect: async (target) => {
      asked.push(formatUri(target));
      return target.user === 'unreachable'
        ? err({ code: 'dns.not-found', side: 'there', summary: '', cure: '', evidence: {} })
        : ok(await scene.alice.flowTo(scene.peer));
    },
  });

  it('§8.1.3.4 is refused where it is not to be followed', async () => {
    const scene = await ScriptedScene.set();
    const { invite, diary } = await scene.call();
    scene.peer.respond(invite, 302, { headers: [['Contact', '<sip:other@192.0.2.9>']] });
    await scene.pass();
    expect(diary.end).toMatchObject({ cause: 'refused', status: 302, diagnosis: { code: 'sip.status.302' } });
    expect(scene.peer.count('INVITE')).toBe(1);
  });

  it.each([300, 301, 302])(
    '§21.3 %i SHOULD be followed: the Contact is the new Request-URI, all else stays',
    async (status) => {
      const scene = await ScriptedScene.set();
      const { invite, session } = await scene.call([], { redirection: following(scene) });
      scene.peer.respond(invite, status, { headers: [['Contact', '<sip:other@192.0.2.9>']], tag: 'x' });
      await scene.pass();
      const again = scene.peer.last('INVITE');
      expect([formatUri(again.uri), again.callId, again.fromTag, again.toTag, again.cseq?.sequence]).toEqual([
        'sip:other@192.0.2.9',
        invite.callId,
        invite.fromTag,
        undefined,
        2,
      ]);
      scene.peer.respond(again, 200, { body: 'answer' });
      await scene.pass();
      expect(session.state).toBe('established');
    },
  );

  it('§8.1.3.4 goes from target to target by q, over those that fail, until one answers', async () => {
    const scene = await ScriptedScene.set();
    const asked: string[] = [];
    const { invite, session } = await scene.call([], { redirection: following(scene, asked) });
    scene.peer.respond(invite, 300, {
      headers: [['Contact', '<sip:last@192.0.2.9>;q=0.1, <sip:unreachable@x>;q=0.9, <sip:busy@192.0.2.9>;q=0.5']],
    });
    await scene.pass();
    scene.peer.respond(scene.peer.last('INVITE'), 486);
    await scene.pass();
    scene.peer.respond(scene.peer.last('INVITE'), 200, { body: 'answer' });
    await scene.pass();
    expect(asked).toEqual(['sip:unreachable@x', 'sip:busy@192.0.2.9', 'sip:last@192.0.2.9']);
    expect(session.state).toBe('established');
  });

  it('§8.1.3.4 MUST NOT go round in circles', async () => {
    const scene = await ScriptedScene.set();
    const { diary } = await scene.call([], { redirection: following(scene) });
    for (let turn = 0; turn < 20 && diary.end === undefined; turn++) {
      const to = turn % 2 === 0 ? 'other' : 'agent';
      scene.peer.respond(scene.peer.last('INVITE'), 302, { headers: [['Contact', `<sip:${to}@192.0.2.9:5060>`]] });
      await scene.pass();
    }
    expect(diary.end).toMatchObject({ cause: 'refused', status: 302 });
    expect(scene.peer.last('INVITE').cseq?.sequence).toBe(2);
  });

  it.each([305, 380])('§21.3.4 %i is not followed', async (status) => {
    const scene = await ScriptedScene.set();
    const { invite, diary } = await scene.call([], { redirection: following(scene) });
    scene.peer.respond(invite, status, { headers: [['Contact', '<sip:proxy@192.0.2.9>']] });
    await scene.pass();
    expect(diary.end).toMatchObject({ cause: 'refused', status });
  });

  it('a call that is given up while the next target is looked for ends', async () => {
    const scene = await ScriptedScene.set();
    let go: (() => void) | undefined;
    const { invite, session, diary } = await scene.call([], {
      redirection: {
        connect: async () => {
          await new Promise<void>((resolve) => (go = resolve));
          return ok(await scene.alice.flowTo(scene.peer));
        },
      },
    });
    scene.peer.respond(invite, 302, { headers: [['Contact', '<sip:other@192.0.2.9>']] });
    await scene.pass();
    session.hangUp();
    go?.();
    await scene.pass();
    expect(diary.end).toMatchObject({ by: 'here', cause: 'cancelled' });
    expect(scene.peer.count('INVITE')).toBe(1);
  });
});

describe('RFC 3264 descriptions of a fork', () => {
  it('an INVITE without offer: the offers of two forks are answered each in its ACK, the second with a refusal', async () => {
    const scene = await ScriptedScene.set();
    const { invite } = await scene.call([], { lateOffer: true });
    scene.peer.respond(invite, 200, { tag: 'a', body: 'offer a' });
    await scene.pass();
    expect(wordsOf(scene.peer.last('ACK'))).toBe('answer');
    scene.peer.respond(invite, 200, { tag: 'b', body: 'offer b' });
    await scene.pass();
    expect([scene.peer.last('ACK').toTag, wordsOf(scene.peer.last('ACK'))]).toEqual(['b', 'none']);
  });
});
