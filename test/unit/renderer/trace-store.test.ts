import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { err, ok } from '../../../core/base/result.ts';
import { traceRequests } from '../../../core/shell/trace-requests.ts';
import { TraceJournal } from '../../../core/trace/trace-journal.ts';
import { Tracer } from '../../../core/trace/tracer.ts';
import { TraceStore } from '../../../renderer/features/wire/trace-store.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let tracer: Tracer;
let journal: TraceJournal;
let store: TraceStore;
let reachable: boolean;

function startProgram(): void {
  const clock = new VirtualClock();
  tracer = new Tracer(clock, 0);
  journal = new TraceJournal(tracer);
}

beforeEach(() => {
  vi.useFakeTimers();
  reachable = true;
  startProgram();
  store = new TraceStore({
    request: async (name, input) => {
      if (!reachable) return err({ kind: 'disconnected' });
      const handlers = traceRequests(tracer, journal, new VirtualClock()) as Record<
        string,
        (input: unknown) => unknown
      >;
      return ok((await handlers[name]?.(input)) as never);
    },
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const say = (text: string): void => {
  tracer.emit('tport', 5, 'sip.sent', { text });
};
const texts = (): unknown[] => store.state().events.map(({ text }) => text);
const later = (): Promise<unknown> => vi.advanceTimersByTimeAsync(1_000);
const file = (name: string, text: string): File => new File([text], name);
const line = (seq: number): string => `${JSON.stringify({ seq, mono: seq, time: '2026-01-01T00:00:00.000Z', level: 5, component: 'app', kind: 'x', text: String(seq) })}\n`; // prettier-ignore

describe('the events of the wire view', () => {
  it('are asked for while somebody looks, and only then', async () => {
    say('a');
    await later();
    expect(texts()).toEqual([]);
    const close = store.subscribe(() => undefined);
    await later();
    say('b');
    await later();
    expect(texts()).toEqual(['a', 'b']);
    close();
    say('c');
    await later();
    expect(texts()).toEqual(['a', 'b']);
    store.subscribe(() => undefined);
    await later();
    expect(texts()).toEqual(['a', 'b', 'c']);
  });

  it('stand still while paused, and none is missing afterwards', async () => {
    store.subscribe(() => undefined);
    await later();
    store.follow(false);
    say('a');
    await later();
    expect(texts()).toEqual([]);
    store.follow(true);
    await later();
    expect(texts()).toEqual(['a']);
  });

  it('begin anew with a program that has started again, and go on after a connection that was lost', async () => {
    store.subscribe(() => undefined);
    for (const text of ['a', 'b', 'c']) say(text);
    await later();
    reachable = false;
    await later();
    startProgram();
    say('new');
    reachable = true;
    await later();
    expect(texts()).toEqual(['new']);
  });

  it('of a saved trace are shown instead, until the person goes back', async () => {
    store.subscribe(() => undefined);
    say('live');
    await later();
    await store.open(file('trace.ndjson', line(1) + line(2)));
    say('meanwhile');
    await later();
    expect([store.state().origin, texts()]).toEqual([{ kind: 'file', name: 'trace.ndjson' }, ['1', '2']]);
    await store.open(file('letter.txt', 'Dear Sir,\nno.\n'));
    expect([store.state().origin, texts()]).toEqual([{ kind: 'unreadable', name: 'letter.txt', line: 1 }, []]);
    store.live();
    await later();
    expect(texts()).toEqual(['live', 'meanwhile']);
  });

  it('come finer where that is asked for, and with secrets only into a file that is meant to hold them', async () => {
    store.subscribe(() => undefined);
    await store.setLevel(9);
    await store.capture(10);
    tracer.emit('tls', 9, 'tls.secret', { line: 'CLIENT_RANDOM 1 2' });
    tracer.emit('tls', 9, 'tls.record');
    await later();
    const { events, level, capturedUntil } = store.state();
    expect(events.map(({ kind }) => kind)).toEqual(['capture', 'tls.record']);
    expect([level, capturedUntil === null]).toEqual([9, false]);
    const captured = await store.readCaptured();
    expect(captured.map(({ kind }) => kind)).toContain('tls.secret');
    await store.capture(0);
    await later();
    expect(store.state().capturedUntil).toBeNull();
  });
});
