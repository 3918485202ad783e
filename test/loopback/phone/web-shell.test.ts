import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliProcess, killLeftovers, type CliEnd, type CliOptions } from '../../support/cli-run.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

let parent: string;
let data: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'sotto-test-'));
  data = join(parent, 'data');
});

afterEach(async () => {
  expect(await killLeftovers()).toEqual([]);
  await rm(parent, { recursive: true, force: true });
});

function start(args: readonly string[] = [], options: CliOptions = {}): CliProcess {
  return new CliProcess(['--no-open', '--port', '0', '--data', data, ...args], { program: 'web', ...options });
}

async function untilReady(): Promise<CliProcess> {
  const shell = start();
  await shell.event('ready');
  return shell;
}

async function end(shell: CliProcess, signal: NodeJS.Signals): Promise<CliEnd> {
  shell.signal(signal);
  return shell.finished;
}

describe('the phone in the browser', () => {
  it('says where it is in one line, ends on SIGTERM with 0 and on Ctrl-C with 130, and starts again at once', async () => {
    for (const [signal, code] of [
      ['SIGTERM', 0],
      ['SIGINT', 130],
      ['SIGTERM', 0],
    ] as const) {
      const shell = await untilReady();
      expect(shell.events).toMatchObject([
        { event: 'ready', url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]{32}$/) as string },
      ]);
      const ended = await end(shell, signal);
      expect([ended.code, ended.leftBehind, ended.stderr]).toEqual([code, false, '']);
    }
  }, 120_000);

  it('a second one with the same data folder: exit 2, config.conflict; the first goes on', async () => {
    const first = await untilReady();
    const second = await start().finished;
    expect([second.code, second.codes, second.leftBehind]).toEqual([2, ['config.conflict'], false]);
    expect(second.stderr).toMatch(/already running/);
    expect((await end(first, 'SIGTERM')).code).toBe(0);
  }, 120_000);

  it('one that was killed leaves nothing in the way of the next', async () => {
    await end(await untilReady(), 'SIGKILL');
    expect((await end(await untilReady(), 'SIGTERM')).code).toBe(0);
  }, 120_000);

  it('a file where the data folder should be: exit 1, file.unreadable', async () => {
    await writeFile(data, '');
    const ended = await start().finished;
    expect([ended.code, ended.codes]).toEqual([1, ['file.unreadable']]);
    expect(ended.stderr).toContain('--data');
  });

  it.runIf(process.getuid?.() === 0)('a data folder that its user may not write: exit 1, file.unreadable', async () => {
    await mkdir(data);
    await chmod(parent, 0o755);
    await chmod(data, 0o755);
    const ended = await start([], { uid: 65_534, env: { NODE_COMPILE_CACHE: '' } }).finished;
    expect([ended.code, ended.codes]).toEqual([1, ['file.unreadable']]);
  });

  it('settings that are broken: exit 2, with the place, and nothing is overwritten', async () => {
    await mkdir(data);
    await writeFile(join(data, 'phone.json'), '{\n  "accounts": [}\n');
    const ended = await start().finished;
    expect([ended.code, ended.codes, ended.leftBehind]).toEqual([2, ['config.invalid'], false]);
    expect(ended.result).toMatchObject({ diagnosis: [{ evidence: { line: 2 } }] });
    expect((await start().finished).codes).toEqual(['config.invalid']);
  });

  it('a port that is taken: exit 1, port.in-use, and the data folder is free again', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const ended = await start(['--port', String(port)]).finished;
    expect([ended.code, ended.codes, ended.leftBehind]).toEqual([1, ['port.in-use'], false]);
    other.close();
    expect((await end(await untilReady(), 'SIGTERM')).code).toBe(0);
  }, 120_000);

  it.each([['--nonsense'], ['--port', 'x'], ['--port', '70000']])('wrong usage: exit 2 (%s %s)', async (...args) => {
    const ended = await start(args).finished;
    expect([ended.code, ended.stdout]).toEqual([2, '']);
    expect(ended.stderr).toMatch(/\S/);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });

  it('Ctrl-C at any moment of its start: 130, nothing left, and the next start is fine', async () => {
    const begun = performance.now();
    await end(await untilReady(), 'SIGTERM');
    const startMs = performance.now() - begun;
    const seed = Date.now() % 1_000_000;
    const random = new SeededRandom(seed);
    for (const share of [0.2, 0.5, 0.7, 0.8, 0.9, 1]) {
      const after = startMs * share * (0.9 + random.below(200) / 1000);
      const shell = start();
      await new Promise((resolve) => setTimeout(resolve, after));
      const ended = await end(shell, 'SIGINT');
      const seen = `seed ${seed}, after ${Math.round(after)} of ${Math.round(startMs)} ms\n${ended.stdout}\n${ended.stderr}`;
      expect([ended.signal ?? ended.code, ended.leftBehind], seen).toEqual([
        ended.signal === null ? 130 : 'SIGINT',
        false,
      ]);
      expect(ended.stderr, seen).toBe('');
    }
    expect((await end(await untilReady(), 'SIGINT')).code).toBe(130);
  }, 240_000);
});
