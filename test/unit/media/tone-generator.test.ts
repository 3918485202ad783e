import { describe, expect, it } from 'vitest';
import { AUDIO_FRAME_SAMPLES, AUDIO_RATE } from '../../../core/audio/audio-port.ts';
import { steadyTone, type ToneStep } from '../../../core/media/media-plane.ts';
import { toneSource } from '../../../core/media/tone-generator.ts';
import { amplitudeAt, level } from '../../support/tone.ts';

/** The sound of so many milliseconds, and whether there was more. */
function play(
  steps: readonly ToneStep[],
  loop: boolean,
  ms: number,
): { readonly sound: Int16Array; readonly more: boolean } {
  const source = toneSource(steps, loop);
  const sound = new Int16Array((ms * AUDIO_RATE) / 1000);
  let more = true;
  for (let at = 0; at < sound.length; at += AUDIO_FRAME_SAMPLES)
    more = source(sound.subarray(at, at + AUDIO_FRAME_SAMPLES));
  return { sound, more };
}

describe('tones', () => {
  it('a steady tone is one, at a quarter of full scale, without end', () => {
    const { sound, more } = play(steadyTone(1004).steps, false, 2000);
    expect(amplitudeAt(1004, AUDIO_RATE, sound.subarray(AUDIO_RATE))).toBeCloseTo(0.25, 2);
    expect(more).toBe(true);
  });

  it('tones of a step sound together, no louder than one, and a step without any is silent', () => {
    const { sound } = play(
      [
        { frequenciesHz: [400, 450], ms: 400 },
        { frequenciesHz: [], ms: 200 },
      ],
      false,
      600,
    );
    for (const hz of [400, 450])
      expect(amplitudeAt(hz, AUDIO_RATE, sound.subarray(0, 0.4 * AUDIO_RATE))).toBeCloseTo(0.125, 2);
    expect(level(sound.subarray(0.4 * AUDIO_RATE))).toBe(0);
    expect(Math.max(...sound)).toBeLessThanOrEqual(8192);
  });

  it('comes and goes softly: no step between two samples is larger than the tone itself has', () => {
    const { sound } = play(
      [
        { frequenciesHz: [440], ms: 103 },
        { frequenciesHz: [660], ms: 97 },
      ],
      true,
      1000,
    );
    const steepest = 8192 * 2 * Math.PI * (660 / AUDIO_RATE) + 8192 / (AUDIO_RATE / 200);
    let largest = 0;
    for (let at = 1; at < sound.length; at++)
      largest = Math.max(largest, Math.abs((sound[at] ?? 0) - (sound[at - 1] ?? 0)));
    expect(largest).toBeLessThan(steepest + 2);
  });

  it('ends with its last step, or begins again', () => {
    const steps = [{ frequenciesHz: [500], ms: 25 }];
    expect(play(steps, false, 30).more).toBe(true);
    expect(play(steps, false, 40).more).toBe(false);
    expect(play(steps, true, 400)).toMatchObject({ more: true });
    expect(level(play(steps, true, 400).sound.subarray(-AUDIO_FRAME_SAMPLES))).toBeGreaterThan(0.05);
  });

  it.each([[[]], [[{ frequenciesHz: [500], ms: 0 }]]])(
    '%j, which take no time, end at once, also in a loop',
    (steps) => {
      expect(play(steps, true, 10)).toMatchObject({ more: false });
    },
  );
});
