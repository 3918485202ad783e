import { describe, expect, it } from 'vitest';
import { InterarrivalJitter } from '../../../core/rtp/interarrival-jitter.ts';
import { estimateMos } from '../../../core/rtp/mos.ts';
import { SequenceTracker } from '../../../core/rtp/sequence-tracker.ts';

describe('SequenceTracker', () => {
  /** Sequence numbers as they came, and what must have been counted: received, lost, reordered, repeated. */
  it.each<[string, number[], [number, number, number, number]]>([
    ['nothing', [], [0, 0, 0, 0]],
    ['in order', [1, 2, 3], [3, 0, 0, 0]],
    ['in order over the wrap-around', [65_534, 65_535, 0, 1], [4, 0, 0, 0]],
    ['one lost', [1, 2, 4], [3, 1, 0, 0]],
    ['one lost at the wrap-around', [65_535, 1], [2, 1, 0, 0]],
    ['one late', [1, 3, 2, 4], [4, 0, 1, 0]],
    ['one late over the wrap-around', [65_535, 1, 0, 2], [4, 0, 1, 0]],
    ['one late, twice', [1, 3, 2, 2], [3, 0, 1, 1]],
    ['the first one late', [5, 4, 6], [3, 0, 1, 0]],
    ['one twice', [7, 7, 8], [2, 0, 0, 1]],
    ['a gap of 100', [1, 102], [2, 100, 0, 0]],
    ['a lone stray far away', [1, 30_000, 2], [2, 0, 0, 0]],
    ['a restart, confirmed by the second packet', [1, 30_000, 30_001, 30_002], [3, 0, 0, 0]],
    ['a restart after loss keeps the loss', [1, 3, 30_000, 30_001], [3, 1, 0, 0]],
  ])('%s', (_, sequences, [received, lost, reordered, duplicates]) => {
    const tracker = new SequenceTracker();
    for (const sequence of sequences) tracker.update(sequence);
    expect(tracker).toMatchObject({ received, lost, reordered, duplicates });
  });

  it('A.1 extends sequence numbers over wrap-arounds', () => {
    const tracker = new SequenceTracker();
    const first = tracker.update(65_535);
    expect(tracker.update(0)).toBe(first + 1);
    expect(tracker.update(65_534)).toBe(first - 1);
    expect(tracker.extendedHighest).toBe(0x1_0000);
  });

  it('A.3 gives the share lost in 256ths since the last report', () => {
    const tracker = new SequenceTracker();
    for (const sequence of [1, 2, 3, 5]) tracker.update(sequence);
    expect(tracker.takeFractionLost()).toBe(51);
    expect(tracker.takeFractionLost()).toBe(0);
    for (const sequence of [6, 7, 8]) tracker.update(sequence);
    expect(tracker.takeFractionLost()).toBe(0);
    tracker.update(10);
    expect(tracker.takeFractionLost()).toBe(128);
  });

  it('counts on when the source changes', () => {
    const tracker = new SequenceTracker();
    tracker.update(1);
    tracker.update(3);
    tracker.restart();
    tracker.update(50_000);
    expect(tracker).toMatchObject({ received: 3, lost: 1 });
  });
});

describe('InterarrivalJitter', () => {
  it('is 0 where packets come as they were sent, over a wrap-around of the timestamp', () => {
    const jitter = new InterarrivalJitter(8000);
    for (let index = 0; index < 50; index++) jitter.update((2 ** 32 - 1600 + index * 160) >>> 0, index * 20);
    expect(jitter.milliseconds).toBeCloseTo(0, 6);
  });

  it('§6.4.1 J = J + (|D| - J)/16', () => {
    const jitter = new InterarrivalJitter(8000);
    jitter.update(0, 0);
    jitter.update(160, 22);
    expect(jitter.milliseconds).toBeCloseTo(2 / 16, 9);
    jitter.update(320, 40);
    expect(jitter.milliseconds).toBeCloseTo(2 / 16 + (2 - 2 / 16) / 16, 9);
    expect(jitter.timestampUnits).toBe(1);
  });

  it('passes over a restart of the timestamps', () => {
    const jitter = new InterarrivalJitter(8000);
    jitter.update(0, 0);
    jitter.update(1_000_000_000, 20);
    jitter.update(1_000_000_160, 40);
    expect(jitter.milliseconds).toBe(0);
  });
});

describe('estimateMos', () => {
  it('is 4.4 for a perfect call, falls with loss and delay, and ends at 1', () => {
    expect(estimateMos('PCMU', 0, 0)).toBeCloseTo(4.41, 2);
    expect(estimateMos('PCMU', 0, 100)).toBeCloseTo(4.36, 1);
    expect(estimateMos('PCMU', 0.05, 50)).toBeLessThan(estimateMos('PCMU', 0.01, 50));
    expect(estimateMos('opus', 0.01, 400)).toBeLessThan(estimateMos('opus', 0.01, 100));
    expect(estimateMos('PCMA', 1, 2000)).toBe(1);
  });
});
