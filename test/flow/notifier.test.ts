import { describe, expect, it } from 'vitest';
import type { SipRequest } from '../../core/sip/message/message.ts';
import { readMessageSummary, messageSummary } from '../../core/sip/ua/event-package/message-summary.ts';
import { eventType } from '../../core/sip/message/event.ts';
import type { NotifierSubscription } from '../../core/sip/ua/notifier-subscription.ts';
import { describeLegalEnds, FOR_EVER_MS, setCallScene, type CallFlow, type CallScene } from '../support/call-scene.ts';
import { ScriptedPeer } from '../support/scripted-peer.ts';

/** The mailbox that Bob serves. */
class Mailbox {
  readonly subscriptions: NotifierSubscription[] = [];
  fresh = 0;
  /** What is done with a subscription. */
  decide: (subscription: NotifierSubscription) => void = (subscription) => {
    subscription.accept(() => this.body());
  };

  constructor({ bob }: CallScene, intervalMs = 0) {
    bob.userAgent.serve({
      name: 'message-summary',
      contentTypes: ['application/simple-message-summary'],
      expires: { usual: 3600, least: 60, most: 7200 },
      intervalMs,
      onSubscribe: (subscription) => {
        this.subscriptions.push(subscription);
        this.decide(subscription);
      },
    });
  }

  body(): ReturnType<typeof messageSummary> {
    const count = { fresh: this.fresh, old: 0, urgentFresh: 0, urgentOld: 0 };
    return messageSummary({ waiting: this.fresh > 0, account: undefined, counts: new Map([['voice-message', count]]) });
  }

  put(fresh: number): void {
    this.fresh = fresh;
    for (const subscription of this.subscriptions) subscription.notify();
  }
}

interface Scene extends CallScene {
  readonly mailbox: Mailbox;
  readonly peer: ScriptedPeer;
}

async function setTheScene(intervalMs = 0): Promise<Scene> {
  const scene = await setCallScene();
  return {
    ...scene,
    mailbox: new Mailbox(scene, intervalMs),
    peer: await ScriptedPeer.start(scene.network, '192.0.2.9'),
  };
}

const SUBSCRIBE = [['Event', 'message-summary'], ['Expires', '600']] as const; // prettier-ignore

async function subscribe(
  { peer, bob, clock }: Scene,
  headers: readonly (readonly [string, string])[] = SUBSCRIBE,
  sequence = 1,
  toTag?: string,
): Promise<void> {
  const dialog = toTag === undefined ? {} : { toTag };
  peer.call({ address: bob.address, port: 5060 }, sequence, { method: 'SUBSCRIBE', headers, ...dialog });
  await clock.advanceAsync(100);
}

async function answerNotify({ peer, clock }: Scene, status = 200): Promise<SipRequest> {
  const notify = peer.last('NOTIFY');
  peer.respond(notify, status);
  await clock.advanceAsync(50);
  return notify;
}

const state = (notify: SipRequest): string => notify.headers.get('Subscription-State') ?? '';

describe('RFC 6665 notifier', () => {
  it('§4.2.1.2 MUST answer with Expires and Contact and NOTIFY the state at once', async () => {
    const scene = await setTheScene();
    await subscribe(scene);
    const response = scene.peer.lastResponse(200);
    expect(response.headers.get('Expires')).toBe('600');
    expect(response.contacts).toHaveLength(1);
    const notify = await answerNotify(scene);
    expect(notify.headers.get('Event')).toBe('message-summary');
    expect(state(notify)).toBe('active;expires=600');
    expect(notify.contacts).toHaveLength(1);
    expect(notify.fromTag).toBe(response.toTag);
    expect(new TextDecoder().decode(notify.body)).toContain('Messages-Waiting: no');
  });

  it.each([
    ['an unknown event', [['Event', 'weather']], 489],
    ['no event', [], 489],
    ['two events', [['Event', 'message-summary'], ['Event', 'refer']], 489],
  ] as const)('§4.2.1.1 MUST refuse %s with 489 and Allow-Events', async (_what, headers, status) => {
    const scene = await setTheScene();
    await subscribe(scene, headers);
    expect(scene.peer.lastResponse(status).headers.get('Allow-Events')).toContain('message-summary');
    expect(scene.peer.count('NOTIFY')).toBe(0);
  }); // prettier-ignore

  it('§4.2.1.1 refuses too short a time with 423 and Min-Expires, MUST NOT give more than asked, and knows a usual one', async () => {
    const scene = await setTheScene();
    await subscribe(scene, [SUBSCRIBE[0], ['Expires', '10']]);
    expect(scene.peer.lastResponse(423).headers.get('Min-Expires')).toBe('60');
    await subscribe(scene, [SUBSCRIBE[0], ['Expires', '99999']], 2);
    expect(scene.peer.lastResponse(200).headers.get('Expires')).toBe('7200');
  });

  it('§4.2.1.1 without Expires gives the usual time of the package', async () => {
    const scene = await setTheScene();
    await subscribe(scene, [SUBSCRIBE[0]]);
    expect(scene.peer.lastResponse(200).headers.get('Expires')).toBe('3600');
  });

  it('§3.1.3 refuses with 406 who takes none of the types of the package', async () => {
    const scene = await setTheScene();
    await subscribe(scene, [...SUBSCRIBE, ['Accept', 'application/pidf+xml']]);
    expect(scene.peer.lastResponse(406).headers.get('Accept')).toBe('application/simple-message-summary');
    await subscribe(scene, [...SUBSCRIBE, ['Accept', 'text/plain, application/*']], 2);
    expect(scene.peer.count('200')).toBe(1);
  });

  it('§4.2.1.3 refuses whom the package refuses, and no NOTIFY follows', async () => {
    const scene = await setTheScene();
    scene.mailbox.decide = (subscription) => {
      subscription.refuse(403);
    };
    await subscribe(scene);
    expect(scene.peer.heard).toEqual(['403']);
    expect(scene.bob.userAgent.usages).toBe(0);
  });

  it('§4.2.1.2 undecided: 200 and NOTIFY pending, then active, or rejected', async () => {
    const scene = await setTheScene();
    scene.mailbox.decide = (subscription) => {
      subscription.pend();
    };
    await subscribe(scene);
    const pending = await answerNotify(scene);
    expect(state(pending)).toBe('pending;expires=600');
    expect(pending.body).toHaveLength(0);
    scene.mailbox.subscriptions[0]?.accept(() => scene.mailbox.body());
    await scene.clock.advanceAsync(50);
    expect(state(await answerNotify(scene))).toMatch(/^active/);
    scene.mailbox.subscriptions[0]?.refuse();
    await scene.clock.advanceAsync(50);
    expect(state(await answerNotify(scene))).toBe('terminated;reason=rejected');
    expect(scene.bob.userAgent.usages).toBe(0);
  });

  it('§4.2.1.4 a refresh MUST get a NOTIFY with the whole state, and lasts from then on', async () => {
    const scene = await setTheScene();
    await subscribe(scene);
    const notify = await answerNotify(scene);
    await scene.clock.advanceAsync(500_000);
    await subscribe(scene, SUBSCRIBE, 2, notify.fromTag);
    expect(state(await answerNotify(scene))).toBe('active;expires=600');
    await scene.clock.advanceAsync(500_000);
    expect(scene.mailbox.subscriptions[0]?.state).toBe('active');
  });

  it('§4.2.1.4 Expires 0 ends it, with one last NOTIFY', async () => {
    const scene = await setTheScene();
    await subscribe(scene);
    const notify = await answerNotify(scene);
    await subscribe(scene, [SUBSCRIBE[0], ['Expires', '0']], 2, notify.fromTag);
    const last = await answerNotify(scene);
    expect(state(last)).toBe('terminated;reason=timeout');
    expect(scene.bob.userAgent.usages).toBe(0);
  });

  it('§4.4.3 a poll gets the state once', async () => {
    const scene = await setTheScene();
    await subscribe(scene, [SUBSCRIBE[0], ['Expires', '0']]);
    const notify = await answerNotify(scene);
    expect(state(notify)).toBe('terminated;reason=timeout');
    expect(notify.body.length).toBeGreaterThan(0);
    await scene.clock.advanceAsync(FOR_EVER_MS);
    expect(scene.clock.pending).toBe(0);
  });

  it('§4.2.2 MUST say terminated when the time is over', async () => {
    const scene = await setTheScene();
    await subscribe(scene);
    await answerNotify(scene);
    await scene.clock.advanceAsync(600_000);
    expect(state(await answerNotify(scene))).toBe('terminated;reason=timeout');
    await scene.clock.advanceAsync(FOR_EVER_MS);
    expect(scene.clock.pending).toBe(0);
  });

  it.each([481, 404, 489])('§4.2.2 MUST forget the subscription where a NOTIFY gets %s', async (status) => {
    const scene = await setTheScene();
    await subscribe(scene);
    await answerNotify(scene, status);
    expect(scene.bob.userAgent.usages).toBe(0);
    scene.mailbox.put(1);
    await scene.clock.advanceAsync(FOR_EVER_MS);
    expect(scene.peer.count('NOTIFY')).toBe(1);
  });

  it('§4.2.2 MUST forget the subscription where a NOTIFY gets no answer, and keeps it after a 500', async () => {
    const scene = await setTheScene();
    await subscribe(scene);
    await answerNotify(scene, 500);
    expect(scene.bob.userAgent.usages).toBe(1);
    scene.mailbox.put(1);
    await scene.clock.advanceAsync(40_000);
    expect(scene.bob.userAgent.usages).toBe(0);
  });

  it('§5.4.10 tells many changes together, not sooner than the package allows', async () => {
    const scene = await setTheScene(5000);
    await subscribe(scene);
    await answerNotify(scene);
    for (const fresh of [1, 2, 3]) scene.mailbox.put(fresh);
    await scene.clock.advanceAsync(4900);
    expect(scene.peer.count('NOTIFY')).toBe(1);
    await scene.clock.advanceAsync(200);
    expect(scene.peer.count('NOTIFY')).toBe(2);
    const notify = await answerNotify(scene);
    expect(new TextDecoder().decode(notify.body)).toContain('Voice-Message: 3/0');
  });

  it('§4.2.2 sends one NOTIFY at a time', async () => {
    const scene = await setTheScene();
    await subscribe(scene);
    scene.mailbox.put(1);
    scene.mailbox.put(2);
    await scene.clock.advanceAsync(100);
    expect(scene.peer.count('NOTIFY')).toBe(1);
    await answerNotify(scene);
    expect(new TextDecoder().decode(scene.peer.last('NOTIFY').body)).toContain('Voice-Message: 2/0');
  });

  it('§4.2.1.4 a refresh that is out of order, or of another subscription, is refused', async () => {
    const scene = await setTheScene();
    await subscribe(scene);
    const notify = await answerNotify(scene);
    await subscribe(scene, SUBSCRIBE, 1, notify.fromTag);
    expect(scene.peer.heard.at(-1)).toBe('500');
    await subscribe(scene, [['Event', 'message-summary;id=7'], ['Expires', '600']], 2, notify.fromTag); // prettier-ignore
    expect(scene.peer.heard.at(-1)).toBe('481');
    await subscribe(scene, [SUBSCRIBE[0], ['Expires', '5']], 3, notify.fromTag);
    expect(scene.peer.heard.at(-1)).toBe('423');
  });

  it('§6.4 one address cannot have more than its share', async () => {
    const scene = await setTheScene();
    scene.mailbox.decide = () => undefined;
    const { peer, bob, clock } = scene;
    for (let number = 1; number <= 201; number++) {
      peer.call({ address: bob.address, port: 5060 }, number, { method: 'SUBSCRIBE', headers: SUBSCRIBE });
    }
    await clock.advanceAsync(100);
    expect(scene.mailbox.subscriptions).toHaveLength(200);
    expect(peer.lastResponse(503).headers.get('Retry-After')).toBe('60');
  });

  it('a user agent that closes tells its subscribers, and waits for them', async () => {
    const scene = await setTheScene();
    await subscribe(scene);
    await answerNotify(scene);
    let closed = false;
    void scene.bob.userAgent.close().then(() => (closed = true));
    await scene.clock.advanceAsync(50);
    expect(closed).toBe(false);
    expect(state(await answerNotify(scene))).toBe('terminated;reason=probation;retry-after=60');
    expect(closed).toBe(true);
  });
});

/** Alice watches the mailbox at Bob. */
async function watch({ alice, bob, clock }: CallScene, seen: number[], expires = 600): Promise<() => Promise<void>> {
  const subscription = alice.userAgent.subscribe({
    event: eventType('message-summary'),
    accept: ['application/simple-message-summary'],
    target: bob.uri(),
    from: { uri: alice.uri() },
    digest: undefined,
    expires,
    connect: async () => ({ ok: true, value: await alice.flowTo(bob) }),
    onNotify: ({ body }) => {
      const summary = body === undefined ? undefined : readMessageSummary(body);
      if (summary !== undefined) seen.push(summary.counts.get('voice-message')?.fresh ?? 0);
    },
  });
  await clock.advanceAsync(100);
  return () => subscription.stop();
}

async function nothingLeft(scene: CallScene): Promise<void> {
  // A second time for what subscribed again after all was lost.
  await scene.clock.advanceAsync(FOR_EVER_MS);
  expect(scene.alice.userAgent.usages + scene.bob.userAgent.usages).toBe(0);
}

const FLOWS: Readonly<Record<string, CallFlow>> = {
  'a lamp that is lit and switched off': async (scene) => {
    const mailbox = new Mailbox(scene);
    const seen: number[] = [];
    const stop = await watch(scene, seen);
    await scene.clock.advanceAsync(40_000);
    mailbox.put(1);
    await scene.clock.advanceAsync(40_000);
    // Whatever was lost on the way, in the end the lamp shows what is there.
    expect(seen.at(-1)).toBe(1);
    void stop();
    await scene.clock.advanceAsync(800_000);
    await nothingLeft(scene);
  },
  'a lamp that is refreshed': async (scene) => {
    const mailbox = new Mailbox(scene);
    const seen: number[] = [];
    const stop = await watch(scene, seen, 120);
    await scene.clock.advanceAsync(400_000);
    mailbox.put(2);
    await scene.clock.advanceAsync(60_000);
    expect(seen.at(-1)).toBe(2);
    void stop();
    await scene.clock.advanceAsync(800_000);
    await nothingLeft(scene);
  },
  'a mailbox that asks once': async (scene) => {
    new Mailbox(scene);
    await watch(scene, [], 0);
    await scene.clock.advanceAsync(800_000);
    await nothingLeft(scene);
  },
};

describeLegalEnds(FLOWS);

describe('RFC 3842 message waiting', () => {
  it('§3.3 the lamp goes on when a message comes, and off when it was heard', async () => {
    const scene = await setCallScene();
    const mailbox = new Mailbox(scene);
    const seen: number[] = [];
    const stop = await watch(scene, seen);
    mailbox.put(1);
    await scene.clock.advanceAsync(100);
    mailbox.put(0);
    await scene.clock.advanceAsync(100);
    expect(seen).toEqual([0, 1, 0]);
    void stop();
    await scene.clock.advanceAsync(FOR_EVER_MS);
    expect(scene.alice.alive).toEqual({ client: 0, server: 0, sessions: 0 });
    expect(scene.bob.userAgent.usages).toBe(0);
  });
});
