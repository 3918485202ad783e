import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../build/paths.ts';

const FOLDER = join(root, 'test/vectors/fuzz');
/** What the fuzzer found out itself: one input in base64 a line. */
const GROWN = 'grown.txt';

/** An input and the file that it comes from. */
export interface KeptInput {
  readonly name: string;
  readonly octets: Uint8Array;
}

/** The inputs that a target begins with: each file of its folder, and each line of what was found by fuzzing before. */
export function corpusOf(target: string): readonly KeptInput[] {
  const folder = join(FOLDER, target);
  return filesOf(folder).flatMap(({ name, octets }) =>
    name === GROWN
      ? new TextDecoder()
          .decode(octets)
          .split('\n')
          .filter((line) => line !== '')
          .map((line, index) => ({ name: `${name}:${index + 1}`, octets: new Uint8Array(Buffer.from(line, 'base64')) }))
      : [{ name, octets }],
  );
}

/** Inputs that broke a target once. */
export function crashersOf(target: string): readonly KeptInput[] {
  return filesOf(join(FOLDER, 'crashers', target));
}

/** Keeps an input that broke a target; where. */
export function keepCrasher(target: string, octets: Uint8Array): string {
  const folder = join(FOLDER, 'crashers', target);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, createHash('sha256').update(octets).digest('hex').slice(0, 12));
  writeFileSync(file, octets);
  return file;
}

/** Keeps what fuzzing found in the place of what it found before. */
export function keepGrown(target: string, inputs: readonly Uint8Array[]): void {
  const lines = inputs.map((octets) => `${Buffer.from(octets).toString('base64')}\n`).sort();
  writeFileSync(join(FOLDER, target, GROWN), lines.join(''));
}

function filesOf(folder: string): readonly KeptInput[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, octets: new Uint8Array(readFileSync(join(folder, name))) }));
}
