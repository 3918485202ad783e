import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliProcess, killLeftovers, runCli, type CliEnd } from '../../support/cli-run.ts';
import { makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

/** When Ctrl-C comes, in times that a short command takes from start to end: in each of these spans once. */
const SPANS: readonly (readonly [from: number, to: number])[] = [
  [0, 0.6],
  [0.6, 1],
  [1, 1.3],
  [1.3, 2],
];

let scene: PbxScene;
let pbx: RunningPbx;
let folder: string;
/** Takes connections and never says a word. */
const mute = createServer((socket) => socket.on('error', () => undefined));
let mutePort: number;
let random: SeededRandom;
let seed: number;
/** How long a short command takes on this machine today. */
let shortMs: number;

beforeAll(async () => {
  seed = Date.now() % 1_000_000;
  random = new SeededRandom(seed);
  folder = await mkdtemp(join(tmpdir(), 'sotto-test-'));
  scene = await makePbxFolder();
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  const address = mute.address();
  mutePort = typeof address === 'object' && address !== null ? address.port : 0;
  pbx = await RunningPbx.start(scene);
  shortMs = 1000 * (await runCli(['pbx', 'check', scene.config])).seconds;
}, 120_000);

afterAll(async () => {
  mute.close();
  expect(await pbx.stop()).toBe(0);
  await scene.remove();
  await rm(folder, { recursive: true, force: true });
  expect(await killLeftovers()).toEqual([]);
});

/** Each command in a form that would go on for longer than the test, where it can. */
const COMMANDS: Readonly<Record<string, () => readonly string[]>> = {
  demo: () => ['demo', '--seconds', '60'],
  pbx: () => ['pbx', '--config', scene.config],
  'pbx init': () => ['pbx', 'init', join(folder, `new-${random.below(1_000_000_000)}`)],
  'pbx check': () => ['pbx', 'check', scene.config],
  register: () => ['register', ...pbx.account('1000'), '--seconds', '60'],
  'register at a server that says nothing': () => ['register', ...pbx.account('1000', { port: mutePort })],
  call: () => ['call', '9196', ...pbx.account('1001'), '--seconds', '60'],
  'call to nobody': () => ['call', '1000', ...pbx.account('1001', { transport: 'udp', port: 1 })],
  answer: () => ['answer', ...pbx.account('1002'), '--calls', '0'],
  doctor: () => ['doctor', '--data', folder],
};

/** What must hold whenever Ctrl-C came. */
function expectCleanEnd(end: CliEnd, what: string): void {
  const seen = `${what}\n${end.stdout}\n${end.stderr}`;
  expect(end.leftBehind, seen).toBe(false);
  expect(end.stderr, seen).not.toMatch(/^\s+at |Warning|Error/m);
  // Every line that was printed is whole.
  expect(end.stdout === '' || end.stdout.endsWith('\n'), seen).toBe(true);
  // Before the first line of the program ran, the signal itself ends it: for a shell that is 130, too.
  if (end.signal !== null) expect([end.signal, end.stdout], seen).toEqual(['SIGINT', '']);
  else if (end.code === 130) expect(end.result, seen).toBeDefined();
  // Through before the signal came.
  else expect([end.code, end.result?.ok], seen).toEqual([0, true]);
  expect(end.seconds, seen).toBeLessThan(30);
}

describe('Ctrl-C ends every command cleanly', () => {
  it.each(Object.entries(COMMANDS))(
    'sotto %s, at any moment',
    async (name, args) => {
      for (const [from, to] of SPANS) {
        const after = Math.round(shortMs * (from + ((to - from) * random.below(1000)) / 1000));
        const run = new CliProcess([...args(), '--json']);
        await new Promise((resolve) => setTimeout(resolve, after));
        run.signal('SIGINT');
        expectCleanEnd(await run.finished, `seed ${seed}: sotto ${name}, Ctrl-C after ${after} ms`);
      }
    },
    240_000,
  );

  it.each([
    ['demo', 'switch'],
    ['demo', 'registered'],
    ['demo', 'connected'],
    ['pbx', 'ready'],
    ['register', 'registered'],
    ['call', 'registered'],
    ['call', 'calling'],
    ['call', 'connected'],
    ['call', 'media'],
    ['answer', 'ready'],
  ])(
    'sotto %s, right after it said %s: exit 130',
    async (name, event) => {
      const run = new CliProcess([...(COMMANDS[name]?.() ?? []), '--json']);
      await run.event(event);
      run.signal('SIGINT');
      const end = await run.finished;
      expectCleanEnd(end, `sotto ${name}, Ctrl-C after ${event}`);
      expect(end.code).toBe(130);
    },
    120_000,
  );

  it('the switch that they talked to goes on, and has forgotten them', async () => {
    const end = await runCli(['register', ...pbx.account('1000')]);
    expect(end.code, end.stdout).toBe(0);
    const calls = pbx.process.events.filter(({ event }) => event === 'call');
    const open = new Set(calls.map(({ id }) => id));
    for (const { id, state } of calls) if (state === 'ended') open.delete(id);
    expect(open.size).toBe(0);
    expect(pbx.process.stderr).toBe('');
  });
});

describe('what is under way when Ctrl-C comes', () => {
  it('a dial is not waited for', async () => {
    const connected = new Promise((resolve) => mute.once('connection', resolve));
    const run = new CliProcess(['register', ...pbx.account('1000', { port: mutePort }), '--json']);
    await connected;
    const started = performance.now();
    run.signal('SIGINT');
    expect((await run.finished).code).toBe(130);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});

describe('a second Ctrl-C', () => {
  it('ends at once what takes long to end', async () => {
    const run = new CliProcess(['call', '9196', ...pbx.account('1001'), '--seconds', '60', '--json']);
    await run.event('connected');
    run.signal('SIGINT');
    run.signal('SIGINT');
    const end = await run.finished;
    expect([end.code, end.leftBehind]).toEqual([130, false]);
  });
});
