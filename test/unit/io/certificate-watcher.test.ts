import { chmod, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock, Timer } from '../../../core/base/clock.ts';
import { CertificateWatcher } from '../../../core/io/certificate-watcher.ts';

/** A clock whose one timer fires when the test says so. */
class HandClock implements Clock {
  readonly #armed: (() => void)[] = [];

  now(): number {
    return 0;
  }

  wall(): number {
    return 0;
  }

  after(_delayMs: number, fire: () => void): Timer {
    this.#armed.push(fire);
    return { cancel: () => void this.#armed.splice(0) };
  }

  /** Lets the watcher look once, and waits until it has armed its timer again. */
  async look(): Promise<void> {
    const fire = this.#armed.pop();
    if (fire === undefined) throw new Error('nothing is armed');
    fire();
    while (this.#armed.length === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}

let folder: string;
let clock: HandClock;
let changes: string[];
let watcher: CertificateWatcher;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-watch-'));
  for (const name of ['one', 'two']) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'agent.pem'), 'first');
  }
  clock = new HandClock();
  changes = [];
  const folders = new Map(['one', 'two'].map((name) => [name, join(folder, name)]));
  watcher = await CertificateWatcher.start(clock, folders, (key) => changes.push(key));
});

afterEach(async () => {
  watcher.close();
  await rm(folder, { recursive: true });
});

async function looks(count: number): Promise<string[]> {
  for (let index = 0; index < count; index++) await clock.look();
  return changes.splice(0);
}

describe('the watcher of certificate folders', () => {
  it('says nothing while nothing changes, or only dates do', async () => {
    expect(await looks(3)).toEqual([]);
    await writeFile(join(folder, 'one', 'agent.pem'), 'first');
    expect(await looks(3)).toEqual([]);
  });

  it('tells of a change once, for the folder that it is in', async () => {
    await writeFile(join(folder, 'one', 'agent.pem'), 'second');
    expect(await looks(1)).toEqual([]);
    expect(await looks(1)).toEqual(['one']);
    expect(await looks(3)).toEqual([]);
  });

  it('waits for files that are written one after the other', async () => {
    for (const text of ['s', 'se', 'sec']) {
      await writeFile(join(folder, 'two', 'agent.pem'), text);
      expect(await looks(1)).toEqual([]);
    }
    expect(await looks(1)).toEqual(['two']);
  });

  it('takes no notice of a change that was taken back', async () => {
    await writeFile(join(folder, 'one', 'agent.pem'), 'second');
    expect(await looks(1)).toEqual([]);
    await writeFile(join(folder, 'one', 'agent.pem'), 'first');
    expect(await looks(3)).toEqual([]);
  });

  it.each(['cafile.pem', 'crl.pem', 'tls.pem', 'wss.pem'])('sees a new %s, and that it goes', async (name) => {
    await writeFile(join(folder, 'one', name), 'new');
    expect(await looks(2)).toEqual(['one']);
    await rm(join(folder, 'one', name));
    expect(await looks(2)).toEqual(['one']);
  });

  it('sees a link that points elsewhere, and a folder that was exchanged', async () => {
    await writeFile(join(folder, 'renewed.pem'), 'renewed');
    await rm(join(folder, 'one', 'agent.pem'));
    await symlink(join(folder, 'renewed.pem'), join(folder, 'one', 'agent.pem'));
    expect(await looks(2)).toEqual(['one']);
    await mkdir(join(folder, 'next'));
    await writeFile(join(folder, 'next', 'agent.pem'), 'exchanged');
    await rename(join(folder, 'two'), join(folder, 'old'));
    await rename(join(folder, 'next'), join(folder, 'two'));
    expect(await looks(2)).toEqual(['two']);
  });

  it.skipIf(process.platform === 'win32')('sees that others may read a key', async () => {
    await chmod(join(folder, 'one', 'agent.pem'), 0o600);
    expect(await looks(2)).toEqual(['one']);
  });

  it('is silent once it is closed', async () => {
    await writeFile(join(folder, 'one', 'agent.pem'), 'second');
    await looks(1);
    watcher.close();
    await expect(clock.look()).rejects.toThrow('nothing is armed');
    expect(changes).toEqual([]);
  });
});
