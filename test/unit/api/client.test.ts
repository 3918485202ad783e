import { describe, expect, it } from 'vitest';
import type { Channel, ChannelState } from '../../../core/api/channel.ts';
import { ContractClient } from '../../../core/api/client.ts';
import { NAME_MISMATCH, snapshot } from '../../support/snapshots.ts';
import { VirtualClock, settle } from '../../support/virtual-clock.ts';

interface Sent {
  readonly id: number;
  readonly request: string;
  readonly input: unknown;
}

/** A channel whose far end is the test. */
class ScriptedChannel implements Channel {
  readonly sent: Sent[] = [];
  #state: ChannelState = 'closed';
  #onMessage: ((text: string) => void) | null = null;
  #onState: ((state: ChannelState) => void) | null = null;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Sent);
  }

  onMessage(listener: (text: string) => void): () => void {
    this.#onMessage = listener;
    return () => (this.#onMessage = null);
  }

  onState(listener: (state: ChannelState) => void): () => void {
    this.#onState = listener;
    listener(this.#state);
    return () => (this.#onState = null);
  }

  become(state: ChannelState): void {
    this.#state = state;
    this.#onState?.(state);
  }

  deliver(message: unknown): void {
    this.#onMessage?.(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** Answers the newest request of a name. */
  reply(request: string, output: unknown): void {
    const found = this.sent.findLast((message) => message.request === request);
    if (found === undefined) throw new Error(`no ${request} was sent`);
    this.deliver({ id: found.id, output });
  }
}

function setUp(): { channel: ScriptedChannel; clock: VirtualClock; client: ContractClient } {
  const channel = new ScriptedChannel();
  const clock = new VirtualClock();
  return { channel, clock, client: new ContractClient(channel, clock, 1_000) };
}

async function online(revision = 5): Promise<ReturnType<typeof setUp>> {
  const parts = setUp();
  parts.channel.become('open');
  parts.channel.reply('state.get', snapshot({ revision }));
  await settle();
  return parts;
}

describe('ContractClient', () => {
  it('asks for the state as soon as the channel is open, and shows it', async () => {
    const { channel, client } = setUp();
    expect(client.view).toEqual({ connection: 'connecting', snapshot: null });
    expect(channel.sent).toEqual([]);
    channel.become('open');
    expect(channel.sent).toMatchObject([{ request: 'state.get', input: {} }]);
    channel.reply('state.get', snapshot({ revision: 5 }));
    await settle();
    expect(client.view).toMatchObject({ connection: 'online', snapshot: { revision: 5 } });
  });

  it('gives each of several requests its own answer, in whatever order the answers come', async () => {
    const { channel, client } = await online();
    const first = client.request('call.start', { target: '1001', accountId: null });
    const second = client.request('call.start', { target: '1002', accountId: null });
    const [a, b] = channel.sent.slice(-2);
    channel.deliver({ id: b?.id, output: { callId: 'b' } });
    channel.deliver({ id: a?.id, output: { callId: 'a' } });
    expect(await first).toEqual({ ok: true, value: { callId: 'a' } });
    expect(await second).toEqual({ ok: true, value: { callId: 'b' } });
  });

  it('hands on the diagnosis of a refusal', async () => {
    const { channel, client } = await online();
    const result = client.request('call.answer', { callId: 'x' });
    channel.deliver({ id: channel.sent.at(-1)?.id, error: NAME_MISMATCH });
    expect(await result).toEqual({ ok: false, error: { kind: 'refused', diagnosis: NAME_MISMATCH } });
  });

  it('ends a request that is not answered in time, and ignores the answer that comes later', async () => {
    const { channel, clock, client } = await online();
    const result = client.request('call.start', { target: '1001', accountId: null });
    clock.advance(999);
    expect(clock.pending).toBe(1);
    clock.advance(1);
    expect(await result).toEqual({ ok: false, error: { kind: 'timeout' } });
    channel.reply('call.start', { callId: 'late' });
    expect(clock.pending).toBe(0);
  });

  it('does not hand on an answer that is not what the contract says', async () => {
    const { channel, client } = await online();
    const result = client.request('call.start', { target: '1001', accountId: null });
    channel.reply('call.start', { callId: 7 });
    expect(await result).toEqual({ ok: false, error: { kind: 'malformed' } });
  });

  it('ends what is on its way when the channel closes, and refuses at once while it is closed', async () => {
    const { channel, clock, client } = await online();
    const result = client.request('call.hangUp', { callId: 'x' });
    channel.become('closed');
    expect(await result).toEqual({ ok: false, error: { kind: 'disconnected' } });
    expect(client.view.connection).toBe('lost');
    expect(client.view.snapshot?.revision).toBe(5);
    const count = channel.sent.length;
    expect(await client.request('call.hangUp', { callId: 'x' })).toEqual({
      ok: false,
      error: { kind: 'disconnected' },
    });
    expect(channel.sent).toHaveLength(count);
    expect(clock.pending).toBe(0);
  });

  it('takes a newer state from an event and ignores an older or equal one', async () => {
    const { channel, client } = await online(5);
    const seen: number[] = [];
    client.subscribe(() => seen.push(client.view.snapshot?.revision ?? -1));
    for (const revision of [7, 6, 7, 8]) channel.deliver({ event: 'state', body: snapshot({ revision }) });
    expect(seen).toEqual([7, 8]);
  });

  it('ignores the answer to state.get when a newer event has overtaken it', async () => {
    const { channel, client } = setUp();
    channel.become('open');
    channel.deliver({ event: 'state', body: snapshot({ revision: 9 }) });
    channel.reply('state.get', snapshot({ revision: 8 }));
    await settle();
    expect(client.view.snapshot?.revision).toBe(9);
  });

  it('accepts a smaller revision after the channel has opened again: the core may be a new one', async () => {
    const { channel, client } = await online(500);
    channel.become('closed');
    channel.become('open');
    channel.deliver({ event: 'state', body: snapshot({ revision: 2 }) });
    expect(client.view).toMatchObject({ connection: 'online', snapshot: { revision: 2 } });
  });

  it('asks again for the state when it was not answered', async () => {
    const { channel, clock, client } = setUp();
    channel.become('open');
    await clock.advanceAsync(2_000);
    expect(channel.sent.map(({ request }) => request)).toEqual(['state.get', 'state.get']);
    channel.reply('state.get', snapshot());
    await settle();
    expect(client.view.connection).toBe('online');
    await clock.advanceAsync(10_000);
    expect(channel.sent).toHaveLength(2);
  });

  it.each([
    'not json',
    '[]',
    'null',
    '{"event":"state","body":{}}',
    '{"event":"other","body":1}',
    '{"id":99,"output":1}',
  ])('is not disturbed by %s', async (text) => {
    const { channel, client } = await online();
    const before = client.view;
    channel.deliver(text);
    expect(client.view).toBe(before);
  });

  it('hands on levels, and nothing after it was closed', async () => {
    const { channel, clock, client } = await online();
    const levels: unknown[] = [];
    client.onLevels((body) => levels.push(body));
    channel.deliver({ event: 'levels', body: [{ callId: 'a', sent: 0.5, received: 0 }] });
    expect(levels).toEqual([[{ callId: 'a', sent: 0.5, received: 0 }]]);
    client.close();
    channel.deliver({ event: 'levels', body: [{ callId: 'a', sent: 0.6, received: 0 }] });
    expect(levels).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });
});
