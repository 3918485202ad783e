import { describe, expect, it } from 'vitest';
import { createRequest } from '../../core/sip/message/factory.ts';
import type { SipMessage, SipRequest } from '../../core/sip/message/message.ts';
import { bodyOf } from '../../core/sip/ua/bodies.ts';
import { ScriptedScene } from '../support/scripted-scene.ts';

const textOf = (message: SipMessage): string | undefined => {
  const body = bodyOf(message);
  return body && new TextDecoder().decode(body.content);
};

const contactOf = ({ headers }: SipMessage): string | undefined => headers.get('Contact');

/** A CANCEL for an INVITE of the peer, with more headers than it may have. */
function cancelOf(invite: SipRequest, headers: readonly (readonly [string, string])[]): SipRequest {
  return createRequest({
    method: 'CANCEL',
    uri: invite.uri,
    headers: [
      ...['Via', 'Max-Forwards', 'From', 'To', 'Call-ID'].map(
        (name) => [name, invite.headers.get(name) ?? ''] as const,
      ),
      ['CSeq', `${invite.cseq?.sequence ?? 0} CANCEL`],
      ...headers,
    ],
  });
}

describe('RFC 3261 an INVITE of ours', () => {
  it('§8.1.1 MUST have To, From, CSeq, Call-ID, Max-Forwards and Via', async () => {
    const { invite } = await (await ScriptedScene.set()).call();
    const missing = ['To', 'From', 'CSeq', 'Call-ID', 'Max-Forwards', 'Via'].filter(
      (name) => !invite.headers.has(name),
    );
    expect(missing).toEqual([]);
  });

  it('§8.1.1.2 MUST NOT have a To tag', async () => {
    const { invite } = await (await ScriptedScene.set()).call();
    expect(invite.to).toBeDefined();
    expect(invite.toTag).toBeUndefined();
  });

  it('§8.1.1.3, §8.1.1.4 the From tag and the Call-ID MUST be new for each call', async () => {
    const scene = await ScriptedScene.set();
    const first = (await scene.call()).invite;
    const second = (await scene.call()).invite;
    expect(first.fromTag).toMatch(/^\S{8,}$/);
    expect(second.fromTag).not.toBe(first.fromTag);
    expect(second.callId).not.toBe(first.callId);
  });

  it('§8.1.1.5 the method in CSeq MUST be that of the request', async () => {
    const { invite } = await (await ScriptedScene.set()).call();
    expect(invite.cseq).toMatchObject({ method: 'INVITE' });
  });

  it('§8.1.1.6 MUST have Max-Forwards, which SHOULD be 70', async () => {
    const { invite } = await (await ScriptedScene.set()).call();
    expect(invite.headers.getAll('Max-Forwards')).toEqual(['70']);
  });

  it('§8.1.1.7 MUST have one Via, of SIP/2.0, with a branch', async () => {
    const { invite } = await (await ScriptedScene.set()).call();
    expect(invite.headers.getAll('Via')).toEqual([
      expect.stringMatching(/^SIP\/2\.0\/UDP 192\.0\.2\.1:5060;branch=z9hG4bK/),
    ]);
  });

  it('§8.1.1.8 MUST have exactly one Contact, a SIP URI that reaches us', async () => {
    const { invite } = await (await ScriptedScene.set()).call();
    expect(invite.headers.getAll('Contact')).toEqual(['<sip:agent@192.0.2.1:5060>']);
  });

  it('§8.1.1.8 the Contact MUST be a SIPS URI where the Request-URI is one', async () => {
    const scene = await ScriptedScene.set();
    const { invite, session } = await scene.call([], { target: { ...scene.alice.uri(), scheme: 'sips' } });
    expect(contactOf(invite)).toBe('<sips:agent@192.0.2.1:5060>');
    scene.peer.respond(invite, 200, { body: 'answer' });
    await scene.pass();
    void session.renegotiate();
    await scene.pass();
    expect(contactOf(scene.peer.last('INVITE'))).toBe('<sips:agent@192.0.2.1:5060>');
  });

  it('§13 and §13.2.1 SHOULD say in Allow and Supported what we can do, and ACK, CANCEL and BYE MUST be there', async () => {
    const { invite } = await (await ScriptedScene.set()).call();
    expect(invite.headers.get('Allow')?.split(', ')).toEqual(
      expect.arrayContaining(['ACK', 'BYE', 'CANCEL', 'OPTIONS']),
    );
    expect(invite.headers.has('Supported')).toBe(true);
  });

  it('§7.4.1 MUST name the type of its body', async () => {
    const { invite } = await (await ScriptedScene.set()).call();
    expect([invite.contentType, textOf(invite)]).toEqual(['application/sdp', 'offer']);
  });
});

describe('RFC 3261 responses to an INVITE of ours', () => {
  it.each([150, 199])('§8.1.3.2 a provisional response %i that nobody knows MUST count as 183', async (status) => {
    const scene = await ScriptedScene.set();
    const { invite, session, diary } = await scene.call();
    scene.peer.respond(invite, status);
    await scene.pass();
    expect([session.state, diary.entries]).toEqual(['early', [`progress ${status}`]]);
  });

  it.each([300, 399, 400, 499, 500, 599, 600, 699])(
    '§8.1.3.2 a final response %i MUST be coped with as one of its class, whether known or not',
    async (status) => {
      const scene = await ScriptedScene.set();
      const { invite, session, diary } = await scene.call();
      scene.peer.respond(invite, status);
      await scene.pass();
      expect(diary.end).toMatchObject({ by: 'there', cause: 'refused', status });
      expect([session.state, scene.peer.heard]).toEqual(['ended', ['INVITE', 'ACK']]);
    },
  );

  it('§13.2.2.3 a final response behind a refusal MUST be ignored', async () => {
    const scene = await ScriptedScene.set();
    const { invite, diary } = await scene.call();
    scene.peer.respond(invite, 486);
    await scene.pass();
    scene.peer.respond(invite, 503);
    await scene.pass();
    expect(diary.entries.filter((entry) => entry.startsWith('ended'))).toHaveLength(1);
    expect(diary.end?.status).toBe(486);
  });

  it('§8.1.3.2 100 and 183 MUST be coped with', async () => {
    const scene = await ScriptedScene.set();
    const { invite, session, diary } = await scene.call();
    scene.peer.respond(invite, 100);
    scene.peer.respond(invite, 183);
    await scene.pass();
    expect([session.state, diary.entries]).toEqual(['early', ['progress 183']]);
  });
});

describe('RFC 3261 an INVITE that comes', () => {
  it('§8.2.2 a header field that nobody knows MUST be ignored', async () => {
    const scene = await ScriptedScene.set();
    await scene.calledByPeer({ headers: [['X-Weather', 'rain'], ['Alert-Info', 'not an address']], body: 'offer' }); // prettier-ignore
    expect(scene.peer.heard).toEqual(['180']);
  });

  it('§8.2.6.2 and §13.3.1.1 all responses but 100 MUST have the same To tag, of one dialog', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.calledByPeer();
    session.progress(183);
    await session.accept();
    await scene.pass();
    const tags = [180, 183, 200].map((status) => scene.peer.lastResponse(status).toTag);
    expect(tags[0]).toBeDefined();
    expect(new Set(tags).size).toBe(1);
  });

  it('§12.1.1 what makes a dialog MUST have a Contact, and Record-Route as it came', async () => {
    const scene = await ScriptedScene.set();
    const routes = ['<sip:p2@192.0.2.9;lr;x=1>;y=2', '<sip:p1@192.0.2.9>'];
    const { session } = await scene.calledByPeer({
      headers: routes.map((route) => ['Record-Route', route] as const),
      body: 'offer',
    });
    await session.accept();
    await scene.pass();
    for (const status of [180, 200]) {
      const response = scene.peer.lastResponse(status);
      expect(response.headers.getAll('Record-Route')).toEqual(routes);
      expect(contactOf(response)).toBe('<sip:agent@192.0.2.1:5060>');
    }
  });

  it.each<readonly [string, readonly (readonly [string, string])[], 'sip' | 'sips', 'sip' | 'sips']>([
    ['the Request-URI', [], 'sips', 'sips'],
    ['the top Record-Route', [['Record-Route', '<sips:p@192.0.2.9;lr>']], 'sip', 'sips'],
    ['the Contact, without Record-Route,', [['Contact', '<sips:peer@192.0.2.9>']], 'sip', 'sips'],
    [
      'no part that counts',
      [
        ['Record-Route', '<sip:p@192.0.2.9;lr>'],
        ['Contact', '<sips:a@192.0.2.9>'],
      ],
      'sip',
      'sip',
    ],
  ])('§12.1.1 where %s is SIPS the Contact MUST be as well', async (_, headers, scheme, expected) => {
    const scene = await ScriptedScene.set();
    const to = { address: scene.alice.address, port: 5060 };
    scene.peer.call(to, 1, { headers, body: 'offer', uri: { ...scene.alice.uri(), scheme } });
    await scene.pass();
    expect(contactOf(scene.peer.lastResponse(180))).toBe(`<${expected}:agent@192.0.2.1:5060>`);
  });

  it('§13.3.1.1 while it waits a provisional response MUST go each minute', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.calledByPeer();
    await scene.pass(59_000);
    expect(scene.peer.count('180')).toBe(1);
    await scene.pass(2000);
    expect(scene.peer.count('180')).toBe(2);
    await scene.pass(60_000);
    expect(scene.peer.count('180')).toBe(3);
    session.reject(486);
    await scene.pass(120_000);
    expect(scene.peer.count('180')).toBe(3);
  });

  it('§8.2.2.3 Require in a CANCEL MUST be ignored', async () => {
    const scene = await ScriptedScene.set();
    const { invite } = await scene.calledByPeer();
    scene.peer.send(cancelOf(invite, [['Require', 'teleport']]));
    await scene.pass();
    expect(scene.peer.heard).toEqual(['180', '200', '487']);
  });

  it('§8.2.2.3 Require in an ACK does no harm', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.calledByPeer();
    await session.accept();
    await scene.pass();
    scene.inCall('ACK', 1, { headers: [['Require', 'teleport']] });
    await scene.pass(60_000);
    expect(scene.peer.heard).toEqual(['180', '200']);
  });

  it('§13.3.1.4 the 2xx is sent again from T1 on, doubling to T2, until its ACK comes', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.calledByPeer();
    await session.accept();
    const counts = [];
    for (const ms of [400, 600, 2000, 4000, 4000]) {
      await scene.pass(ms);
      counts.push(scene.peer.count('200'));
    }
    expect(counts).toEqual([1, 2, 3, 4, 5]);
    scene.inCall('ACK', 1);
    await scene.pass(60_000);
    expect(scene.peer.count('200')).toBe(5);
  });

  it('§13.3.1.4 without an ACK the session SHOULD be ended by BYE after 64*T1', async () => {
    const scene = await ScriptedScene.set();
    const { session, diary } = await scene.calledByPeer();
    await session.accept();
    await scene.pass(31_000);
    expect(scene.peer.count('BYE')).toBe(0);
    await scene.pass(5000);
    expect(scene.peer.count('BYE')).toBeGreaterThan(0);
    expect(diary.end?.cause).toBe('failed');
  });

  it('§13.3.1.4 the 2xx MUST have an answer where the INVITE had an offer, and §13.3.1 an offer where it had none', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.calledByPeer();
    await session.accept();
    await scene.pass();
    expect(textOf(scene.peer.lastResponse(200))).toMatch(/^answer/);
    const other = await ScriptedScene.set();
    const late = await other.calledByPeer({});
    await late.session.accept();
    await other.pass();
    expect(textOf(other.peer.lastResponse(200))).toMatch(/^offer/);
  });
});

describe('RFC 3261 the end of a call', () => {
  it('§15 the callee MUST NOT send BYE in an early dialog, but refuses', async () => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.calledByPeer();
    session.hangUp();
    await scene.pass(5000);
    expect(scene.peer.count('BYE')).toBe(0);
    expect(scene.peer.lastResponse(603).toTag).toBeDefined();
  });

  it('§15 BYE MUST NOT be sent outside a dialog: a call that got no more than 100 is cancelled', async () => {
    const scene = await ScriptedScene.set();
    const { session, invite } = await scene.call();
    scene.peer.respond(invite, 100);
    await scene.pass();
    session.hangUp();
    await scene.pass();
    expect(scene.peer.heard).toEqual(['INVITE', 'CANCEL']);
  });

  it('§15.1.1 the session MUST be over as soon as BYE is sent, whatever is answered', async () => {
    const scene = await ScriptedScene.set();
    const { session, diary } = await scene.callThatStands();
    session.hangUp();
    expect(session.state).toBe('ended');
    expect(diary.end?.cause).toBe('bye');
  });

  it.each([200, 408, 481, 503, undefined])('§15.1.1 a BYE that meets %s MUST end the dialog', async (status) => {
    const scene = await ScriptedScene.set();
    const { session } = await scene.callThatStands();
    session.hangUp();
    await scene.pass();
    if (status !== undefined) scene.peer.respond(scene.peer.last('BYE'), status);
    await scene.pass(200_000);
    expect(scene.alice.alive).toEqual({ client: 0, server: 0, sessions: 0 });
  });
});
