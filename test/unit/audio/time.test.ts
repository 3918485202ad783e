import { describe, expect, it } from 'vitest';
import { AUDIO_FRAME_SAMPLES } from '../../../core/audio/audio-port.ts';
import { FrameTicker } from '../../../core/audio/frame-ticker.ts';
import { Mixer } from '../../../core/audio/mixer.ts';
import { SilenceWatch } from '../../../core/audio/silence-watch.ts';
import type { Clock } from '../../../core/base/clock.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

describe('frame ticker', () => {
  it('ticks once per 10 ms', () => {
    const clock = new VirtualClock();
    let ticks = 0;
    const ticker = new FrameTicker(clock, () => ticks++);
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
    const ticker = new FrameTicker(late, () => ticks++);
    clock.advance(10_005);
    expect(ticks).toBe(1_000);
    ticker.stop();
  });

  it('makes up for a stall of up to 100 ms and skips a longer one', () => {
    const clock = new VirtualClock();
    let stall = 0;
    const stalled: Clock = {
      now: () => clock.now(),
      wall: () => clock.wall(),
      after: (delayMs, fire) => clock.after(delayMs + stall, fire),
    };
    let ticks = 0;
    const ticker = new FrameTicker(stalled, () => {
      ticks++;
      stall = 0;
    });
    clock.advance(15);
    expect(ticks).toBe(1);
    stall = 80;
    clock.advance(1_000 - 15);
    const made = ticks;
    expect(made).toBe(100);
    expect(ticker.skipped).toBe(0);
    ticker.stop();

    ticks = 0;
    stall = 3_600_000;
    const asleep = new FrameTicker(stalled, () => {
      ticks++;
      stall = 0;
    });
    clock.advance(3_600_500);
    expect(ticks).toBeLessThan(70);
    expect(asleep.skipped).toBeGreaterThan(359_000);
    asleep.stop();
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
