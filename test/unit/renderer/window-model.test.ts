import { describe, expect, it } from 'vitest';
import type { ClientView, RequestFailure } from '../../../core/api/client.ts';
import type { Snapshot } from '../../../core/api/state.ts';
import { announcementsBetween } from '../../../renderer/app/announcements.ts';
import { WindowModel } from '../../../renderer/app/window-model.ts';
import { CHECKING, NAME_MISMATCH, NO_AUDIO, account, audio, call, snapshot } from '../../support/snapshots.ts';

/** A client whose state and answers the test gives. */
function setUp(initial: Partial<Snapshot> | null = {}) {
  let view: ClientView = { connection: 'connecting', snapshot: null };
  let listener = (): void => undefined;
  let offer: (text: string) => void = () => undefined;
  let failure: RequestFailure | null = null;
  const asked: unknown[] = [];
  const model = new WindowModel({
    get view() {
      return view;
    },
    subscribe: (call) => {
      listener = call;
      return () => undefined;
    },
    onOffered: (call) => {
      offer = call;
      return () => undefined;
    },
    request: (name, input) => {
      asked.push([name, input]);
      return Promise.resolve(
        failure === null ? { ok: true, value: { callId: 'new' } as never } : { ok: false, error: failure },
      );
    },
  });
  const publish = (over: Partial<Snapshot>, connection: ClientView['connection'] = 'online'): void => {
    view = { connection, snapshot: snapshot(over) };
    listener();
  };
  if (initial !== null) publish(initial);
  return {
    model,
    asked,
    publish,
    offer: (text: string) => {
      offer(text);
    },
    fail: (with_: RequestFailure | null) => (failure = with_),
  };
}

const incoming = call({ id: 'in', direction: 'incoming', state: 'incoming', connectedAt: null });

describe('WindowModel', () => {
  it('shows a link that the desktop opened in the dial field, and calls nobody', () => {
    const { model, asked, offer } = setUp();
    model.show({ kind: 'settings' });
    offer('sip:1000@example.com');
    expect(model.state()).toMatchObject({ view: { kind: 'home' }, draft: 'sip:1000@example.com' });
    expect(asked).toEqual([]);
  });

  it('opens a call that rings here when the window is at rest', () => {
    const { model, publish } = setUp();
    publish({ calls: [incoming] });
    expect(model.state().view).toEqual({ kind: 'call', callId: 'in' });
  });

  it('leaves the view alone when somebody types, fills in a form or speaks', () => {
    const typing = setUp();
    typing.model.type('10');
    typing.publish({ calls: [incoming] });
    expect(typing.model.state().view.kind).toBe('home');

    const form = setUp();
    form.model.show({ kind: 'account-form' });
    form.publish({ calls: [incoming] });
    expect(form.model.state().view.kind).toBe('account-form');

    const speaking = setUp({ calls: [call()] });
    speaking.publish({ calls: [call(), incoming] });
    expect(speaking.model.state().view).toEqual({ kind: 'call', callId: 'call-1' });
  });

  it('lets a ringing call take the place of one that is over', () => {
    const { model, publish } = setUp({ calls: [call()] });
    publish({ calls: [call({ state: 'ended' })] });
    publish({ calls: [call({ state: 'ended' }), incoming] });
    expect(model.state().view).toEqual({ kind: 'call', callId: 'in' });
  });

  it('does not open again a call that was left while it rings', () => {
    const { model, publish } = setUp();
    publish({ calls: [incoming] });
    model.show({ kind: 'home' });
    publish({ calls: [incoming] });
    expect(model.state().view.kind).toBe('home');
  });

  it('shows the running call when the window is loaded in the middle of it', () => {
    expect(setUp({ calls: [call({ state: 'ended', id: 'old' }), call()] }).model.state().view).toEqual({ kind: 'call', callId: 'call-1' }); // prettier-ignore
  });

  it('goes home when the shown call is gone, but waits for one that the core has not published yet', async () => {
    const { model, publish, asked } = setUp();
    model.type(' 1001 ');
    await model.call(' 1001 ', null);
    expect(asked).toEqual([['call.start', { target: '1001', accountId: null }]]);
    expect(model.state()).toMatchObject({ view: { kind: 'call', callId: 'new' }, draft: '' });
    publish({});
    expect(model.state().view.kind).toBe('call');
    publish({ calls: [call({ id: 'new' })] });
    publish({ calls: [] });
    expect(model.state().view.kind).toBe('home');
  });

  it('keeps what was typed and gives a notice when a call cannot be started; trying again clears it', async () => {
    const { model, fail, asked } = setUp();
    model.type('1001');
    fail({ kind: 'timeout' });
    await model.call('1001', null);
    expect(model.state()).toMatchObject({ draft: '1001', view: { kind: 'home' } });
    expect(model.state().notices).toMatchObject([{ request: 'call.start', failure: { kind: 'timeout' } }]);
    fail(null);
    model.state().notices[0]?.retry();
    await Promise.resolve();
    await Promise.resolve();
    expect(asked).toHaveLength(2);
    await expect.poll(() => model.state().notices).toEqual([]);
  });

  it('shows one notice per request, and takes one away when told', async () => {
    const { model, fail } = setUp();
    fail({ kind: 'refused', diagnosis: NAME_MISMATCH });
    await model.ask('call.hangUp', { callId: 'a' });
    await model.ask('call.hangUp', { callId: 'a' });
    await model.ask('call.mute', { callId: 'a', muted: true });
    expect(model.state().notices.map(({ request }) => request)).toEqual(['call.hangUp', 'call.mute']);
    model.dismissNotice(model.state().notices[0]?.id ?? -1);
    expect(model.state().notices.map(({ request }) => request)).toEqual(['call.mute']);
  });

  it('keeps the last state while the connection is lost, and speaks of changes only', () => {
    const { model, publish } = setUp();
    const before = model.state();
    expect(before.spoken.announcements).toEqual([]);
    publish({ calls: [incoming] });
    expect(model.state().spoken).toMatchObject({ serial: 1, announcements: [{ kind: 'incoming' }] });
    publish({ calls: [incoming] }, 'lost');
    expect(model.state()).toMatchObject({ connection: 'lost', spoken: { serial: 1 } });
  });
});

describe('announcementsBetween', () => {
  const said = (before: Partial<Snapshot>, after: Partial<Snapshot>) =>
    announcementsBetween(snapshot(before), snapshot(after));

  it('says who rings, with which protection, at once', () => {
    expect(said({}, { calls: [incoming] })).toEqual([{ kind: 'incoming', urgent: true, name: 'Bob Baker', security: 'encrypted' }]); // prettier-ignore
  });
  it('says who holds whom, and what came of a transfer', () => {
    const held = call({ hold: { here: true, there: false } });
    const waiting = call({ hold: { here: false, there: true } });
    const name = 'Bob Baker';
    expect(said({ calls: [call()] }, { calls: [held] })).toEqual([{ kind: 'held', urgent: false, name }]);
    expect(said({ calls: [held] }, { calls: [call()] })).toEqual([{ kind: 'resumed', urgent: false, name }]);
    expect(said({ calls: [call()] }, { calls: [waiting] })).toEqual([{ kind: 'heldThere', urgent: true, name }]);
    expect(said({ calls: [waiting] }, { calls: [call()] })).toEqual([{ kind: 'resumedThere', urgent: true, name }]);
    const sent = (state: 'sending' | 'done' | 'failed') =>
      call({ transfer: { state, target: '1002', diagnosis: null } });
    expect(said({ calls: [call()] }, { calls: [sent('sending')] })).toEqual([]);
    expect(said({ calls: [sent('sending')] }, { calls: [sent('failed')] })).toEqual([{ kind: 'transferFailed', urgent: true, name, target: '1002' }]); // prettier-ignore
    expect(said({ calls: [sent('sending')] }, { calls: [sent('done')] })).toMatchObject([{ kind: 'transferDone' }]);
    expect(said({ calls: [call()] }, { calls: [call({ transferRequest: 'sip:1002@a.example' })] })).toEqual([{ kind: 'transferAsked', urgent: true, name, target: '1002@a.example' }]); // prettier-ignore
  });
  it('says when a call connects, fails or ends, and nothing while it only goes on', () => {
    const calling = call({ state: 'calling', connectedAt: null });
    expect(said({ calls: [calling] }, { calls: [call()] })).toMatchObject([{ kind: 'connected', urgent: true }]);
    expect(said({ calls: [calling] }, { calls: [{ ...calling, state: 'ended', diagnosis: NAME_MISMATCH }] })).toMatchObject([{ kind: 'failed' }]); // prettier-ignore
    expect(said({ calls: [call()] }, { calls: [call({ state: 'ended', diagnosis: NAME_MISMATCH })] })).toMatchObject([{ kind: 'ended' }]); // prettier-ignore
    expect(said({ calls: [call()] }, { calls: [call({ quality: null })] })).toEqual([]);
    expect(said({ calls: [call()] }, { calls: [call({ state: 'ending' })] })).toEqual([]);
  });
  it('says at once that the protection of a running call has changed', () => {
    expect(said({ calls: [call()] }, { calls: [call({ security: CHECKING })] })).toEqual([{ kind: 'security', urgent: true, security: 'checking' }]); // prettier-ignore
  });
  it('says mute, registration and sound', () => {
    expect(said({ calls: [call()] }, { calls: [call({ muted: true })] })).toMatchObject([{ kind: 'muted' }]);
    expect(said({}, { accounts: [account({ registration: 'failed' })] })).toMatchObject([{ kind: 'unregistered', address: '1000@sotto.localhost' }]); // prettier-ignore
    expect(said({}, { accounts: [account({ registration: 'registering' })] })).toEqual([]);
    expect(said({}, { audio: NO_AUDIO })).toMatchObject([{ kind: 'audioLost', urgent: true }]);
    expect(said({ audio: NO_AUDIO }, { audio: audio() })).toMatchObject([{ kind: 'audioReady' }]);
  });
});
