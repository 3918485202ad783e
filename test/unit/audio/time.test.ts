import { describe, expect, it } from 'vitest';
import { AUDIO_FRAME_SAMPLES } from '../../../core/audio/audio-port.ts';
import { FrameTicker } from '../../../core/audio/frame-ticker.ts';
import { Mixer } from '../../../core/audio/mixer.ts';
import { SilenceWatch } from '../../../core/audio/silence-watch.ts';
import type { Clock } from '../../../core/base/clock.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

/** A turn of the event loop, which takes a little time. */
const nextTurn =
  (clock: VirtualClock) =>
  (fire: () => void): void => {
    clock.after(0.1, fire);
  };

describe('frame ticker', () => {
  it('ticks once per 10 ms', () => {
    const clock = new VirtualClock();
    let ticks = 0;
    const ticker = new FrameTicker(clock, () => ticks++, nextTurn(clock));
    clock.advance(1_000);
    expect(ticks).toBe(100);
    ticker.stop();
    clock.advance(1_000);
    expect(ticks).toBe(100);
  });

  it('does not drift when every timer is late', () => {
    const clock = new VirtualClock();
    const late: Clock = {
      now: () => clock.now(),
      wall: () => clock.wall(),
      after: (delayMs, fire) => clock.after(delayMs + 1.7, fire),
    };
    let ticks = 0;
    const ticker = new FrameTicker(late, () => ticks++, nextTurn(clock));
    clock.advance(10_005);
    expect(ticks).toBe(1_000);
    ticker.stop();
  });

  it('makes up for a stall of up to a second, one tick per turn, and skips a longer one', () => {
    const clock = new VirtualClock();
    let stall = 0;
    const stalled: Clock = {
      now: () => clock.now(),
      wall: () => clock.wall(),
      after: (delayMs, fire) => clock.after(Math.max(1, delayMs) + stall, fire),
    };
    const at: number[] = [];
    const ticker = new FrameTicker(
      stalled,
      () => {
        at.push(clock.now());
        stall = 0;
      },
      nextTurn(clock),
    );
    clock.advance(15);
    stall = 800;
    clock.advance(2_000 - 15);
    expect(at).toHaveLength(200);
    expect(new Set(at).size).toBe(200);
    expect(ticker.skipped).toBe(0);
    ticker.stop();

    at.length = 0;
    stall = 3_600_000;
    const asleep = new FrameTicker(
      stalled,
      () => {
        at.push(clock.now());
        stall = 0;
      },
      nextTurn(clock),
    );
    clock.advance(3_600_500);
    expect(at.length).toBeLessThan(60);
    expect(asleep.skipped).toBeGreaterThan(359_900);
    asleep.stop();
  });

  it('stands still with the sound while ticks are missing', () => {
    const clock = new VirtualClock();
    const late: Clock = {
      now: () => clock.now(),
      wall: () => clock.wall(),
      after: (_delayMs, fire) => clock.after(100, fire),
    };
    const told: number[] = [];
    const ticker = new FrameTicker(late, (now) => told.push(now), nextTurn(clock));
    clock.advance(5);
    expect(ticker.now()).toBe(5);
    clock.advance(90);
    expect(ticker.now()).toBe(10);
    clock.advance(5);
    expect(told).toEqual([10]);
    expect(ticker.now()).toBe(20);
    clock.advance(5);
    expect(told).toHaveLength(10);
    expect(ticker.now()).toBe(105);
    ticker.stop();
  });
});

describe('mixer', () => {
  it('adds and clips, and begins anew', () => {
    const mixer = new Mixer();
    const out = new Int16Array(AUDIO_FRAME_SAMPLES);
    for (const value of [20_000, 20_000, -1_000]) mixer.add(new Int16Array(AUDIO_FRAME_SAMPLES).fill(value));
    mixer.take(out);
    expect(out[0]).toBe(32_767);
    mixer.add(new Int16Array(AUDIO_FRAME_SAMPLES).fill(7));
    mixer.take(out);
    expect(out[479]).toBe(7);
    mixer.take(out);
    expect(out[0]).toBe(0);
  });
});

describe('silence watch', () => {
  it('tells of five seconds of zeros once, and of the first sound after them', () => {
    const watch = new SilenceWatch();
    const zero = new Int16Array(AUDIO_FRAME_SAMPLES);
    const faint = zero.map((_, n) => (n === 300 ? 1 : 0));
    const told = [];
    for (let n = 0; n < 499; n++) told.push(watch.push(zero));
    expect(told.every((word) => word === undefined)).toBe(true);
    expect(watch.push(zero)).toBe(true);
    expect(watch.push(zero)).toBeUndefined();
    expect(watch.push(faint)).toBe(false);
    expect(watch.push(faint)).toBeUndefined();
  });
});
