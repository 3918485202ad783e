import { spawn } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataFolder } from '../../../core/io/data-folder.ts';
import { good } from '../../support/test-authority.ts';

let parent: string;
let path: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'sotto-test-'));
  path = join(parent, 'deep', 'data');
});

afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

const MODULE = new URL('../../../core/io/data-folder.ts', import.meta.url).href;

/** Processes that take the folder at the same moment, tell whether they have it, and stay until they are killed. */
async function race(count: number): Promise<{ readonly outcomes: string[]; end(): Promise<void> }> {
  const code = `
    import { openDataFolder } from ${JSON.stringify(MODULE)};
    while (Date.now() < Number(process.argv[2])) {}
    const folder = await openDataFolder(process.argv[1]);
    console.log(folder.ok ? 'taken' : folder.error.code);
    setInterval(() => folder, 1000);`;
  const at = String(Date.now() + 3000);
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', code, path, at], { stdio: ['ignore', 'pipe', 'inherit'] }),
  );
  const outcomes = await Promise.all(
    children.map((child) => new Promise<string>((resolve) => child.stdout.once('data', (text) => { resolve(String(text).trim()); }))),
  ); // prettier-ignore
  return {
    outcomes,
    end: async () => {
      const ends = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(ends);
    },
  };
}

describe('the data folder', () => {
  it('is made with the folders above it, for its owner alone', async () => {
    const folder = good(await openDataFolder(path));
    expect(folder.path).toBe(path);
    if (process.platform !== 'win32') expect((await stat(path)).mode & 0o777).toBe(0o700);
    await folder.release();
  });

  it('is one process’s alone until that lets go: config.conflict', async () => {
    const first = good(await openDataFolder(path));
    expect(await openDataFolder(path)).toMatchObject({
      ok: false,
      error: { code: 'config.conflict', evidence: { path } },
    });
    await first.release();
    await good(await openDataFolder(path)).release();
  });

  it('goes to exactly one of several that start at the same moment, and is free when that one is killed', async () => {
    const runners = await race(4);
    try {
      expect(runners.outcomes.toSorted()).toEqual(['config.conflict', 'config.conflict', 'config.conflict', 'taken']);
    } finally {
      await runners.end();
    }
    await good(await openDataFolder(path)).release();
  });

  it('cannot be where a file is: file.unreadable, and what to do', async () => {
    await writeFile(join(parent, 'file'), '');
    for (const wrong of [join(parent, 'file'), join(parent, 'file', 'below')]) {
      const opened = await openDataFolder(wrong);
      expect(opened).toMatchObject({
        ok: false,
        error: { code: 'file.unreadable', side: 'here', evidence: { path: wrong } },
      });
    }
  });

  it('whose lock is not what it should be does not open, and does not break', async () => {
    await good(await openDataFolder(path)).release();
    await writeFile(join(path, 'lock.sqlite'), 'this is no database, and long enough to be taken for one'.repeat(100));
    expect(await openDataFolder(path)).toMatchObject({ ok: false, error: { code: 'file.unreadable' } });
  });
});
