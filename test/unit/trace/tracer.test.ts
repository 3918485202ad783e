import { describe, expect, it } from 'vitest';
import { Tracer, type TraceEvent } from '../../../core/trace/tracer.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

function scene() {
  const clock = new VirtualClock();
  return { clock, tracer: new Tracer(clock, 5) };
}

describe('the tracer', () => {
  it('gives a sink what its component is turned up to, changed while running', () => {
    const { tracer } = scene();
    const events: TraceEvent[] = [];
    tracer.subscribe((event) => events.push(event));
    tracer.emit('tls', 7, 'tls.record');
    tracer.setLevel('tls', 9);
    tracer.emit('tls', 7, 'tls.record');
    tracer.emit('nta', 7, 'timer');
    tracer.setLevel('all', 0);
    tracer.emit('tls', 1, 'tls.alert');
    expect(events.map(({ kind, seq }) => [kind, seq])).toEqual([['tls.record', 1]]);
  });

  it('gives a recorder everything, whatever is turned down, until it is taken away', () => {
    const { tracer } = scene();
    const log: string[] = [];
    const recorded: string[] = [];
    tracer.setLevel('all', 0);
    tracer.subscribe(({ kind }) => log.push(kind));
    expect(tracer.enabled('jitter', 9)).toBe(false);
    const stop = tracer.record(({ kind }) => recorded.push(kind));
    expect(tracer.enabled('jitter', 9)).toBe(true);
    tracer.emit('jitter', 9, 'jitter.decision');
    stop();
    tracer.emit('jitter', 9, 'jitter.decision');
    expect(recorded).toEqual(['jitter.decision']);
    expect(log).toEqual([]);
  });

  it('captures only when asked to, for as long as it was asked to, and says so', () => {
    const { clock, tracer } = scene();
    const kinds: string[] = [];
    tracer.subscribe(({ kind }) => kinds.push(kind));
    expect(tracer.capturing).toBe(false);
    tracer.capture(1000);
    expect(tracer.capturing).toBe(true);
    clock.advance(999);
    expect(tracer.capturing).toBe(true);
    clock.advance(1);
    expect(tracer.capturing).toBe(false);
    tracer.capture(1000);
    tracer.capture(0);
    expect(tracer.capturing).toBe(false);
    expect(kinds).toEqual(['capture', 'capture', 'capture']);
  });
});
