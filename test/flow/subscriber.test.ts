import { describe, expect, it } from 'vitest';
import { eventType } from '../../core/sip/message/event.ts';
import { sipUri } from '../../core/sip/message/uri.ts';
import type { NotifierSubscription } from '../../core/sip/ua/notifier-subscription.ts';
import type { Subscription, SubscriptionOptions } from '../../core/sip/ua/subscription.ts';
import { setCallScene, type CallScene } from '../support/call-scene.ts';
import { FlowAgent } from '../support/flow-agents.ts';
import { ScriptedPeer } from '../support/scripted-peer.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { VirtualNetwork } from '../support/virtual-network.ts';

interface Scene extends CallScene {
  readonly peer: ScriptedPeer;
  readonly subscription: Subscription;
  /** Phases and NOTIFYs, oldest first. */
  readonly diary: string[];
}

/** Alice has subscribed to the message summary of a scripted notifier; its SUBSCRIBE has arrived. */
async function subscribed(options: Partial<SubscriptionOptions> = {}): Promise<Scene> {
  const scene = await setCallScene();
  const { alice, clock, network } = scene;
  const peer = await ScriptedPeer.start(network, '192.0.2.9');
  const diary: string[] = [];
  const subscription = alice.userAgent.subscribe({
    event: eventType('message-summary'),
    accept: ['application/simple-message-summary'],
    target: sipUri({ user: 'alice', host: peer.address, port: 5060 }),
    from: { uri: alice.uri() },
    digest: undefined,
    expires: 600,
    connect: async () => ({ ok: true, value: await alice.flowTo(peer) }),
    onNotify: ({ state, body }) => diary.push(`notify ${state.state}${body === undefined ? '' : ' with body'}`),
    onChange: ({ phase }) => diary.push(phase),
    ...options,
  });
  await clock.advanceAsync(50);
  return { ...scene, peer, subscription, diary };
}

const EVENT = ['Event', 'message-summary'] as const;

/** Sends a NOTIFY for the last SUBSCRIBE. */
function notify({ peer }: Scene, sequence: number, state: string, tag = 'peer'): void {
  const subscribe = peer.received.find((message) => message.kind === 'request');
  if (subscribe?.kind !== 'request') throw new Error('no SUBSCRIBE came');
  peer.request(subscribe, 'NOTIFY', sequence, { tag, headers: [EVENT, ['Subscription-State', state]] });
}

/** Sends a NOTIFY for the SUBSCRIBE that came last. */
function notifyLast({ peer }: Scene, sequence: number, state: string): void {
  peer.request(peer.last('SUBSCRIBE'), 'NOTIFY', sequence, { headers: [EVENT, ['Subscription-State', state]] });
}

function accept({ peer }: Scene, expires = 600): void {
  peer.respond(peer.last('SUBSCRIBE'), 200, { headers: [['Expires', String(expires)]] });
}

/** Subscribed, answered, and notified that it is active. */
async function active(options: Partial<SubscriptionOptions> = {}, expires = 600): Promise<Scene> {
  const scene = await subscribed(options);
  accept(scene, expires);
  notify(scene, 1, `active;expires=${expires}`);
  await scene.clock.advanceAsync(50);
  return scene;
}

describe('RFC 6665 subscriber', () => {
  it('§4.1.2.1 SUBSCRIBE MUST have one Event, and has Expires, Accept and Contact', async () => {
    const { peer } = await subscribed();
    const { headers, contacts } = peer.last('SUBSCRIBE');
    expect(headers.getAll('Event')).toEqual(['message-summary']);
    expect(headers.get('Expires')).toBe('600');
    expect(headers.get('Accept')).toBe('application/simple-message-summary');
    expect(contacts).toHaveLength(1);
  });

  it('§4.1.2.4 MUST take a NOTIFY that comes before the 2xx, which makes the dialog', async () => {
    const scene = await subscribed();
    notify(scene, 1, 'active;expires=600');
    await scene.clock.advanceAsync(50);
    expect(scene.peer.heard).toContain('200');
    expect(scene.diary).toEqual(['subscribing', 'notify active', 'active']);
    accept(scene);
    await scene.clock.advanceAsync(50);
    expect(scene.subscription.view.phase).toBe('active');
  });

  it('§4.1.2.4 MUST give up where no NOTIFY comes within Timer N, and tries again', async () => {
    const scene = await subscribed();
    accept(scene);
    await scene.clock.advanceAsync(31_000);
    expect(scene.diary).toEqual(['subscribing']);
    await scene.clock.advanceAsync(1500);
    expect(scene.diary).toEqual(['subscribing', 'waiting']);
    await scene.clock.advanceAsync(2500);
    expect(scene.peer.count('SUBSCRIBE')).toBeGreaterThan(1);
  });

  it('§4.1.2.4 keeps the first of several forks and refuses the NOTIFYs of others with 481', async () => {
    const scene = await active();
    notify(scene, 1, 'active', 'fork');
    await scene.clock.advanceAsync(50);
    expect(scene.peer.heard.at(-1)).toBe('481');
    expect(scene.subscription.view.phase).toBe('active');
  });

  it('§4.1.2.2 refreshes within the dialog before it expires', async () => {
    const scene = await active();
    await scene.clock.advanceAsync(520_000);
    expect(scene.peer.count('SUBSCRIBE')).toBeGreaterThan(1);
    const refresh = scene.peer.last('SUBSCRIBE');
    expect(refresh.toTag).toBe('peer');
    expect(refresh.cseq?.sequence).toBe(2);
  });

  it('§4.1.2.2 MUST take the time of the NOTIFY, where it is another than that of the 2xx', async () => {
    const scene = await subscribed();
    accept(scene);
    notify(scene, 1, 'active;expires=60');
    await scene.clock.advanceAsync(35_000);
    expect(scene.peer.count('SUBSCRIBE')).toBeGreaterThan(1);
  });

  it('§4.1.2.2 MUST subscribe anew where a refresh gets 481', async () => {
    const scene = await active();
    await scene.clock.advanceAsync(511_000);
    const refresh = scene.peer.last('SUBSCRIBE');
    scene.peer.respond(refresh, 481);
    await scene.clock.advanceAsync(100);
    const anew = scene.peer.last('SUBSCRIBE');
    expect(anew.toTag).toBeUndefined();
    expect(anew.callId).not.toBe(refresh.callId);
  });

  it('§4.1.2.2 a refresh that fails otherwise leaves the subscription until it expires', async () => {
    const scene = await active();
    await scene.clock.advanceAsync(511_000);
    scene.peer.respond(scene.peer.last('SUBSCRIBE'), 500);
    await scene.clock.advanceAsync(40_000);
    expect(scene.subscription.view.phase).toBe('active');
    await scene.clock.advanceAsync(100_000);
    expect(scene.diary.filter((entry) => entry === 'subscribing').length).toBeGreaterThan(1);
  });

  it('§4.1.2.1 takes the Min-Expires of a 423', async () => {
    const scene = await subscribed({ expires: 30 });
    scene.peer.respond(scene.peer.last('SUBSCRIBE'), 423, { headers: [['Min-Expires', '120']] });
    await scene.clock.advanceAsync(50);
    expect(scene.peer.last('SUBSCRIBE').headers.get('Expires')).toBe('120');
  });

  it.each(['30', '9999999', '-1', 'soon'])('a 423 with Min-Expires %s is no reason to ask again', async (minimum) => {
    const scene = await subscribed({ expires: 30 });
    scene.peer.respond(scene.peer.last('SUBSCRIBE'), 423, { headers: [['Min-Expires', minimum]] });
    await scene.clock.advanceAsync(100_000);
    expect(scene.peer.count('SUBSCRIBE')).toBe(1);
    expect(scene.subscription.view.phase).toBe('ended');
  });

  it.each([489, 403, 404, 603])('§4.1.2.1 %s is final: nobody asks again', async (status) => {
    const scene = await subscribed();
    scene.peer.respond(scene.peer.last('SUBSCRIBE'), status);
    await scene.clock.advanceAsync(3_600_000);
    expect(scene.peer.count('SUBSCRIBE')).toBe(1);
    expect(scene.subscription.view).toMatchObject({ phase: 'ended', diagnosis: { evidence: { status } } });
  });

  it('a 503 is asked again after Retry-After, and then ever more slowly', async () => {
    const scene = await subscribed();
    scene.peer.respond(scene.peer.last('SUBSCRIBE'), 503, { headers: [['Retry-After', '100']] });
    await scene.clock.advanceAsync(99_000);
    expect(scene.peer.count('SUBSCRIBE')).toBe(1);
    await scene.clock.advanceAsync(2000);
    expect(scene.peer.count('SUBSCRIBE')).toBeGreaterThan(1);
  });

  it.each(['rejected', 'noresource', 'invariant'])('§4.1.3 MUST NOT subscribe again after %s', async (reason) => {
    const scene = await active();
    notify(scene, 2, `terminated;reason=${reason};retry-after=1`);
    await scene.clock.advanceAsync(3_600_000);
    expect(scene.peer.count('SUBSCRIBE')).toBe(1);
    expect(scene.subscription.view.phase).toBe('ended');
  });

  it.each(['deactivated', 'timeout'])('§4.1.3 subscribes again at once after %s', async (reason) => {
    const scene = await active();
    notify(scene, 2, `terminated;reason=${reason}`);
    await scene.clock.advanceAsync(100);
    expect(scene.peer.count('SUBSCRIBE')).toBe(2);
  });

  it('§4.1.3 an end at once, again and again, makes no storm', async () => {
    const scene = await active();
    notify(scene, 2, 'terminated;reason=deactivated');
    for (let round = 0; round < 20; round++) {
      await scene.clock.advanceAsync(3000);
      notifyLast(scene, 1, 'terminated;reason=deactivated');
    }
    await scene.clock.advanceAsync(1000);
    const tries = new Set(
      scene.peer.received.flatMap((message) => (message.kind === 'request' ? [message.callId] : [])),
    );
    expect(tries.size).toBeLessThan(10);
  });

  it.each(['probation', 'giveup'])('§4.1.3 MUST NOT subscribe again before the retry-after of %s', async (reason) => {
    const scene = await active();
    notify(scene, 2, `terminated;reason=${reason};retry-after=300`);
    await scene.clock.advanceAsync(299_000);
    expect(scene.peer.count('SUBSCRIBE')).toBe(1);
    await scene.clock.advanceAsync(2000);
    expect(scene.peer.count('SUBSCRIBE')).toBeGreaterThan(1);
  });

  it('§4.1.2.3 unsubscribes with Expires 0 in the dialog, and waits for the last NOTIFY', async () => {
    const scene = await active();
    let gone = false;
    void scene.subscription.stop().then(() => (gone = true));
    await scene.clock.advanceAsync(50);
    expect(scene.peer.last('SUBSCRIBE').headers.get('Expires')).toBe('0');
    scene.peer.respond(scene.peer.last('SUBSCRIBE'), 200, { headers: [['Expires', '0']] });
    expect(gone).toBe(false);
    notify(scene, 2, 'terminated;reason=timeout');
    await scene.clock.advanceAsync(50);
    expect(gone).toBe(true);
    await scene.clock.advanceAsync(60_000);
    expect(scene.alice.userAgent.usages).toBe(0);
    expect(scene.clock.pending).toBe(0);
  });

  it('§4.1.2.3 unsubscribes when the first NOTIFY came, where it is stopped before', async () => {
    const scene = await subscribed();
    void scene.subscription.stop();
    await scene.clock.advanceAsync(50);
    expect(scene.peer.count('SUBSCRIBE')).toBe(1);
    accept(scene);
    notify(scene, 1, 'active;expires=600');
    await scene.clock.advanceAsync(50);
    expect(scene.peer.last('SUBSCRIBE').headers.get('Expires')).toBe('0');
    await scene.clock.advanceAsync(100_000);
    expect(scene.alice.userAgent.usages).toBe(0);
    expect(scene.clock.pending).toBe(0);
  });

  it('§4.4.3 a poll asks once, takes the state and is through', async () => {
    const scene = await subscribed({ expires: 0 });
    expect(scene.peer.last('SUBSCRIBE').headers.get('Expires')).toBe('0');
    accept(scene, 0);
    notify(scene, 1, 'terminated;reason=timeout');
    await scene.clock.advanceAsync(100_000);
    expect(scene.diary).toEqual(['subscribing', 'notify terminated', 'ended']);
    expect(scene.clock.pending).toBe(0);
  });

  it('§4.1.3 MUST refuse a NOTIFY without Subscription-State, and one that matches no subscription', async () => {
    const scene = await active();
    const first = scene.peer.received[0];
    if (first?.kind !== 'request') throw new Error('no SUBSCRIBE came');
    scene.peer.request(first, 'NOTIFY', 2, { headers: [EVENT] });
    await scene.clock.advanceAsync(50);
    expect(scene.peer.heard.at(-1)).toBe('400');
    scene.peer.request(first, 'NOTIFY', 3, { headers: [['Event', 'presence'], ['Subscription-State', 'active']] }); // prettier-ignore
    await scene.clock.advanceAsync(50);
    expect(scene.peer.heard.at(-1)).toBe('481');
    expect(scene.diary.filter((entry) => entry.startsWith('notify'))).toHaveLength(1);
  });

  it('§4.1.3 takes NOTIFYs in their order only', async () => {
    const scene = await active();
    notify(scene, 5, 'active');
    await scene.clock.advanceAsync(50);
    notify(scene, 4, 'pending');
    await scene.clock.advanceAsync(50);
    expect(scene.peer.heard.at(-1)).toBe('500');
    expect(scene.subscription.view.phase).toBe('active');
  });

  it('§4.1.2 shows pending until the notifier decides', async () => {
    const scene = await subscribed();
    accept(scene);
    notify(scene, 1, 'pending;expires=600');
    await scene.clock.advanceAsync(50);
    expect(scene.subscription.view.phase).toBe('pending');
    notify(scene, 2, 'active;expires=600');
    await scene.clock.advanceAsync(50);
    expect(scene.subscription.view.phase).toBe('active');
  });

  it('§4.1.2.2 MUST subscribe anew where nothing refreshed it in time', async () => {
    const scene = await active({}, 60);
    await scene.clock.advanceAsync(70_000);
    const calls = new Set(
      scene.peer.received.flatMap((message) => (message.kind === 'request' ? [message.callId] : [])),
    );
    expect(calls.size).toBe(2);
  });

  it('without a connection tries again by itself', async () => {
    let reachable = false;
    const scene = await setCallScene();
    const peer = await ScriptedPeer.start(scene.network, '192.0.2.9');
    const phases: string[] = [];
    scene.alice.userAgent.subscribe({
      event: eventType('presence'),
      accept: [],
      target: sipUri({ host: peer.address }),
      from: { uri: scene.alice.uri() },
      digest: undefined,
      expires: 600,
      connect: async () =>
        reachable
          ? { ok: true, value: await scene.alice.flowTo(peer) }
          : { ok: false, error: { code: 'tcp.refused', side: 'there', summary: '', cure: '', evidence: {} } },
      onNotify: () => undefined,
      onChange: ({ phase }) => phases.push(phase),
    });
    await scene.clock.advanceAsync(10);
    expect(phases).toEqual(['subscribing', 'waiting']);
    reachable = true;
    await scene.clock.advanceAsync(3000);
    expect(peer.count('SUBSCRIBE')).toBeGreaterThan(0);
  });
});

describe('RFC 6665 subscriber over a connection', () => {
  it('§4.1.2 subscribes anew as soon as the connection is lost', async () => {
    const clock = new VirtualClock();
    const network = new VirtualNetwork(clock, { delayMs: 20 });
    const alice = await FlowAgent.start(network, '192.0.2.1', 1, ['tcp']);
    const bob = await FlowAgent.start(network, '192.0.2.2', 2, ['tcp']);
    const subscriptions: NotifierSubscription[] = [];
    bob.userAgent.serve({
      name: 'presence',
      contentTypes: ['application/pidf+xml'],
      expires: { usual: 3600, least: 60, most: 3600 },
      intervalMs: 0,
      onSubscribe: (subscription) => {
        subscriptions.push(subscription);
        subscription.accept(() => undefined);
      },
    });
    const phases: string[] = [];
    alice.userAgent.subscribe({
      event: eventType('presence'),
      accept: [],
      target: bob.uri(),
      from: { uri: alice.uri() },
      digest: undefined,
      expires: 3600,
      connect: async () => ({ ok: true, value: await alice.flowTo(bob, 'tcp') }),
      onNotify: () => undefined,
      onChange: ({ phase }) => phases.push(phase),
    });
    await clock.advanceAsync(1000);
    expect(phases.at(-1)).toBe('active');
    for (const flow of alice.transports.flows()) flow.close();
    await clock.advanceAsync(5000);
    expect(phases.slice(-3)).toEqual(['waiting', 'subscribing', 'active']);
    expect(subscriptions).toHaveLength(2);
  });
});
