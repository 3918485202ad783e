import { describe, expect, it } from 'vitest';
import { sipUri } from '../../core/sip/message/uri.ts';
import type { IncomingReferral } from '../../core/sip/ua/incoming-referral.ts';
import type { InviteSession } from '../../core/sip/ua/invite-session.ts';
import type { ReferralOptions, ReferralUser } from '../../core/sip/ua/outgoing-referral.ts';
import {
  describeLegalEnds,
  establish,
  FOR_EVER_MS,
  setCallScene,
  type CallFlow,
  type CallScene,
} from '../support/call-scene.ts';
import { FlowAgent, SessionDiary } from '../support/flow-agents.ts';
import { WordHandler } from '../support/word-handler.ts';

/** Third in each transfer. */
async function startCarol({ network }: CallScene): Promise<FlowAgent> {
  const carol = await FlowAgent.start(network, '192.0.2.3', 3);
  carol.onCall = (session) => {
    session.progress(180);
  };
  return carol;
}

/** What a REFER told, oldest first. */
function diaryOf(entries: string[]): ReferralUser {
  return {
    onAccepted: () => entries.push('accepted'),
    onProgress: (status) => entries.push(`progress ${status}`),
    onEnded: ({ outcome, status }) => entries.push(`${outcome} ${status ?? ''}`.trim()),
  };
}

/** Does what a REFER asks for, and reports how it goes. */
async function follow(agent: FlowAgent, referral: IncomingReferral): Promise<void> {
  const { uri } = referral.referTo;
  referral.accept();
  if (uri.scheme !== 'sip') return;
  const session = agent.userAgent.createClientSession({
    handler: new WordHandler([]),
    flow: await agent.flowTo({ address: uri.host }),
    digest: undefined,
    reconnect: undefined,
    target: uri,
    to: { uri },
    from: { uri: agent.uri() },
    headers: referral.headers,
  });
  const diary = new SessionDiary(session);
  agent.calls.push({ session, diary });
  session.setUser({
    onProgress: ({ status }) => {
      referral.report(status);
    },
    onEstablished: () => {
      diary.entries.push('established');
      referral.report(200);
    },
    onEnded: (end) => {
      diary.end = end;
      diary.entries.push(`ended by ${end.by}: ${end.cause}`);
      referral.report(end.status ?? 487);
    },
  });
  await session.start();
}

function transfers(agent: FlowAgent): void {
  agent.use({
    onRefer: (referral) => {
      void follow(agent, referral);
    },
  });
}

/** Bob transfers the call that Alice made to him: Alice is the transferee, Carol the target. */
function transfer(within: InviteSession, carol: FlowAgent, more: Partial<ReferralOptions> = {}): ReferralOptions {
  return {
    within,
    to: { uri: carol.uri() },
    referredBy: { uri: sipUri({ user: 'bob', host: '192.0.2.2' }) },
    user: {
      onEnded: () => undefined,
    },
    ...more,
  };
}

async function allHangUp({ clock, alice, bob }: CallScene, carol: FlowAgent): Promise<void> {
  for (const { userAgent } of [alice, bob, carol]) for (const session of userAgent.sessions) session.hangUp();
  await clock.advanceAsync(FOR_EVER_MS + 400_000);
  expect(carol.alive).toEqual({ client: 0, server: 0, sessions: 0 });
  for (const { userAgent } of [alice, bob, carol]) expect(userAgent.usages).toBe(0);
}

const FLOWS: Readonly<Record<string, CallFlow>> = {
  'a blind transfer': async (scene) => {
    const { clock, alice, bob } = scene;
    const carol = await startCarol(scene);
    transfers(alice);
    const call = await establish(scene);
    if (call !== undefined) {
      bob.userAgent.refer(
        transfer(call.callee, carol, {
          user: {
            onEnded: ({ outcome }) => {
              if (outcome === 'succeeded') call.callee.hangUp();
            },
          },
        }),
      );
      await clock.advanceAsync(10_000);
      await carol.incoming[0]?.session.accept();
      await clock.advanceAsync(60_000);
    }
    await allHangUp(scene, carol);
  },
  'a blind transfer whose transferor hangs up at once': async (scene) => {
    const { clock, alice, bob } = scene;
    const carol = await startCarol(scene);
    transfers(alice);
    const call = await establish(scene);
    if (call !== undefined) {
      bob.userAgent.refer(
        transfer(call.callee, carol, {
          user: {
            onAccepted: () => {
              call.callee.hangUp();
            },
            onEnded: () => undefined,
          },
        }),
      );
      await clock.advanceAsync(10_000);
      await carol.incoming[0]?.session.accept();
      await clock.advanceAsync(60_000);
    }
    await allHangUp(scene, carol);
  },
  'an attended transfer': async (scene) => {
    const { clock, alice, bob } = scene;
    const carol = await startCarol(scene);
    carol.onCall = (session) => void session.accept();
    transfers(alice);
    const call = await establish(scene);
    if (call !== undefined) {
      const consultation = await bob.callTo(carol);
      await consultation.session.start();
      await clock.advanceAsync(5000);
      if (consultation.session.state === 'established') {
        bob.userAgent.refer(transfer(call.callee, carol, { replaces: consultation.session }));
        await clock.advanceAsync(60_000);
      }
    }
    await allHangUp(scene, carol);
  },
};

describeLegalEnds(FLOWS);

describe('RFC 5589 transfer', () => {
  it('§6.1 basic: REFER in the dialog, NOTIFY with 100, 180 and 200, then the transferor hangs up', async () => {
    const scene = await setCallScene();
    const { clock, alice, bob } = scene;
    const carol = await startCarol(scene);
    transfers(alice);
    const call = await establish(scene);
    if (call === undefined) throw new Error('no call');
    const entries: string[] = [];
    bob.userAgent.refer(transfer(call.callee, carol, { user: diaryOf(entries) }));
    await clock.advanceAsync(3000);
    await carol.incoming[0]?.session.accept();
    await clock.advanceAsync(1000);
    expect(entries).toEqual(['accepted', 'progress 100', 'progress 180', 'succeeded 200']);
    expect(carol.incoming[0]?.session.invite.headers.get('Referred-By')).toBe('<sip:bob@192.0.2.2>');
    expect(call.session.state).toBe('established');
    await allHangUp(scene, carol);
  });

  it('§6.2 the target is busy: the transferor hears 486 and still has the call', async () => {
    const scene = await setCallScene();
    const { clock, alice, bob } = scene;
    const carol = await startCarol(scene);
    carol.onCall = (session) => {
      session.reject(486);
    };
    transfers(alice);
    const call = await establish(scene);
    if (call === undefined) throw new Error('no call');
    const entries: string[] = [];
    bob.userAgent.refer(transfer(call.callee, carol, { user: diaryOf(entries) }));
    await clock.advanceAsync(3000);
    expect(entries.at(-1)).toBe('failed 486');
    expect(call.callee.state).toBe('established');
    await allHangUp(scene, carol);
  });

  it('§6.2 the transferee declines: the transferor hears 603 and still has the call', async () => {
    const scene = await setCallScene();
    const carol = await startCarol(scene);
    const call = await establish(scene);
    if (call === undefined) throw new Error('no call');
    const entries: string[] = [];
    scene.bob.userAgent.refer(transfer(call.callee, carol, { user: diaryOf(entries) }));
    await scene.clock.advanceAsync(1000);
    expect(entries).toEqual(['refused 603']);
    expect(call.callee.state).toBe('established');
    await allHangUp(scene, carol);
  });

  it('§7.1 attended: the new call takes the place of the consultation at the target, without ringing', async () => {
    const scene = await setCallScene();
    const { clock, alice, bob } = scene;
    const carol = await startCarol(scene);
    carol.onCall = (session) => void session.accept();
    transfers(alice);
    const call = await establish(scene);
    if (call === undefined) throw new Error('no call');
    const consultation = await bob.callTo(carol);
    await consultation.session.start();
    await clock.advanceAsync(1000);
    const entries: string[] = [];
    bob.userAgent.refer(transfer(call.callee, carol, { replaces: consultation.session, user: diaryOf(entries) }));
    await clock.advanceAsync(3000);
    expect(entries.at(-1)).toBe('succeeded 200');
    expect(consultation.diary.entries.at(-1)).toBe('ended by there: bye');
    expect(carol.incoming[0]?.session.state).toBe('ended');
    expect(carol.incoming[1]?.session.state).toBe('established');
    expect(carol.incoming[1]?.session.invite.headers.get('Require')).toBe('replaces');
    await allHangUp(scene, carol);
  });

  it('§7.3 the target hung up the consultation: 481 or 603 comes back, and the transferor recovers the call', async () => {
    const scene = await setCallScene();
    const { clock, alice, bob } = scene;
    const carol = await startCarol(scene);
    carol.onCall = (session) => void session.accept();
    transfers(alice);
    const call = await establish(scene);
    if (call === undefined) throw new Error('no call');
    const consultation = await bob.callTo(carol);
    await consultation.session.start();
    await clock.advanceAsync(1000);
    const entries: string[] = [];
    const options = transfer(call.callee, carol, { replaces: consultation.session, user: diaryOf(entries) });
    carol.incoming[0]?.session.hangUp();
    bob.userAgent.refer(options);
    await clock.advanceAsync(3000);
    expect(entries.at(-1)).toBe('failed 603');
    expect(call.callee.state).toBe('established');
    await allHangUp(scene, carol);
  });
});

describe('RFC 3515 REFER', () => {
  it('§2.4.6 MUST tell several REFERs in one dialog apart by the id of the event', async () => {
    const scene = await setCallScene();
    const { clock, network, alice, bob } = scene;
    const carol = await startCarol(scene);
    const referrals: IncomingReferral[] = [];
    alice.use({ onRefer: (referral) => referrals.push(referral) });
    const call = await establish(scene);
    if (call === undefined) throw new Error('no call');
    const first: string[] = [];
    const second: string[] = [];
    bob.userAgent.refer(transfer(call.callee, carol, { user: diaryOf(first) }));
    await clock.advanceAsync(1000);
    referrals[0]?.accept();
    await clock.advanceAsync(1000);
    bob.userAgent.refer(transfer(call.callee, carol, { user: diaryOf(second) }));
    await clock.advanceAsync(1000);
    referrals[1]?.accept();
    await clock.advanceAsync(1000);
    referrals[1]?.report(200);
    await clock.advanceAsync(1000);
    referrals[0]?.report(486);
    await clock.advanceAsync(1000);
    expect(first).toEqual(['accepted', 'progress 100', 'failed 486']);
    expect(second).toEqual(['accepted', 'progress 100', 'succeeded 200']);
    const decoder = new TextDecoder();
    const events = network.packets
      .map(({ octets }) => decoder.decode(octets))
      .filter((text) => text.startsWith('NOTIFY'))
      .map((text) => /^Event: (.*)\r$/m.exec(text)?.[1]);
    expect(new Set(events)).toEqual(new Set(['refer', 'refer;id=2']));
    await allHangUp(scene, carol);
  });

  it.each([
    ['RFC 4488 §4 Refer-Sub: false', 'unneeded'],
    ['RFC 7614 §4 nosub', 'never'],
  ] as const)('%s: the REFER is done, and no NOTIFY comes', async (_rule, progress) => {
    const scene = await setCallScene();
    const { clock, network, alice, bob } = scene;
    const carol = await startCarol(scene);
    transfers(alice);
    const call = await establish(scene);
    if (call === undefined) throw new Error('no call');
    const entries: string[] = [];
    bob.userAgent.refer(transfer(call.callee, carol, { progress, user: diaryOf(entries) }));
    await clock.advanceAsync(3000);
    expect(entries).toEqual(['accepted', 'unknown']);
    expect(carol.incoming).toHaveLength(1);
    const decoder = new TextDecoder();
    expect(network.packets.filter(({ octets }) => decoder.decode(octets).startsWith('NOTIFY'))).toEqual([]);
    await allHangUp(scene, carol);
  });

  it('RFC 7614 §5 explicitsub: the sender subscribes where Refer-Events-At says', async () => {
    const scene = await setCallScene();
    const { clock, alice, bob } = scene;
    const carol = await startCarol(scene);
    transfers(alice);
    const call = await establish(scene);
    if (call === undefined) throw new Error('no call');
    const entries: string[] = [];
    bob.userAgent.refer(transfer(call.callee, carol, { progress: 'explicit', user: diaryOf(entries) }));
    await clock.advanceAsync(3000);
    await carol.incoming[0]?.session.accept();
    await clock.advanceAsync(3000);
    expect(entries[0]).toBe('accepted');
    expect(entries.at(-1)).toBe('succeeded 200');
    await allHangUp(scene, carol);
  });

  it('§2.4.2 outside a dialog, with Target-Dialog (RFC 4538 §4), the call that it is about is known', async () => {
    const scene = await setCallScene();
    const { clock, alice, bob } = scene;
    const carol = await startCarol(scene);
    const referrals: IncomingReferral[] = [];
    alice.use({
      onRefer: (referral) => {
        referrals.push(referral);
        void follow(alice, referral);
      },
    });
    const call = await establish(scene);
    if (call === undefined) throw new Error('no call');
    const entries: string[] = [];
    bob.userAgent.refer({
      within: { flow: await bob.flowTo(alice), target: alice.uri(), from: { uri: bob.uri() }, digest: undefined },
      to: { uri: carol.uri() },
      targetDialog: call.callee,
      user: diaryOf(entries),
    });
    await clock.advanceAsync(3000);
    await carol.incoming[0]?.session.accept();
    await clock.advanceAsync(3000);
    expect(referrals[0]?.session).toBe(call.session);
    expect(entries.at(-1)).toBe('succeeded 200');
    await allHangUp(scene, carol);
  });

  it('§2.4.4 MUST NOT go on for ever: a referral that nobody reports ends by time', async () => {
    const scene = await setCallScene();
    const { clock, alice, bob } = scene;
    const carol = await startCarol(scene);
    alice.use({
      onRefer: (referral) => {
        referral.accept();
      },
    });
    const call = await establish(scene);
    if (call === undefined) throw new Error('no call');
    const entries: string[] = [];
    bob.userAgent.refer(transfer(call.callee, carol, { user: diaryOf(entries) }));
    await clock.advanceAsync(300_000);
    expect(entries).toEqual(['accepted', 'progress 100', 'unknown']);
    await allHangUp(scene, carol);
  });
});
