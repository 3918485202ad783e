import { steadyTone, type StreamSource, type ToneStep } from '../../media/media-plane.ts';
import type { Sound } from '../dial-plan.ts';

const tone = (ms: number, ...frequenciesHz: readonly number[]): ToneStep => ({ frequenciesHz, ms });

/** Ringing as in the United Kingdom (ITU-T E.180 supplement 2): 400 + 450 Hz, 0.4 s twice, then 2 s of silence. */
const RINGBACK_UK = [tone(400, 400, 450), tone(200), tone(400, 400, 450), tone(2000)];

/** The digital milliwatt of the telephone network. */
const MILLIWATT_HZ = 1004;

/** Notes of the melody in hertz. */
const [D, E, F_SHARP, G, A] = [293.7, 329.6, 370, 392, 440] as const;
const QUARTER_MS = 400;

/** The theme of the last movement of Beethoven's Ninth. */
const MELODY = [
  ...[F_SHARP, F_SHARP, G, A, A, G, F_SHARP, E, D, D, E, F_SHARP].map((note) => tone(QUARTER_MS, note)),
  ...[tone(1.5 * QUARTER_MS, F_SHARP), tone(0.5 * QUARTER_MS, E), tone(2 * QUARTER_MS, E)],
  ...[F_SHARP, F_SHARP, G, A, A, G, F_SHARP, E, D, D, E, F_SHARP].map((note) => tone(QUARTER_MS, note)),
  ...[tone(1.5 * QUARTER_MS, E), tone(0.5 * QUARTER_MS, D), tone(2 * QUARTER_MS, D), tone(2 * QUARTER_MS)],
];

/** The sounds of the switch: tones that are made, and files of one folder. */
export class SoundLibrary {
  readonly #folder: string;

  /** `folder` ends with a slash. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  source(sound: Sound): StreamSource {
    switch (sound) {
      case 'milliwatt':
        return steadyTone(MILLIWATT_HZ);
      case 'melody':
        return { kind: 'tones', steps: MELODY, loop: true };
      case 'ringback-uk':
        return { kind: 'tones', steps: RINGBACK_UK, loop: true };
      case 'hold-music':
        return { kind: 'wav', path: `${this.#folder}hold-music.wav`, loop: true };
      case 'silence':
        return { kind: 'silence' };
    }
  }

  /** What is spoken, by the names of the prompts in `prompts.json`. */
  speech(prompts: readonly string[]): StreamSource {
    return { kind: 'wav', path: prompts.map((prompt) => `${this.#folder}prompts/${prompt}.wav`) };
  }
}
