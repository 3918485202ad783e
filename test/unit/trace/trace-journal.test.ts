import { beforeEach, describe, expect, it } from 'vitest';
import { TraceJournal } from '../../../core/trace/trace-journal.ts';
import { Tracer } from '../../../core/trace/tracer.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let tracer: Tracer;
beforeEach(() => {
  tracer = new Tracer(new VirtualClock(), 0);
});

const all = { after: 0, limit: 1_000, captured: false };
const say = (text: string): void => {
  tracer.emit('tport', 5, 'sip.sent', { text });
};
const texts = (journal: TraceJournal, ask = all): unknown[] => journal.read(ask).events.map(({ text }) => text);

describe('the journal of a trace', () => {
  it('keeps what happens although the log is turned down, page after page', () => {
    const journal = new TraceJournal(tracer);
    for (const text of ['a', 'b', 'c']) say(text);
    const first = journal.read({ ...all, limit: 2 });
    expect([first.events.map(({ text }) => text), first.more]).toEqual([['a', 'b'], true]);
    const second = journal.read({ ...all, after: first.next });
    expect([second.events.map(({ text }) => text), second.more]).toEqual([['c'], false]);
    expect(journal.read({ ...all, after: second.next })).toEqual({ events: [], next: second.next, more: false });
    say('d');
    expect(texts(journal, { ...all, after: second.next })).toEqual(['d']);
  });

  it('leaves the finest detail out until it is asked for, and costs nothing meanwhile', () => {
    const journal = new TraceJournal(tracer);
    expect(tracer.enabled('tls', 9)).toBe(false);
    tracer.emit('tls', 9, 'tls.record');
    journal.level = 9;
    tracer.emit('tls', 9, 'tls.record');
    journal.level = 5;
    tracer.emit('nta', 7, 'transaction.state');
    expect(journal.read(all).events).toHaveLength(1);
    journal.close();
    expect(tracer.enabled('tls', 0)).toBe(false);
  });

  it('lets the oldest events go beyond its number, and a reader that fell behind goes on with what is left', () => {
    const journal = new TraceJournal(tracer, { events: 100, characters: 1e6 });
    say('first');
    const { next } = journal.read(all);
    for (let n = 0; n < 1_000; n++) say(String(n));
    const kept = texts(journal, { ...all, after: next });
    expect([kept.length, kept[0], kept.at(-1)]).toEqual([100, '900', '999']);
  });

  it('lets them go beyond its characters, too, but keeps the last one however long', () => {
    const journal = new TraceJournal(tracer, { events: 100, characters: 1_000 });
    for (let n = 0; n < 10; n++) say(String(n).repeat(300));
    expect(texts(journal)).toEqual(['7', '8', '9'].map((text) => text.repeat(300)));
    say('x'.repeat(5_000));
    expect(texts(journal)).toEqual(['x'.repeat(5_000)]);
  });

  it('shows captured octets and secrets to nobody who did not ask for them', () => {
    const journal = new TraceJournal(tracer);
    journal.level = 9;
    tracer.emit('tls', 9, 'tls.secret', { line: 'CLIENT_RANDOM 00 01' });
    tracer.emit('tls', 9, 'wire.octets', { octets: 'AAAA' });
    say('a');
    expect(texts(journal)).toEqual(['a']);
    expect(journal.read({ ...all, captured: true }).events).toHaveLength(3);
  });
});
