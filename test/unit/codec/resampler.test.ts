import { describe, expect, it } from 'vitest';
import { createResampler } from '../../../core/codec/resampler.ts';
import { alignedSignalToNoise, rms, sine, speech } from './signals.ts';

/** All of `input` in frames of 10 ms. */
function resample(input: Int16Array, from: number, to: number): Int16Array {
  const resampler = createResampler(from, to);
  const output = new Int16Array((input.length * to) / from);
  const frame = from / 100;
  for (let at = 0; at < input.length; at += frame) {
    const made = resampler.process(input.subarray(at, at + frame), frame, output.subarray((at * to) / from));
    expect(made).toBe(to / 100);
  }
  return output;
}

describe.each([8000, 16_000])('resampler %i Hz and 48 kHz', (rate) => {
  it('brings speech back at more than 40 dB, 4 ms later at most', () => {
    const sound = speech(rate, rate / 2);
    const back = resample(resample(sound, rate, 48_000), 48_000, rate);
    const { decibel, delay } = alignedSignalToNoise(sound, back, 100);
    expect(decibel).toBeGreaterThan(40);
    expect(delay / rate).toBeLessThanOrEqual(0.0041);
  });

  it('keeps the level from 300 Hz to 0.42 of the rate', () => {
    for (const frequency of [300, 1000, 0.42 * rate]) {
      const up = resample(sine(rate, frequency, 10_000, rate / 2), rate, 48_000);
      expect(rms(up.subarray(4800)) / (10_000 / Math.SQRT2), `${frequency} Hz up`).toBeCloseTo(1, 1);
      const down = resample(sine(48_000, frequency, 10_000, 24_000), 48_000, rate);
      expect(rms(down.subarray(rate / 10)) / (10_000 / Math.SQRT2), `${frequency} Hz down`).toBeCloseTo(1, 1);
    }
  });

  it('lets nothing through that the lower rate would fold down', () => {
    for (const frequency of [0.58 * rate, 0.8 * rate, 1.3 * rate]) {
      const down = resample(sine(48_000, frequency, 10_000, 24_000), 48_000, rate);
      expect(rms(down.subarray(rate / 10)), `${frequency} Hz`).toBeLessThan(20);
    }
  });

  it('clips at full scale instead of wrapping round', () => {
    const square = Int16Array.from({ length: rate / 2 }, (_, index) => (index % 40 < 20 ? 32_767 : -32_768));
    const up = resample(square, rate, 48_000);
    const jumps = up.subarray(1).filter((sample, index) => Math.abs(sample - (up[index] ?? 0)) > 60_000);
    expect(jumps.length).toBe(0);
  });
});

describe('createResampler', () => {
  it('copies where there is nothing to do, and refuses odd ratios', () => {
    const output = new Int16Array(3);
    expect(createResampler(48_000, 48_000).process(Int16Array.of(1, 2, 3), 3, output)).toBe(3);
    expect([...output]).toEqual([1, 2, 3]);
    expect(() => createResampler(44_100, 48_000)).toThrow(RangeError);
  });
});
