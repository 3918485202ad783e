import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NodeClock } from '../../../core/io/node-clock.ts';

describe('NodeClock', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('arms one system timer for any number of calls, and makes them at their time', () => {
    const clock = new NodeClock();
    const made: [number, number][] = [];
    const start = clock.now();
    for (const delay of [300, 100, 200, 100.4]) clock.after(delay, () => made.push([delay, clock.now() - start]));
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1000);
    expect(made.map(([delay]) => delay)).toEqual([100, 100.4, 200, 300]);
    for (const [delay, at] of made) {
      expect(at).toBeGreaterThanOrEqual(delay);
      expect(at).toBeLessThanOrEqual(delay + 1);
    }
    expect(vi.getTimerCount()).toBe(0);
  });

  it('makes a cancelled call never, and a call longer than a system timer takes at its time', () => {
    const clock = new NodeClock();
    const made: string[] = [];
    clock.after(10, () => made.push('cancelled')).cancel();
    clock.after(2 ** 32, () => made.push('long'));
    vi.advanceTimersByTime(2 ** 32 - 1);
    expect(made).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(made).toEqual(['long']);
  });

  it('goes on with the other calls after one threw', () => {
    const clock = new NodeClock();
    const made: string[] = [];
    clock.after(5, () => {
      throw new Error('broken call');
    });
    clock.after(5, () => made.push('same time'));
    clock.after(9, () => made.push('later'));
    expect(() => vi.advanceTimersByTime(5)).toThrow('broken call');
    vi.advanceTimersByTime(10);
    expect(made).toEqual(['same time', 'later']);
  });

  it('makes a call that another one asks for at once in the next turn, not in a loop without end', () => {
    const clock = new NodeClock();
    let count = 0;
    const again = (): void => {
      if (++count < 1000) clock.after(0, again);
    };
    clock.after(0, again);
    vi.advanceTimersByTime(1);
    expect(count).toBeGreaterThan(0);
    vi.advanceTimersByTime(1000);
    expect(count).toBe(1000);
  });
});
