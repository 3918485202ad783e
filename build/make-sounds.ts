import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './paths.ts';

/**
 * Makes the spoken prompts of `resources/sounds/prompts.json` and the hold music anew, with espeak-ng and SoX (Debian). What
 * it makes is kept with the sources, so that nobody needs those programs to build or run Sotto.
 */
const FOLDER = join(root, 'resources', 'sounds');
const FORMAT = ['-r', '16000', '-b', '16', '-c', '1', '-D'];
/** Chords of two bars each, as notes for SoX: our own. */
const CHORDS = [
  ['G2', 'D3', 'B3', 'D4', 'G4'],
  ['E2', 'B2', 'G3', 'B3', 'E4'],
  ['C3', 'G3', 'C4', 'E4', 'G4'],
  ['D3', 'A3', 'D4', 'F#4', 'A4'],
];
/** The order in which the strings of a chord are plucked, and the time between two, seconds. */
const PATTERN = [0, 2, 3, 4, 3, 2, 1, 2];
const STEP_S = 0.3;
const RING_S = 2.4;

const run = (command: string, args: readonly string[]): void => {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
};

function makePrompts(folder: string): void {
  const prompts = JSON.parse(readFileSync(join(FOLDER, 'prompts.json'), 'utf8')) as Readonly<Record<string, string>>;
  mkdirSync(join(FOLDER, 'prompts'), { recursive: true });
  for (const [name, text] of Object.entries(prompts)) {
    const raw = join(folder, 'speech.wav');
    run('espeak-ng', ['-v', 'en-us', '-s', '160', '-w', raw, text]);
    const silence = ['silence', '1', '0.01', '0.5%', 'reverse', 'silence', '1', '0.01', '0.5%', 'reverse'];
    const target = join(FOLDER, 'prompts', `${name}.wav`);
    run('sox', [raw, ...FORMAT, target, ...silence, 'pad', '0.02', '0.12', 'gain', '-n', '-6']);
  }
}

function makeMusic(folder: string): void {
  const notes = CHORDS.flatMap((chord) => [...PATTERN, ...PATTERN].map((string) => chord[string] ?? 'G3'));
  const parts = notes.map((note, index) => {
    const part = join(folder, `${index}.wav`);
    run('sox', ['-n', ...FORMAT, part, 'synth', String(RING_S), 'pluck', note, 'fade', '0', String(RING_S), '1.2', 'pad', String(index * STEP_S), '0']); // prettier-ignore
    return part;
  });
  const target = join(FOLDER, 'hold-music.wav');
  run('sox', ['-m', ...parts, ...FORMAT, target, 'trim', '0', String(notes.length * STEP_S), 'gain', '-n', '-9']);
}

const folder = mkdtempSync(join(tmpdir(), 'sotto-sounds-'));
try {
  makePrompts(folder);
  makeMusic(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
