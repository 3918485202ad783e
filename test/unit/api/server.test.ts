import { describe, expect, it } from 'vitest';
import type { Channel } from '../../../core/api/channel.ts';
import { ContractClient } from '../../../core/api/client.ts';
import { MAX_REQUEST_LENGTH, type RequestHandlers } from '../../../core/api/contract.ts';
import { Refusal } from '../../../core/api/refusal.ts';
import { ContractServer, UNREADABLE_ID } from '../../../core/api/server.ts';
import type { Diagnosis } from '../../../core/base/diagnosis.ts';
import { snapshot } from '../../support/snapshots.ts';
import { VirtualClock, settle } from '../../support/virtual-clock.ts';

const BUSY: Diagnosis = {
  code: 'sip.busy',
  side: 'there',
  summary: 'Bob is on another call.',
  cure: 'Try again later.',
  evidence: { status: 486 },
};

/** The far end of one window: what it got, parsed, and a way to say something. */
class ScriptedWindow {
  readonly got: { id?: number; output?: unknown; error?: Diagnosis; event?: string; body?: { revision: number } }[] =
    [];
  say: (text: string) => void = () => undefined;
  readonly channel = {
    send: (text: string): void => void this.got.push(JSON.parse(text) as (typeof this.got)[number]),
    onMessage: (listener: (text: string) => void) => {
      this.say = listener;
      return () => (this.say = () => undefined);
    },
  };

  async ask(message: unknown): Promise<(typeof this.got)[number] | undefined> {
    this.say(typeof message === 'string' ? message : JSON.stringify(message));
    await settle();
    return this.got.at(-1);
  }
}

function setUp(over: Partial<RequestHandlers> = {}) {
  const clock = new VirtualClock();
  const asked: [string, unknown][] = [];
  const faults: [string, unknown][] = [];
  const changed = new Set<() => void>();
  let revision = 1;
  const handlers = new Proxy({} as RequestHandlers, {
    get: (_, name: keyof RequestHandlers) =>
      over[name] ??
      ((input: unknown) => {
        asked.push([name, input]);
        return Promise.resolve(name === 'state.get' ? snapshot({ revision }) : null);
      }),
  });
  const server = new ContractServer({
    handlers,
    state: {
      snapshot: () => snapshot({ revision }),
      onChange: (listener) => {
        changed.add(listener);
        return () => changed.delete(listener);
      },
    },
    clock,
    onFault: (request, error) => faults.push([request, error]),
  });
  const change = (): void => {
    revision += 1;
    for (const listener of changed) listener();
  };
  const window = new ScriptedWindow();
  const detach = server.attach(window.channel);
  return { clock, server, window, detach, asked, faults, changed, change };
}

describe('ContractServer', () => {
  it('hands a valid request to its handler and answers with the output', async () => {
    const { window, asked } = setUp({ 'call.start': () => Promise.resolve({ callId: 'c1' }) });
    expect(await window.ask({ id: 3, request: 'call.start', input: { target: '9196', accountId: null } })).toEqual({
      id: 3,
      output: { callId: 'c1' },
    });
    expect(await window.ask({ id: 4, request: 'call.hangUp', input: { callId: 'c1' } })).toEqual({
      id: 4,
      output: null,
    });
    expect(asked).toEqual([['call.hangUp', { callId: 'c1' }]]);
  });

  it('strips what the contract does not name before the handler sees it', async () => {
    const { window, asked } = setUp();
    await window.ask({ id: 1, request: 'call.hangUp', input: { callId: 'c1', extra: true } });
    expect(asked).toEqual([['call.hangUp', { callId: 'c1' }]]);
  });

  it.each([
    ['a value of the wrong kind', { id: 1, request: 'call.mute', input: { callId: 'c', muted: 'yes' } }, 1],
    ['a digit that is none', { id: 2, request: 'call.dtmf', input: { callId: 'c', digits: '1x' } }, 2],
    ['a missing input', { id: 3, request: 'call.hangUp' }, 3],
    ['an unknown request', { id: 4, request: 'call.wiretap', input: {} }, 4],
    ['a name every object has', { id: 5, request: 'constructor', input: {} }, 5],
    ['a request that is no text', { id: 6, request: 7, input: {} }, 6],
    ['a text that is no JSON', '{', UNREADABLE_ID],
    [
      'a text too long',
      `{"id":1,"request":"state.get","input":{"x":"${'x'.repeat(MAX_REQUEST_LENGTH)}"}}`,
      UNREADABLE_ID,
    ],
  ])('answers %s with config.invalid and calls no handler', async (_, message, id) => {
    const { window, asked } = setUp();
    expect(await window.ask(message)).toMatchObject({ id, error: { code: 'config.invalid', side: 'there' } });
    expect(window.got).toHaveLength(1);
    expect(asked).toEqual([]);
  });

  it('accepts a request of exactly the longest length', async () => {
    const { window, asked } = setUp();
    const frame = JSON.stringify({ id: 1, request: 'state.get', input: {}, pad: '' });
    await window.ask(frame.replace('"pad":""', `"pad":"${'x'.repeat(MAX_REQUEST_LENGTH - frame.length)}"`));
    expect(asked).toEqual([['state.get', {}]]);
  });

  it('never repeats a refused value: it may be a password', async () => {
    const { window } = setUp();
    const password = 'planted-secret'.repeat(60);
    await window.ask({ id: 1, request: 'account.add', input: { address: 'a@b', password } });
    expect(JSON.stringify(window.got)).toContain('password');
    expect(JSON.stringify(window.got)).not.toContain('planted');
  });

  it('answers a refusal with its diagnosis', async () => {
    const { window, faults } = setUp({ 'call.answer': () => Promise.reject(new Refusal(BUSY)) });
    expect(await window.ask({ id: 9, request: 'call.answer', input: { callId: 'c' } })).toEqual({ id: 9, error: BUSY });
    expect(faults).toEqual([]);
  });

  it('answers a mistake of its own without its text, and reports it', async () => {
    const broken = new TypeError('secret inner detail');
    const { window, faults } = setUp({ 'call.answer': () => Promise.reject(broken) });
    const reply = await window.ask({ id: 9, request: 'call.answer', input: { callId: 'c' } });
    expect(reply).toMatchObject({ id: 9, error: { code: 'sip.status.500', side: 'here' } });
    expect(JSON.stringify(reply)).not.toContain('inner detail');
    expect(faults).toEqual([['call.answer', broken]]);
  });

  it('sends several changes of one turn as one event with the last state', () => {
    const { clock, window, change } = setUp();
    change();
    change();
    change();
    expect(window.got).toEqual([]);
    clock.advance(0);
    expect(window.got).toMatchObject([{ event: 'state', body: { revision: 4 } }]);
    change();
    clock.advance(0);
    expect(window.got.map(({ body }) => body?.revision)).toEqual([4, 5]);
  });

  it('serves several windows, each until it is detached', async () => {
    const { clock, server, window, detach, change } = setUp();
    const other = new ScriptedWindow();
    server.attach(other.channel);
    server.publishLevels([{ callId: 'c', sent: 0.1, received: 0.2 }]);
    detach();
    change();
    clock.advance(0);
    await window.ask({ id: 1, request: 'state.get', input: {} });
    expect(window.got.map(({ event }) => event)).toEqual(['levels']);
    expect(other.got.map(({ event }) => event)).toEqual(['levels', 'state']);
  });

  it('does not answer a window that was detached while its request ran', async () => {
    let finish: (() => void) | undefined;
    const { window, detach } = setUp({
      'call.hangUp': () => new Promise((resolve) => (finish = () => { resolve(null); })), // prettier-ignore
    });
    window.say(JSON.stringify({ id: 1, request: 'call.hangUp', input: { callId: 'c' } }));
    detach();
    finish?.();
    await settle();
    expect(window.got).toEqual([]);
  });

  it('leaves no timer and no subscription when closed', () => {
    const { clock, server, changed, change } = setUp();
    change();
    server.close();
    expect(clock.pending).toBe(0);
    expect(changed.size).toBe(0);
  });

  it('and ContractClient understand each other', async () => {
    const { clock, server, change } = setUp({ 'call.start': () => Promise.reject(new Refusal(BUSY)) });
    const toClient: ((text: string) => void)[] = [];
    const toServer: ((text: string) => void)[] = [];
    const channel: Channel = {
      send: (text) => {
        for (const listener of toServer) listener(text);
      },
      onMessage: (listener) => {
        toClient.push(listener);
        return () => undefined;
      },
      onState: (listener) => {
        listener('open');
        return () => undefined;
      },
    };
    server.attach({
      send: (text) => {
        for (const listener of toClient) listener(text);
      },
      onMessage: (listener) => {
        toServer.push(listener);
        return () => undefined;
      },
    });
    const client = new ContractClient(channel, clock);
    await settle();
    expect(client.view).toMatchObject({ connection: 'online', snapshot: { revision: 1 } });
    change();
    clock.advance(0);
    expect(client.view.snapshot?.revision).toBe(2);
    expect(await client.request('call.start', { target: '1001', accountId: null })).toEqual({
      ok: false,
      error: { kind: 'refused', diagnosis: BUSY },
    });
  });
});
