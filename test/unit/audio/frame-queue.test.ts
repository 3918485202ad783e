import { describe, expect, it } from 'vitest';
import { AUDIO_FRAME_SAMPLES } from '../../../core/audio/audio-port.ts';
import { FrameQueue } from '../../../core/audio/frame-queue.ts';
import { tone } from '../../support/tone.ts';

const frame = (value: number): Int16Array => new Int16Array(AUDIO_FRAME_SAMPLES).fill(value);

describe('frame queue between two clocks', () => {
  it('gives frames back in order, and silence where there is none', () => {
    const queue = new FrameQueue(4);
    const out = frame(9);
    expect(queue.pull(out)).toBe(false);
    expect(out.every((sample) => sample === 0)).toBe(true);
    for (const value of [1, 2, 3]) queue.push(frame(value));
    for (const value of [1, 2, 3]) {
      expect(queue.pull(out)).toBe(true);
      expect(out[0]).toBe(value);
    }
    expect(queue.underruns).toBe(1);
  });

  it('keeps copies, so that the writer may use its buffer again', () => {
    const queue = new FrameQueue(2);
    const buffer = frame(5);
    queue.push(buffer);
    buffer.fill(6);
    const out = frame(0);
    queue.pull(out);
    expect(out[0]).toBe(5);
  });

  it('loses the oldest frame when it is full', () => {
    const queue = new FrameQueue(3);
    for (const value of [1, 2, 3, 4, 5]) queue.push(frame(value));
    const out = frame(0);
    queue.pull(out);
    expect([out[0], queue.depth, queue.dropped]).toEqual([3, 2, 2]);
  });

  it('gives up a reserve that was not needed: all but a frame after a second, that one after ten', () => {
    const queue = new FrameQueue(6);
    for (let n = 0; n < 5; n++) queue.push(frame(0));
    const depthAfter = (seconds: number): number => {
      for (let n = 0; n < 100 * seconds; n++) {
        queue.push(frame(0));
        queue.pull(frame(0));
      }
      return queue.depth;
    };
    expect(depthAfter(0.9)).toBe(5);
    expect(depthAfter(0.2)).toBe(1);
    expect(depthAfter(9)).toBe(1);
    expect(depthAfter(2)).toBe(0);
    expect(queue.underruns).toBe(0);
  });

  it('gives up frames of loud sound only when no quiet one comes, and without a jump', () => {
    const queue = new FrameQueue(6);
    const sound = tone(130, 48_000, 480 * 400);
    const at = (n: number): Int16Array => sound.subarray(480 * n, 480 * (n + 1));
    const out = frame(0);
    const heard: number[] = [];
    for (let n = 0; n < 3; n++) queue.push(at(n));
    for (let n = 3; n < 260; n++) {
      queue.push(at(n));
      queue.pull(out);
      heard.push(...out);
      if (n < 201) expect(queue.dropped).toBe(0);
    }
    expect(queue.dropped).toBe(2);
    const largestStep = heard.reduce((most, sample, n) => Math.max(most, Math.abs(sample - (heard[n - 1] ?? 0))), 0);
    expect(largestStep).toBeLessThan(500);
  });

  it('survives a writer that is one part in a thousand too fast or too slow, at one slip per frame gained or lost', () => {
    for (const ratio of [1.001, 0.999]) {
      const queue = new FrameQueue(6);
      const out = frame(0);
      let written = 0;
      queue.push(frame(1));
      for (let n = 0; n < 100_000; n++) {
        for (; written < n * ratio; written++) queue.push(frame(1));
        queue.pull(out);
      }
      const slips = queue.dropped + queue.underruns;
      expect(slips).toBeGreaterThan(90);
      expect(slips).toBeLessThan(110);
      expect(queue.depth).toBeLessThanOrEqual(3);
    }
  });
});
