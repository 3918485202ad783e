import { AUDIO_FRAME_SAMPLES, AUDIO_RATE } from '../../core/audio/audio-port.ts';
import { correlate } from '../../core/audio/correlation.ts';
import { WavPlayer } from '../../core/audio/wav-player.ts';
import { readWavFile } from '../../core/io/wav-file.ts';

/** A WAV file as the media plane plays it: mono, 48 kHz. */
export async function wavSamples(path: string): Promise<Int16Array> {
  const wav = await readWavFile(path);
  if (!wav.ok) throw new Error(wav.error.summary);
  const player = new WavPlayer(wav.value);
  const frame = new Int16Array(AUDIO_FRAME_SAMPLES);
  const all: number[] = [];
  while (player.pull(frame)) all.push(...frame);
  return Int16Array.from(all);
}

/**
 * The middle one of the correlations of each second, both at 48 kHz: a busy machine may make the sound of a device skip
 * here and there, which moves what follows against what came before. Silence before what was heard does not matter.
 */
export function likeness(played: Int16Array, recorded: Int16Array): number {
  const heard = recorded.subarray(Math.max(0, onset(recorded) - onset(played) - AUDIO_RATE / 4));
  const whole = correlate(played, heard, AUDIO_RATE);
  const shift = Math.round((whole.delayMs * AUDIO_RATE) / 1000);
  const values: number[] = [];
  for (let at = 0; at + AUDIO_RATE <= played.length; at += AUDIO_RATE) {
    const part = heard.subarray(Math.max(0, at + shift - AUDIO_RATE / 4), at + shift + 1.25 * AUDIO_RATE);
    values.push(correlate(played.subarray(at, at + AUDIO_RATE), part, AUDIO_RATE).correlation);
  }
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** Where sound begins. */
function onset(samples: Int16Array): number {
  return Math.max(
    0,
    samples.findIndex((sample) => Math.abs(sample) > 500),
  );
}
