import { createHash } from 'node:crypto';
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, tools } from './paths.ts';
import { runNode, type ProgramResult } from './program.ts';

/** One part of `dist/` that is made as a whole, again only when what it is made from has changed. */
interface Part {
  readonly name: string;
  /** Patterns of the files that it is made from. */
  readonly from: readonly string[];
  /** Folders of `dist/` that it owns. */
  readonly into: readonly string[];
  readonly make: () => Promise<ProgramResult>;
}

const COMMON = ['package-lock.json', 'build/build.ts', 'tsconfig.json'];

const PARTS: readonly Part[] = [
  {
    name: 'core and electron',
    from: [...COMMON, 'tsconfig.build.json', 'core/**/*', 'electron/**/*'],
    into: ['core', 'electron'],
    make: () => runNode([tools.tsc, '-p', 'tsconfig.build.json'], { output: 'keep', limitSeconds: 120 }),
  },
  {
    name: 'renderer',
    from: [...COMMON, 'build/vite.*', 'renderer/**/*', 'core/api/**/*', 'core/base/**/*'],
    into: ['renderer'],
    make: () =>
      runNode([tools.vite, 'build', '--config', 'build/vite.renderer.config.ts', '--logLevel', 'warn'], {
        output: 'keep',
        limitSeconds: 120,
      }),
  },
];

/**
 * Makes `dist/`: the core and Electron's main as JavaScript, the preload as one CommonJS file, the window.
 * A part whose sources have not changed stays. Says on standard error what it did; `true` when all is there.
 */
export async function build(): Promise<boolean> {
  const outcomes = await Promise.all(PARTS.map(buildPart));
  return outcomes.every(Boolean);
}

async function buildPart({ name, from, into, make }: Part): Promise<boolean> {
  const stamp = join(root, 'dist/.stamps', `${name.replaceAll(' ', '-')}.sha256`);
  const sources = digest(from);
  const upToDate = into.every((folder) => existsSync(join(root, 'dist', folder)));
  if (upToDate && existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return true;

  // What was made from a source that is gone must go, too.
  for (const folder of into) rmSync(join(root, 'dist', folder), { recursive: true, force: true });
  rmSync(stamp, { force: true });
  const started = performance.now();
  const { ok, output } = await make();
  if (!ok) {
    console.error(`build: ${name} failed\n${output.trimEnd()}`);
    return false;
  }
  for (const folder of into) mkdirSync(join(root, 'dist', folder), { recursive: true });
  mkdirSync(join(root, 'dist/.stamps'), { recursive: true });
  writeFileSync(stamp, sources);
  console.error(`build: ${name} in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return true;
}

/** A digest of names and contents of all files that the patterns match. */
function digest(patterns: readonly string[]): string {
  const hash = createHash('sha256');
  for (const path of globSync(patterns, { cwd: root }).sort()) {
    const file = join(root, path);
    if (statSync(file).isFile()) hash.update(path).update('\0').update(readFileSync(file)).update('\0');
  }
  return hash.digest('hex');
}

if (import.meta.main) process.exitCode = (await build()) ? 0 : 1;
