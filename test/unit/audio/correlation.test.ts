import { describe, expect, it } from 'vitest';
import { correlate } from '../../../core/audio/correlation.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { tone } from '../../support/tone.ts';

const RATE = 48_000;

/** Noise in the telephone band, which, unlike a tone, resembles itself at one place only. */
function noise(samples: number, seed: number): Int16Array {
  const random = new SeededRandom(seed);
  const octets = random.bytes(samples * 2);
  const white = new Int16Array(octets.buffer);
  let low = 0;
  return white.map((sample) => (low += 0.15 * (sample / 4 - low)));
}

function shifted(samples: Int16Array, by: number, length: number): Int16Array {
  return Int16Array.from({ length }, (_, n) => samples[n - by] ?? 0);
}

describe('correlation of what was played and what came back', () => {
  const played = noise(2 * RATE, 1);

  it.each([0, 61, 333, 950, -200])('finds a shift of %d ms', (delayMs) => {
    const returned = shifted(played, (delayMs * RATE) / 1000, 3 * RATE);
    const result = correlate(played, returned, RATE);
    expect(result.correlation).toBeGreaterThan(0.99);
    expect(Math.abs(result.delayMs - delayMs)).toBeLessThan(0.25);
  });

  it('does not depend on loudness', () => {
    const returned = shifted(played, 480, 2 * RATE).map((sample) => sample / 10);
    expect(correlate(played, returned, RATE).correlation).toBeGreaterThan(0.98);
  });

  it('hears only 300 to 3,400 Hz', () => {
    const rumble = tone(50, RATE, 2 * RATE, 0.4);
    const hiss = tone(6000, RATE, 2 * RATE, 0.3);
    const returned = played.map((sample, n) => sample / 4 + (rumble[n] ?? 0) + (hiss[n] ?? 0));
    expect(correlate(played, returned, RATE).correlation).toBeGreaterThan(0.98);
  });

  it('falls with noise as the shares of energy tell', () => {
    const other = noise(2 * RATE, 2);
    const mixed = played.map((sample, n) => (sample + (other[n] ?? 0)) / 2);
    const { correlation } = correlate(played, mixed, RATE);
    expect(correlation).toBeGreaterThan(0.65);
    expect(correlation).toBeLessThan(0.77);
  });

  it('other sound, a delay beyond one second and silence do not pass', () => {
    expect(correlate(played, noise(2 * RATE, 3), RATE).correlation).toBeLessThan(0.2);
    expect(correlate(played, shifted(played, 1.3 * RATE, 4 * RATE), RATE).correlation).toBeLessThan(0.2);
    expect(correlate(played, new Int16Array(RATE), RATE)).toEqual({ correlation: 0, delayMs: 0 });
    expect(correlate(new Int16Array(), new Int16Array(), RATE)).toEqual({ correlation: 0, delayMs: 0 });
  });
});
