import { writeFile } from 'node:fs/promises';
import { AUDIO_RATE } from '../../core/audio/audio-port.ts';
import { formatWavHeader } from '../../core/audio/wav.ts';
import { wavSamples } from './likeness.ts';
import { amplitudeAt, tone } from './tone.ts';

const AMPLITUDE = 0.3;
/** A fifth of a second: short beside what a loaded machine loses. */
const WINDOW = AUDIO_RATE / 5;

/** Writes a WAV file with one tone. */
export async function writeToneFile(path: string, frequencyHz: number, seconds: number): Promise<void> {
  const samples = tone(frequencyHz, AUDIO_RATE, seconds * AUDIO_RATE, AMPLITUDE);
  const header = formatWavHeader(AUDIO_RATE, samples.byteLength);
  await writeFile(path, Buffer.concat([header, Buffer.from(samples.buffer)]));
}

/** In a recording, the share of the fifths of a second in which each of the tones can be heard, 0 to 1. */
export async function tonesIn(path: string, frequenciesHz: readonly number[]): Promise<readonly number[]> {
  const samples = await wavSamples(path);
  const windows = Math.floor(samples.length / WINDOW);
  return frequenciesHz.map((frequencyHz) => {
    let heard = 0;
    for (let window = 0; window < windows; window++) {
      const part = samples.subarray(window * WINDOW, (window + 1) * WINDOW);
      if (amplitudeAt(frequencyHz, AUDIO_RATE, part) > AMPLITUDE / 5) heard++;
    }
    return windows === 0 ? 0 : heard / windows;
  });
}
