import { AUDIO_RATE } from '../../core/audio/audio-port.ts';
import { correlate } from '../../core/audio/correlation.ts';
import { wavSamples } from './likeness.ts';

/** How far a recording may be shifted against what was played, either way: the programs do not begin at the same time. */
const LARGEST_SHIFT_S = 3;
/** No better second is looked for. */
const CLEAR = 0.95;

/**
 * The correlation of that second of a played WAV file which came back best in another. For programs that share a busy
 * machine: their sound skips now and then, but not in every second, and one second that came through whole proves keys,
 * codec, rate and direction. Speech against other speech gives less than 0.4.
 */
export async function clearestSecond(playedFile: string, heardFile: string): Promise<number> {
  const played = await wavSamples(playedFile);
  const heard = await wavSamples(heardFile);
  let best = 0;
  for (let at = 0; best < CLEAR && at + AUDIO_RATE <= played.length; at += AUDIO_RATE) {
    const second = played.subarray(at, at + AUDIO_RATE);
    for (let shift = -LARGEST_SHIFT_S; shift < LARGEST_SHIFT_S; shift++) {
      const from = at + shift * AUDIO_RATE;
      const around = heard.subarray(Math.max(0, from), Math.max(0, from + 2 * AUDIO_RATE));
      if (around.length >= AUDIO_RATE) best = Math.max(best, correlate(second, around, AUDIO_RATE).correlation);
    }
  }
  return best;
}
