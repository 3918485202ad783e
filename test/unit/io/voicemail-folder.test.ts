import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VoicemailFolder } from '../../../core/io/voicemail-folder.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';
import { good } from '../../support/test-authority.ts';

let folder: string;
let clock: VirtualClock;
let store: VoicemailFolder;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-voicemail-'));
  clock = new VirtualClock();
  store = new VoicemailFolder(folder, { clock, random: new SeededRandom(1) });
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** Leaves a message, or only begins to. */
async function leave(from: string, keep = true): Promise<void> {
  const draft = good(await store.begin('1001', from));
  await writeFile(draft.path, from);
  if (keep) good(await draft.keep());
}

const parts = async (): Promise<number[]> =>
  Promise.all(['tmp', 'new', 'cur'].map(async (part) => (await readdir(join(folder, '1001', part))).length));

describe('mailboxes', () => {
  it('a message is there once it is kept, oldest first, and lies elsewhere once it was heard', async () => {
    expect(await store.list('1001')).toEqual([]);
    await leave('1000');
    clock.advance(5000);
    await leave('1002');
    await leave('1003', false);
    const [first, second, ...more] = await store.list('1001');
    expect([first?.from, second?.from, more]).toEqual(['1000', '1002', []]);
    expect((second?.leftAt ?? 0) - (first?.leftAt ?? 0)).toBe(5000);

    await store.markHeard('1001', first?.id ?? '');
    expect((await store.list('1001')).map(({ heard }) => heard)).toEqual([true, false]);
    expect(await parts()).toEqual([1, 1, 1]);
    for (const { id } of await store.list('1001')) await store.remove('1001', id);
    expect(await store.list('1001')).toEqual([]);
  });

  it('none of many messages is missing, whatever tokens their names have', async () => {
    for (let count = 0; count < 100; count++) await leave('1000');
    const messages = await store.list('1001');
    expect(messages.filter(({ from }) => from === '1000')).toHaveLength(100);
    for (const { id } of messages) await store.markHeard('1001', id);
    expect((await store.list('1001')).filter(({ heard }) => heard)).toHaveLength(100);
  });

  it('what was being recorded when the switch was killed is a message after its next start', async () => {
    await leave('1000', false);
    await store.recover();
    expect((await store.list('1001')).map(({ from, heard }) => [from, heard])).toEqual([['1000', false]]);
  });

  it('no name of a caller leads out of the folder, and each comes back as it was, or cut', async () => {
    for (const from of ['../../etc/passwd', 'a/b\\c', '.', '*', 'ä'.repeat(100), 'x'.repeat(1000), '\ud800'])
      await leave(from);
    const names = (await store.list('1001')).map(({ from }) => from);
    expect(names).toHaveLength(7);
    expect(names).toContain('a/b\\c');
    expect(await readdir(folder)).toEqual(['1001']);
  });

  it('nothing but messages is listed, marked or removed', async () => {
    await leave('1000');
    await writeFile(join(folder, '1001', 'new', 'notes.txt'), '');
    await writeFile(join(folder, 'kept'), '');
    await store.remove('1001', '../../kept');
    await store.markHeard('1001', '../../kept');
    expect((await store.list('1001')).length).toBe(1);
    expect((await readdir(folder)).sort()).toEqual(['1001', 'kept']);
  });

  it('only its owner reads a mailbox', async () => {
    await leave('1000');
    expect((await stat(join(folder, '1001'))).mode & 0o077).toBe(0);
  });

  it('a folder that cannot be written is a diagnosis', async () => {
    await writeFile(join(folder, '1001'), '');
    expect(await store.begin('1001', '1000')).toMatchObject({
      ok: false,
      error: { code: 'file.unreadable', side: 'here' },
    });
  });
});
