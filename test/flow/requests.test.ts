import { describe, expect, it } from 'vitest';
import { Secret } from '../../core/base/secret.ts';
import { ClientDigest } from '../../core/sip/auth/client-digest.ts';
import { sipUri, type Uri } from '../../core/sip/message/uri.ts';
import type { RequestTarget } from '../../core/sip/ua/out-of-dialog-request.ts';
import type { PagerMessage } from '../../core/sip/ua/pager-message.ts';
import { receivedInfoPackages } from '../../core/sip/ua/info-package.ts';
import { establish, FOR_EVER_MS, setCallScene, describeLegalEnds, type CallScene } from '../support/call-scene.ts';
import { FlowAgent } from '../support/flow-agents.ts';
import { ScriptedPeer } from '../support/scripted-peer.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { hash } from '../unit/sip/auth/node-hash.ts';

type Fields = readonly (readonly [string, string])[];

interface Scene extends CallScene {
  readonly peer: ScriptedPeer;
  /** Sends a request to Bob that is outside any dialog. */
  readonly ask: (
    method: string,
    headers?: Fields,
    content?: { readonly contentType: string; readonly text: string },
    uri?: Uri,
  ) => Promise<void>;
}

async function setTheScene(): Promise<Scene> {
  const scene = await setCallScene();
  const { network, bob, clock } = scene;
  const peer = await ScriptedPeer.start(network, '192.0.2.9');
  let sequence = 0;
  return {
    ...scene,
    peer,
    ask: async (method, headers = [], content, uri) => {
      peer.call({ address: bob.address, port: 5060 }, ++sequence, {
        method,
        headers,
        ...(content === undefined
          ? {}
          : { content: { contentType: content.contentType, content: new TextEncoder().encode(content.text) } }),
        ...(uri === undefined ? {} : { uri }),
      });
      await clock.advanceAsync(100);
    },
  };
}

async function targetOf(agent: FlowAgent, other: { readonly address: string }): Promise<RequestTarget> {
  return {
    flow: await agent.flowTo(other),
    target: sipUri({ user: 'agent', host: other.address, port: 5060 }),
    from: { uri: agent.uri() },
    digest: undefined,
  };
}

describe('RFC 3261 requests outside any dialog', () => {
  it('§8.2.1 MUST answer a method that it does not know with 405 and Allow', async () => {
    const { peer, ask } = await setTheScene();
    await ask('TELEPORT');
    expect(peer.lastResponse(405).headers.get('Allow')).toMatch(/INVITE.*OPTIONS.*REFER/);
  });

  it('§8.2.2.1 SHOULD answer a scheme that it does not know with 416, and a user that is none of ours with 404', async () => {
    const { peer, bob, ask } = await setTheScene();
    await ask('OPTIONS', [], undefined, { scheme: 'other', text: 'mailto:bob@example.org' });
    expect(peer.heard.at(-1)).toBe('416');
    bob.use({ refuseUri: (uri) => (uri.scheme === 'sip' && uri.user !== 'bob' ? 404 : undefined) });
    await ask('OPTIONS');
    expect(peer.heard.at(-1)).toBe('404');
    await ask('OPTIONS', [], undefined, sipUri({ user: 'bob', host: bob.address }));
    expect(peer.heard.at(-1)).toBe('200');
  });

  it('§8.2.2.3 MUST answer what it cannot do with 420 and Unsupported', async () => {
    const { peer, ask } = await setTheScene();
    await ask('OPTIONS', [['Require', 'timer, teleport']]);
    expect(peer.lastResponse(420).headers.get('Unsupported')).toBe('teleport');
  });

  it('§8.2.2.2 MUST answer a request that came by two ways with 482', async () => {
    const { peer, bob, clock } = await setTheScene();
    const to = { address: bob.address, port: 5060 };
    peer.call(to, 1, { method: 'MESSAGE' });
    peer.call(to, 1, { method: 'MESSAGE' });
    await clock.advanceAsync(100);
    expect(peer.count('482')).toBe(1);
  });

  it('§8.2.3 MUST answer a type that it cannot read with 415 and Accept, an encoding with Accept-Encoding', async () => {
    const { peer, ask } = await setTheScene();
    await ask('INVITE', [], { contentType: 'application/weather', text: 'rain' });
    expect(peer.lastResponse(415).headers.get('Accept')).toBe('application/sdp');
    await ask('MESSAGE', [['Content-Encoding', 'gzip']], { contentType: 'text/plain', text: 'x' });
    expect(peer.lastResponse(415).headers.get('Accept-Encoding')).toBe('identity');
  });

  it('§8.2.3 ignores a body that says that it may be', async () => {
    const { bob, ask } = await setTheScene();
    await ask('INVITE', [['Content-Disposition', 'render;handling=optional']], { contentType: 'text/html', text: 'x' });
    expect(bob.incoming).toHaveLength(1);
    for (const { session } of bob.incoming) session.reject(486);
  });

  it.each(['BYE', 'INFO', 'UPDATE', 'PRACK', 'NOTIFY'])(
    '§12.2.2 MUST answer %s outside any dialog with 481',
    async (method) => {
      const { peer, ask } = await setTheScene();
      await ask(method);
      expect(peer.heard).toEqual(['481']);
    },
  );
});

describe('RFC 3261 OPTIONS', () => {
  it('§11.2 tells all that we can do', async () => {
    const { peer, ask } = await setTheScene();
    await ask('OPTIONS');
    const { headers } = peer.lastResponse(200);
    expect(headers.get('Allow')).toContain('SUBSCRIBE');
    expect(headers.get('Accept')).toContain('application/sdp');
    expect(headers.get('Accept-Encoding')).toBe('identity');
    expect(headers.get('Accept-Language')).toBe('en');
    expect(headers.get('Supported')).toContain('replaces');
    expect(headers.get('Allow-Events')).toContain('refer');
  });

  it('§11.2 MUST answer with the status that an INVITE would get', async () => {
    const { peer, bob, ask } = await setTheScene();
    bob.use({ availability: () => 486 });
    await ask('OPTIONS');
    expect(peer.heard).toEqual(['486']);
    expect(peer.lastResponse(486).headers.has('Allow')).toBe(true);
  });

  it('§11.1 asks with Contact and Accept', async () => {
    const { clock, alice, bob } = await setTheScene();
    const asked = alice.userAgent.options(await targetOf(alice, bob));
    await clock.advanceAsync(100);
    expect(await asked).toMatchObject({ ok: true, value: { status: 200 } });
  });

  it('§8.1.3.4 follows a redirection where it may, and only then', async () => {
    const { clock, alice, bob, peer } = await setTheScene();
    const target = await targetOf(alice, peer);
    const moved = [['Contact', `<sip:agent@${bob.address}:5060>`]] as const;
    const stays = alice.userAgent.options(target);
    await clock.advanceAsync(50);
    peer.respond(peer.last('OPTIONS'), 302, { headers: moved });
    await clock.advanceAsync(50);
    expect(await stays).toMatchObject({ ok: true, value: { status: 302 } });
    const goes = alice.userAgent.options({
      ...target,
      redirection: { connect: async (uri) => ({ ok: true, value: await alice.flowTo({ address: uri.host }) }) },
    });
    await clock.advanceAsync(50);
    peer.respond(peer.last('OPTIONS'), 302, { headers: moved });
    await clock.advanceAsync(200);
    expect(await goes).toMatchObject({ ok: true, value: { status: 200 } });
  });

  it('§22.2 answers a challenge', async () => {
    const { clock, alice, peer } = await setTheScene();
    const random = new SeededRandom(5);
    const digest = new ClientDigest({ username: 'alice', password: new Secret('secret'), hash, random });
    const asked = alice.userAgent.message({ ...(await targetOf(alice, peer)), digest }, 'hello');
    await clock.advanceAsync(50);
    peer.respond(peer.last('MESSAGE'), 401, {
      headers: [['WWW-Authenticate', 'Digest realm="r", nonce="n", qop="auth"']],
    });
    await clock.advanceAsync(50);
    const again = peer.last('MESSAGE');
    expect(again.headers.get('Authorization')).toContain('username="alice"');
    expect(again.cseq?.sequence).toBe(2);
    peer.respond(again, 202);
    await clock.advanceAsync(50);
    expect(await asked).toMatchObject({ ok: true, value: { status: 202 } });
  });

  it('§17.1.2.2 nobody answers: a diagnosis comes', async () => {
    const { clock, alice, peer } = await setTheScene();
    const asked = alice.userAgent.options(await targetOf(alice, peer));
    await clock.advanceAsync(40_000);
    expect(await asked).toMatchObject({ ok: false, error: { code: 'sip.timeout' } });
  });
});

describe('RFC 3428 MESSAGE', () => {
  it('§4 MUST NOT have a Contact, and has a text', async () => {
    const { clock, alice, peer } = await setTheScene();
    void alice.userAgent.message(await targetOf(alice, peer), 'Watson, come here. Ü');
    await clock.advanceAsync(50);
    const message = peer.last('MESSAGE');
    expect(message.headers.has('Contact')).toBe(false);
    expect(message.contentType).toBe('text/plain');
    expect(new TextDecoder().decode(message.body)).toBe('Watson, come here. Ü');
    peer.respond(message, 200);
    await clock.advanceAsync(50);
  });

  it('§8 MUST NOT be larger than 1,300 octets over UDP', async () => {
    const { clock, network, alice, peer } = await setTheScene();
    const target = await targetOf(alice, peer);
    const sent = alice.userAgent.message(target, 'x'.repeat(1000));
    expect(await sent).toMatchObject({ ok: false, error: { code: 'sip.status.513', side: 'here' } });
    void alice.userAgent.message(target, 'x'.repeat(700));
    await clock.advanceAsync(50);
    expect(network.packets.length).toBe(1);
    expect(network.packets[0]?.octets.length).toBeLessThanOrEqual(1300);
    peer.respond(peer.last('MESSAGE'), 200);
    await clock.advanceAsync(50);
  });

  it('§7 gives it to the user, whose status is the answer; without a user it is 480', async () => {
    const { peer, bob, ask } = await setTheScene();
    const messages: PagerMessage[] = [];
    await ask('MESSAGE', [], { contentType: 'text/plain', text: 'hello' });
    expect(peer.heard.at(-1)).toBe('480');
    bob.use({
      onMessage: (message) => {
        messages.push(message);
        return 202;
      },
    });
    await ask('MESSAGE', [], { contentType: 'text/plain; charset=utf-8', text: 'hello' });
    expect(peer.heard.at(-1)).toBe('202');
    expect(messages[0]).toMatchObject({ text: 'hello', composing: undefined });
    expect(peer.lastResponse(202).headers.has('Contact')).toBe(false);
  });

  it('§7 MUST refuse a type that it cannot show with 415', async () => {
    const { peer, bob, ask } = await setTheScene();
    bob.use({ onMessage: () => 200 });
    await ask('MESSAGE', [], { contentType: 'text/html', text: '<b>' });
    expect(peer.lastResponse(415).headers.get('Accept')).toContain('text/plain');
  });

  it('RFC 3994 §3.1 takes the news that somebody is writing', async () => {
    const { bob, ask } = await setTheScene();
    const composing: (boolean | undefined)[] = [];
    bob.use({
      onMessage: (message) => {
        composing.push(message.composing);
        return 200;
      },
    });
    const document = (state: string) => ({
      contentType: 'application/im-iscomposing+xml',
      text: `<isComposing xmlns="urn:ietf:params:xml:ns:im-iscomposing"><state>${state}</state></isComposing>`,
    });
    await ask('MESSAGE', [], document('active'));
    await ask('MESSAGE', [], document('idle'));
    expect(composing).toEqual([true, false]);
  });

  it('§4 within a call it is taken, too', async () => {
    const scene = await setCallScene();
    const texts: (string | undefined)[] = [];
    scene.bob.use({
      onMessage: ({ text }) => {
        texts.push(text);
        return 200;
      },
    });
    const call = await establish(scene);
    const sent = call?.session.request('MESSAGE', {
      contentType: 'text/plain',
      content: new TextEncoder().encode('hi'),
    });
    await scene.clock.advanceAsync(100);
    expect(await sent).toMatchObject({ ok: true, value: { status: 200 } });
    expect(texts).toEqual(['hi']);
  });
});

describe('RFC 6086 INFO', () => {
  it('§4.2.1 MUST answer an Info Package that it does not take with 469 and Recv-Info, and INFO without one as before', async () => {
    const scene = await setCallScene();
    const call = await establish(scene);
    const refused = call?.session.request('INFO', undefined, [['Info-Package', 'weather']]);
    const taken = call?.session.request('INFO', { contentType: 'application/dtmf-relay', content: new Uint8Array(1) });
    await scene.clock.advanceAsync(100);
    const answered = await refused;
    expect(answered).toMatchObject({ ok: true, value: { status: 469 } });
    expect(answered?.ok === true && receivedInfoPackages(answered.value)).toEqual([]);
    expect(await taken).toMatchObject({ ok: true, value: { status: 200 } });
  });

  it('§4.2.2 reads which packages a peer takes', async () => {
    const { peer, ask } = await setTheScene();
    await ask('OPTIONS');
    const response = peer.lastResponse(200);
    expect(receivedInfoPackages(response)).toBeUndefined();
    response.headers.append('Recv-Info', 'Foo;x=1, bar');
    expect(receivedInfoPackages(response)).toEqual(['foo', 'bar']);
  });
});

/** A call of Alice and Bob, and a caller who names it. */
async function replaceScene(state: 'established' | 'ringing' = 'established') {
  const scene = await setTheScene();
  const { alice, bob, clock } = scene;
  const { session } = await alice.callTo(bob);
  await session.start();
  await clock.advanceAsync(500);
  if (state === 'established') await bob.incoming[0]?.session.accept();
  await clock.advanceAsync(500);
  const incoming = bob.incoming[0]?.session;
  const id = incoming?.dialog?.id;
  if (incoming === undefined || id === undefined) throw new Error('no call');
  const reference = `${id.callId};to-tag=${id.localTag};from-tag=${id.remoteTag ?? '0'}`;
  const own = session.dialog?.id;
  const early = `${id.callId};to-tag=${own?.localTag ?? ''};from-tag=${own?.remoteTag ?? ''}`;
  return { ...scene, session, incoming, reference, early };
}

describe.each(['Replaces', 'Join'] as const)('RFC 3891 and RFC 3911: INVITE with %s', (header) => {
  it('§3 and §4: MUST be refused with 481 where it names no call of ours', async () => {
    const { peer, ask } = await replaceScene();
    await ask('INVITE', [[header, 'x@y;to-tag=1;from-tag=2']]);
    expect(peer.heard).toEqual(['481']);
  });

  it('§3 and §4: MUST be refused with 400 where there are two, where one cannot be read, or where both are', async () => {
    const { peer, ask, reference } = await replaceScene();
    await ask('INVITE', [[header, reference], [header, reference]]); // prettier-ignore
    await ask('INVITE', [[header, 'nonsense']]);
    await ask('INVITE', [['Replaces', reference], ['Join', reference]]); // prettier-ignore
    expect(peer.heard).toEqual(['400', '400', '400']);
  });

  it('§3 and §4: SHOULD be declined with 603 where the call has ended', async () => {
    const { peer, ask, reference, session, clock } = await replaceScene();
    session.hangUp();
    await clock.advanceAsync(1000);
    await ask('INVITE', [[header, reference]]);
    expect(peer.heard).toEqual(['603']);
  });
});

describe('RFC 3891 Replaces', () => {
  it('§3 MUST end the call that is replaced, and only once the new one is accepted', async () => {
    const { peer, ask, reference, incoming, bob, clock, session } = await replaceScene();
    await ask('INVITE', [['Replaces', reference]]);
    expect(incoming.state).toBe('established');
    await bob.incoming[1]?.session.accept();
    await clock.advanceAsync(100);
    expect(incoming.state).toBe('ended');
    expect(session.state).toBe('ended');
    expect(peer.count('200')).toBe(1);
  });

  it('§3 the user is told which call it is, and may refuse', async () => {
    const { peer, ask, reference, incoming, bob } = await replaceScene();
    bob.use({
      onInvite: (transaction, replaced) => {
        bob.userAgent.reply(transaction, replaced === incoming ? 403 : 500);
      },
    });
    await ask('INVITE', [['Replaces', reference]]);
    expect(peer.heard).toEqual(['403']);
    expect(incoming.state).toBe('established');
  });

  it('§3 early-only: MUST be refused with 486 where the call is answered', async () => {
    const { peer, ask, reference, incoming } = await replaceScene();
    await ask('INVITE', [['Replaces', `${reference};early-only`]]);
    expect(peer.heard).toEqual(['486']);
    expect(incoming.state).toBe('established');
  });

  it('§3 MUST be refused with 481 where the call rings here, since the caller alone can take it back', async () => {
    const { peer, ask, reference } = await replaceScene('ringing');
    await ask('INVITE', [['Replaces', reference]]);
    expect(peer.heard).toEqual(['481']);
  });

  it('§3 a call of ours that rings there is taken back, and the new one taken', async () => {
    const { peer, alice, early, session, incoming, clock } = await replaceScene('ringing');
    alice.onCall = (call) => void call.accept();
    peer.call({ address: alice.address, port: 5060 }, 1, { headers: [['Replaces', early]], body: 'offer' });
    await clock.advanceAsync(200);
    expect(peer.count('200')).toBe(1);
    expect(session.state).toBe('ended');
    expect(incoming.state).toBe('ended');
  });
});

describe('RFC 3911 Join', () => {
  it('§4 MUST be refused with 488 by who cannot join calls', async () => {
    const { peer, ask, reference } = await replaceScene();
    await ask('INVITE', [['Join', reference]]);
    expect(peer.heard).toEqual(['488']);
  });

  it('§4 the user gets the INVITE with the call that it joins, which goes on', async () => {
    const { ask, reference, incoming, bob } = await replaceScene();
    const joined: unknown[] = [];
    bob.use({
      onJoin: (transaction, session) => {
        joined.push(session);
        bob.userAgent.reply(transaction, 486);
      },
    });
    await ask('INVITE', [['Join', reference]]);
    expect(joined).toEqual([incoming]);
    expect(incoming.state).toBe('established');
  });
});

describe('RFC 3515 REFER that cannot be followed', () => {
  it.each([
    ['no Refer-To', [], 400],
    ['two', [['Refer-To', '<sip:a@b>'], ['Refer-To', '<sip:c@d>']], 400],
    ['a page of the web', [['Refer-To', '<http://example.org/>']], 416],
    ['a program', [['Refer-To', '<file:///bin/sh>']], 416],
    ['somebody, where nobody decides', [['Refer-To', '<sip:a@b>']], 603],
  ] as const)('§2.4.2 MUST be refused: %s', async (_what, headers, status) => {
    const { peer, ask } = await setTheScene();
    await ask('REFER', headers);
    expect(peer.heard).toEqual([String(status)]);
  }); // prettier-ignore

  it('§2.4.2 takes Replaces out of the Refer-To, and no other header', async () => {
    const { bob, ask } = await setTheScene();
    const headers: unknown[] = [];
    bob.use({
      onRefer: (referral) => {
        headers.push(referral.headers);
        referral.refuse();
      },
    });
    await ask('REFER', [['Refer-To', '<sip:a@b?Replaces=x%40y%3Bto-tag%3D1%3Bfrom-tag%3D2&Route=%3Csip:evil%3E>']]);
    await ask('REFER', [['Refer-To', '<sip:a@b?Replaces=nonsense>'], ['Referred-By', '<sip:r@b>']]); // prettier-ignore
    expect(headers).toEqual([
      [['Replaces', 'x@y;to-tag=1;from-tag=2'], ['Require', 'replaces']],
      [['Referred-By', '<sip:r@b>']],
    ]); // prettier-ignore
  });
});

describeLegalEnds({
  'a message and a question': async ({ clock, alice, bob }) => {
    bob.use({ onMessage: () => 200 });
    const target = await targetOf(alice, bob);
    const sent = alice.userAgent.message(target, 'hello');
    const asked = alice.userAgent.options(target);
    await clock.advanceAsync(FOR_EVER_MS);
    expect([await sent, await asked]).toMatchObject([{ value: { status: 200 } }, { value: { status: 200 } }]);
  },
});
