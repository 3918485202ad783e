import { describe, expect, it } from 'vitest';
import { TimerHeap } from '../../../core/io/timer-heap.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

describe('TimerHeap', () => {
  it('gives calls in the order they are due, and in the order added where that is the same', () => {
    const heap = new TimerHeap();
    const made: string[] = [];
    for (const [name, due] of [
      ['c', 20],
      ['a', 10],
      ['d', 20],
      ['b', 10],
      ['e', 30],
    ] as const) {
      // prettier-ignore
      heap.add(due, () => made.push(name));
    }
    for (let fire = heap.takeDue(25); fire !== undefined; fire = heap.takeDue(25)) fire();
    expect(made).toEqual(['a', 'b', 'c', 'd']);
    expect(heap.nextDue).toBe(30);
  });

  it('keeps its order through 2,000 random additions and cancellations', () => {
    const random = new SeededRandom(7);
    const heap = new TimerHeap();
    const waiting = new Map<number, number>();
    const timers: { cancel(): void }[] = [];
    for (let index = 0; index < 2000; index++) {
      const due = random.below(500);
      waiting.set(index, due);
      timers.push(heap.add(due, () => void waiting.delete(index)));
      if (random.below(3) === 0) {
        const victim = random.below(timers.length);
        timers[victim]?.cancel();
        timers[victim]?.cancel();
        waiting.delete(victim);
      }
    }
    expect(heap.size).toBe(waiting.size);
    for (let previous = -1, due = heap.nextDue; due !== undefined; due = heap.nextDue) {
      expect(due).toBeGreaterThanOrEqual(previous);
      previous = due;
      heap.takeDue(due)?.();
    }
    expect(waiting.size).toBe(0);
  });
});
