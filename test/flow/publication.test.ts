import { describe, expect, it } from 'vitest';
import { isSipUri, sipUri } from '../../core/sip/message/uri.ts';
import type { EventPorts } from '../../core/sip/ua/dialog-sender.ts';
import { presence, readPresence, PIDF_TYPE } from '../../core/sip/ua/event-package/presence.ts';
import { EventStateCompositor } from '../../core/sip/ua/event-state-compositor.ts';
import type { Publication } from '../../core/sip/ua/publication.ts';
import { Tracer } from '../../core/trace/tracer.ts';
import { describeLegalEnds, setCallScene, type CallFlow, type CallScene } from '../support/call-scene.ts';
import type { FlowAgent } from '../support/flow-agents.ts';
import { ScriptedPeer } from '../support/scripted-peer.ts';
import { SeededRandom } from '../support/seeded-random.ts';

const PRESENCE = ['Event', 'presence'] as const;

function portsOf({ clock }: CallScene, { transactions, address }: FlowAgent): EventPorts {
  return {
    transactions,
    clock,
    random: new SeededRandom(9),
    tracer: new Tracer(clock),
    userAgent: 'test',
    contact: () => sipUri({ host: address }),
  };
}

/** Bob keeps the presence of whomever a Request-URI names. */
function compose(scene: CallScene, changes: string[] = []): EventStateCompositor {
  const compositor = new EventStateCompositor(portsOf(scene, scene.bob), {
    event: 'presence',
    contentTypes: [PIDF_TYPE],
    expires: { usual: 3600, least: 60, most: 3600 },
    resource: ({ uri }) => (isSipUri(uri) && uri.user !== 'nobody' ? uri.user : undefined),
    onChange: (resource) => changes.push(resource),
    mostPerResource: 3,
  });
  scene.bob.userAgent.compose(compositor);
  return compositor;
}

const state = (note: string) => presence({ entity: 'sip:agent@192.0.2.2', isOpen: true, note });

function notes(compositor: EventStateCompositor): readonly (string | undefined)[] {
  return compositor.state('agent').map((body) => {
    const read = readPresence(body);
    return read.ok ? read.value.note : undefined;
  });
}

function publisher(scene: CallScene, to: { readonly address: string }, phases: string[] = []): Publication {
  const { alice } = scene;
  return alice.userAgent.publication({
    event: 'presence',
    expires: 600,
    target: sipUri({ user: 'agent', host: to.address, port: 5060 }),
    from: { uri: alice.uri() },
    digest: undefined,
    connect: async () => ({ ok: true, value: await alice.flowTo(to) }),
    onChange: ({ phase }) => phases.push(phase),
  });
}

describe('RFC 3903 publisher', () => {
  async function setTheScene(): Promise<
    CallScene & { peer: ScriptedPeer; publication: Publication; phases: string[] }
  > {
    const scene = await setCallScene();
    const peer = await ScriptedPeer.start(scene.network, '192.0.2.9');
    const phases: string[] = [];
    const publication = publisher(scene, peer, phases);
    publication.publish(state('one'));
    await scene.clock.advanceAsync(50);
    return { ...scene, peer, publication, phases };
  }

  const stored = (tag: string, expires = '600') => ({
    headers: [['SIP-ETag', tag], ['Expires', expires]] as const,
  }); // prettier-ignore

  it('§4.1 the first PUBLISH has Event, Expires and body, no SIP-If-Match and no Contact', async () => {
    const { peer } = await setTheScene();
    const { headers, body } = peer.last('PUBLISH');
    expect(headers.get('Event')).toBe('presence');
    expect(headers.get('Expires')).toBe('600');
    expect(headers.has('SIP-If-Match')).toBe(false);
    expect(headers.has('Contact')).toBe(false);
    expect(body.length).toBeGreaterThan(0);
  });

  it('§4.3 a refresh MUST have the last entity tag and no body', async () => {
    const { peer, clock } = await setTheScene();
    peer.respond(peer.last('PUBLISH'), 200, stored('a'));
    await clock.advanceAsync(511_000);
    const refresh = peer.last('PUBLISH');
    expect(refresh.headers.get('SIP-If-Match')).toBe('a');
    expect(refresh.body).toHaveLength(0);
    peer.respond(refresh, 200, stored('b'));
    await clock.advanceAsync(511_000);
    expect(peer.last('PUBLISH').headers.get('SIP-If-Match')).toBe('b');
  });

  it('§4.4 a change has entity tag and body; §4 it MUST wait for the answer to the one before', async () => {
    const { peer, clock, publication } = await setTheScene();
    publication.publish(state('two'));
    publication.publish(state('three'));
    await clock.advanceAsync(100);
    expect(peer.count('PUBLISH')).toBe(1);
    peer.respond(peer.last('PUBLISH'), 200, stored('a'));
    await clock.advanceAsync(100);
    const change = peer.last('PUBLISH');
    expect(change.headers.get('SIP-If-Match')).toBe('a');
    expect(new TextDecoder().decode(change.body)).toContain('three');
  });

  it('§4.5 the end has entity tag, Expires 0 and no body', async () => {
    const { peer, clock, publication } = await setTheScene();
    peer.respond(peer.last('PUBLISH'), 200, stored('a'));
    await clock.advanceAsync(100);
    let gone = false;
    void publication.stop().then(() => (gone = true));
    await clock.advanceAsync(100);
    const last = peer.last('PUBLISH');
    expect([last.headers.get('SIP-If-Match'), last.headers.get('Expires'), last.body.length]).toEqual(['a', '0', 0]);
    peer.respond(last, 200, stored('b', '0'));
    await clock.advanceAsync(100);
    expect(gone).toBe(true);
    await clock.advanceAsync(100_000);
    expect(clock.pending).toBe(0);
  });

  it('§5 412: MUST begin anew, without entity tag and with the whole state', async () => {
    const { peer, clock } = await setTheScene();
    peer.respond(peer.last('PUBLISH'), 200, stored('a'));
    await clock.advanceAsync(511_000);
    peer.respond(peer.last('PUBLISH'), 412);
    await clock.advanceAsync(100);
    const anew = peer.last('PUBLISH');
    expect(anew.headers.has('SIP-If-Match')).toBe(false);
    expect(anew.body.length).toBeGreaterThan(0);
  });

  it('§5 423: takes the Min-Expires, once', async () => {
    const { peer, clock, phases } = await setTheScene();
    peer.respond(peer.last('PUBLISH'), 423, { headers: [['Min-Expires', '900']] });
    await clock.advanceAsync(100);
    expect(peer.last('PUBLISH').headers.get('Expires')).toBe('900');
    peer.respond(peer.last('PUBLISH'), 423, { headers: [['Min-Expires', '900']] });
    await clock.advanceAsync(100_000);
    expect(phases.at(-1)).toBe('failed');
  });

  it('§5 489 is final; 503 waits for Retry-After', async () => {
    const refused = await setTheScene();
    refused.peer.respond(refused.peer.last('PUBLISH'), 489);
    await refused.clock.advanceAsync(3_600_000);
    expect(refused.publication.view.phase).toBe('failed');
    expect(refused.clock.pending).toBe(0);
    const busy = await setTheScene();
    busy.peer.respond(busy.peer.last('PUBLISH'), 503, { headers: [['Retry-After', '60']] });
    await busy.clock.advanceAsync(59_000);
    expect(busy.peer.count('PUBLISH')).toBe(1);
    await busy.clock.advanceAsync(2000);
    expect(busy.peer.count('PUBLISH')).toBeGreaterThan(1);
  });
});

describe('RFC 3903 event state compositor', () => {
  interface Scene extends CallScene {
    readonly peer: ScriptedPeer;
    readonly compositor: EventStateCompositor;
    readonly changes: string[];
    /** Sends a PUBLISH, with a note in its body where one is given. */
    readonly publish: (headers: readonly (readonly [string, string])[], note?: string) => Promise<void>;
  }

  async function setTheScene(): Promise<Scene> {
    const scene = await setCallScene();
    const changes: string[] = [];
    const compositor = compose(scene, changes);
    const peer = await ScriptedPeer.start(scene.network, '192.0.2.9');
    let sequence = 0;
    const publish: Scene['publish'] = async (headers, note) => {
      const content = note === undefined ? {} : { content: state(note) };
      peer.call({ address: scene.bob.address, port: 5060 }, ++sequence, { method: 'PUBLISH', headers, ...content });
      await scene.clock.advanceAsync(100);
    };
    return { ...scene, peer, compositor, changes, publish };
  }

  it('§6 MUST give each success an entity tag of its own, a refresh included', async () => {
    const { peer, publish, compositor, changes } = await setTheScene();
    await publish([PRESENCE, ['Expires', '600']], 'one');
    const first = peer.lastResponse(200).headers.get('SIP-ETag') ?? '';
    await publish([PRESENCE, ['SIP-If-Match', first]]);
    const second = peer.lastResponse(200).headers.get('SIP-ETag') ?? '';
    expect(second).not.toBe(first);
    expect(notes(compositor)).toEqual(['one']);
    expect(changes).toEqual(['agent']);
    await publish([PRESENCE, ['SIP-If-Match', second]], 'two');
    expect(notes(compositor)).toEqual(['two']);
    expect(changes).toEqual(['agent', 'agent']);
  });

  it('§6 MUST refuse an entity tag that it does not know with 412, an old one included', async () => {
    const { peer, publish } = await setTheScene();
    await publish([PRESENCE], 'one');
    const first = peer.lastResponse(200).headers.get('SIP-ETag') ?? '';
    await publish([PRESENCE, ['SIP-If-Match', first]]);
    await publish([PRESENCE, ['SIP-If-Match', first]]);
    expect(peer.heard.at(-1)).toBe('412');
    await publish([PRESENCE, ['SIP-If-Match', 'x'], ['SIP-If-Match', 'y']]); // prettier-ignore
    expect(peer.heard.at(-1)).toBe('400');
  });

  it('§6 MUST forget what expires, and what is taken back with Expires 0', async () => {
    const { peer, publish, compositor, clock, changes } = await setTheScene();
    await publish([PRESENCE, ['Expires', '60']], 'one');
    await publish([PRESENCE, ['Expires', '600']], 'two');
    const second = peer.lastResponse(200).headers.get('SIP-ETag') ?? '';
    await clock.advanceAsync(61_000);
    expect(notes(compositor)).toEqual(['two']);
    await publish([PRESENCE, ['Expires', '0'], ['SIP-If-Match', second]]);
    expect(notes(compositor)).toEqual([]);
    expect(changes).toHaveLength(4);
    await clock.advanceAsync(100_000);
    expect(clock.pending).toBe(0);
  });

  it.each([
    ['another event', [['Event', 'weather']], 'one', 489],
    ['no event', [], 'one', 489],
    ['too short a time', [PRESENCE, ['Expires', '5']], 'one', 423],
    ['no body', [PRESENCE], undefined, 400],
  ] as const)('§6 refuses %s', async (_what, headers, note, status) => {
    const { peer, publish, compositor } = await setTheScene();
    await publish(headers, note);
    expect(peer.heard).toEqual([String(status)]);
    expect(notes(compositor)).toEqual([]);
  });

  it('§6 refuses another type with 415 and Accept, and another resource with 404', async () => {
    const { peer, bob, clock } = await setTheScene();
    const to = { address: bob.address, port: 5060 };
    const content = { content: new TextEncoder().encode('x'), contentType: 'text/plain' };
    peer.call(to, 1, { method: 'PUBLISH', headers: [PRESENCE], content });
    await clock.advanceAsync(50);
    expect(peer.lastResponse(415).headers.get('Accept')).toBe(PIDF_TYPE);
    const uri = sipUri({ user: 'nobody', host: bob.address });
    peer.call(to, 2, { method: 'PUBLISH', headers: [PRESENCE], content: state('x'), uri });
    await clock.advanceAsync(50);
    expect(peer.heard.at(-1)).toBe('404');
  });

  it('§14 one resource cannot have more than its share', async () => {
    const { peer, publish } = await setTheScene();
    for (const note of ['1', '2', '3', '4']) await publish([PRESENCE], note);
    expect(peer.heard).toEqual(['200', '200', '200', '503']);
  });

  it('§11.1.3 without a compositor PUBLISH is a method that is not allowed', async () => {
    const scene = await setCallScene();
    const peer = await ScriptedPeer.start(scene.network, '192.0.2.9');
    const to = { address: scene.bob.address, port: 5060 };
    peer.call(to, 1, { method: 'PUBLISH', headers: [PRESENCE], content: state('x') });
    await scene.clock.advanceAsync(50);
    expect(peer.lastResponse(405).headers.get('Allow')).not.toContain('PUBLISH');
  });
});

const FLOWS: Readonly<Record<string, CallFlow>> = {
  'a presence that changes': async (scene) => {
    const compositor = compose(scene);
    const publication = publisher(scene, scene.bob);
    publication.publish(state('one'));
    await scene.clock.advanceAsync(40_000);
    publication.publish(state('two'));
    await scene.clock.advanceAsync(60_000);
    expect(notes(compositor).at(-1)).toBe('two');
    void publication.stop();
    await scene.clock.advanceAsync(800_000);
    expect(notes(compositor)).toEqual([]);
  },
};

describeLegalEnds(FLOWS);
