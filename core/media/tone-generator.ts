import { AUDIO_RATE } from '../audio/audio-port.ts';
import type { FrameSource } from './stream-host.ts';

/** A quarter of full scale, -12 dBov: loud enough to hear, too soft to hurt. */
const AMPLITUDE = 8192;

/** A steady tone, without end. */
export function toneSource(frequencyHz: number): FrameSource {
  const step = (2 * Math.PI * frequencyHz) / AUDIO_RATE;
  let phase = 0;
  return (frame) => {
    for (let index = 0; index < frame.length; index++) {
      frame[index] = Math.round(AMPLITUDE * Math.sin(phase));
      phase += step;
      if (phase > 2 * Math.PI) phase -= 2 * Math.PI;
    }
    return true;
  };
}
