import { AUDIO_RATE } from '../audio/audio-port.ts';
import type { ToneStep } from './media-plane.ts';
import type { FrameSource } from './stream-host.ts';

/** A quarter of full scale, -12 dBov, for all tones of a step together: loud enough to hear, too soft to hurt. */
const AMPLITUDE = 8192;
/** Each step comes and goes in 5 ms, so that it does not click. */
const RAMP_SAMPLES = AUDIO_RATE / 200;

/** Tones and silences one after the other, once or again and again. */
export function toneSource(steps: readonly ToneStep[], loop = false): FrameSource {
  const lengths = steps.map(({ ms }) => Math.round((ms * AUDIO_RATE) / 1000));
  const empty = lengths.every((length) => length <= 0);
  let step = 0;
  /** The sample within the step; phases are counted from its start. */
  let at = 0;
  const sample = (): number => {
    const { frequenciesHz = [] } = steps[step] ?? {};
    const left = (lengths[step] ?? 0) - at;
    const ramp = Math.min(1, at / RAMP_SAMPLES, left / RAMP_SAMPLES);
    let sum = 0;
    for (const frequencyHz of frequenciesHz) sum += Math.sin((2 * Math.PI * frequencyHz * at) / AUDIO_RATE);
    return frequenciesHz.length === 0 ? 0 : Math.round((ramp * AMPLITUDE * sum) / frequenciesHz.length);
  };
  const advance = (): void => {
    at++;
    while (step < steps.length && at >= (lengths[step] ?? 0)) {
      at = 0;
      step++;
      if (loop && step === steps.length) step = 0;
    }
  };
  return (frame) => {
    if (empty || step >= steps.length) {
      frame.fill(0);
      return false;
    }
    for (let index = 0; index < frame.length; index++) {
      frame[index] = step < steps.length ? sample() : 0;
      if (step < steps.length) advance();
    }
    return true;
  };
}
