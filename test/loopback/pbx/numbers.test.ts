import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliProcess, killLeftovers, runCli, type CliEnd } from '../../support/cli-run.ts';
import { likeness, wavSamples } from '../../support/likeness.ts';
import { makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';
import { tonesIn, writeToneFile } from '../../support/tone-file.ts';

/** More than a few clicks, and less than all of it: what a loaded machine still brings over. */
const HEARD = 0.15;

let scene: PbxScene;
let pbx: RunningPbx;

beforeAll(async () => {
  scene = await makePbxFolder();
  await scene.edit(/("1001":\n\s+password: .*)/, `$1\n    vm-enabled: true`);
  await scene.edit('users:\n', 'groups:\n  sales: ["1001", "1002"]\nconferences:\n  "3001": { pin: "99" }\nusers:\n');
  pbx = await RunningPbx.start(scene);
  for (const hz of [500, 700, 900]) await writeToneFile(file(`${hz}.wav`), hz, 20);
}, 120_000);

afterAll(async () => {
  expect(await pbx.stop()).toBe(0);
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
}, 60_000);

const file = (name: string): string => join(scene.folder, name);

function calling(user: string, number: string, args: readonly string[]): CliProcess {
  return new CliProcess(['call', number, ...pbx.account(user), '--json', ...args]);
}

async function called(user: string, number: string, args: readonly string[]): Promise<CliEnd> {
  const end = await runCli(['call', number, ...pbx.account(user), ...args]);
  expect(end.code, end.stdout + end.stderr).toBe(0);
  return end;
}

async function answering(user: string, args: readonly string[] = []): Promise<CliProcess> {
  const phone = new CliProcess(['answer', ...pbx.account(user), '--echo', '--json', ...args]);
  await phone.event('ready');
  return phone;
}

/** Whether each tone is in a recording. */
async function hears(path: string, ...frequenciesHz: readonly number[]): Promise<readonly boolean[]> {
  return (await tonesIn(path, frequenciesHz)).map((share) => share > HEARD);
}

describe('numbers that the switch answers itself', () => {
  it.each([
    ['9197', 1004],
    ['9198', 440],
    ['9183', 450],
  ])('%s sounds at %d Hz', async (number, hz) => {
    await called('1000', number, ['--seconds', '3', '--record', file(`${number}.wav`)]);
    expect(await hears(file(`${number}.wav`), hz)).toEqual([true]);
  });

  it('9195 brings back what was said five seconds before', async () => {
    await called('1000', '9195', ['--seconds', '8', '--play', file('500.wav'), '--record', file('9195.wav')]);
    const [share = 0] = await tonesIn(file('9195.wav'), [500]);
    expect(share).toBeGreaterThan(HEARD);
    expect(share).toBeLessThan(0.6);
  }, 60_000);

  it('9664 speaks before the music plays, since what protects the call is to be heard', async () => {
    await called('1000', '9664', ['--seconds', '5', '--record', file('9664.wav')]);
    const prompt = fileURLToPath(new URL('../../../resources/sounds/prompts/security-encrypted.wav', import.meta.url));
    expect(likeness(await wavSamples(prompt), await wavSamples(file('9664.wav')))).toBeGreaterThan(0.7);
  }, 60_000);

  it('a conference: each hears the others and not itself', async () => {
    const members = [
      ['1000', 500],
      ['1001', 700],
      ['1002', 900],
    ] as const;
    const calls = members.map(([user, hz]) =>
      calling(user, '3000', ['--play', file(`${hz}.wav`), '--record', file(`3000-${user}.wav`), '--seconds', '9']),
    );
    const ends = await Promise.all(calls.map(({ finished }) => finished));
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0]);
    for (const [user, own] of members) {
      const tones = [500, 700, 900];
      expect(await hears(file(`3000-${user}.wav`), ...tones), user).toEqual(tones.map((hz) => hz !== own));
    }
  }, 90_000);

  it('a conference with a number lets nobody in who does not know it', async () => {
    const inside = calling('1000', '3001', ['--play', file('500.wav'), '--dtmf', '99#', '--seconds', '10']);
    await inside.event('connected');
    const outside = await called('1002', '3001', ['--dtmf', '98#', '--record', file('3001.wav'), '--seconds', '6']);
    expect(outside.result).toMatchObject({ ok: true });
    expect(await hears(file('3001.wav'), 500)).toEqual([false]);
    await inside.finished;
  }, 90_000);
});

describe('parking', () => {
  it('a call in a slot is taken up by whoever dials the slot', async () => {
    const waiting = calling('1001', '6001', [
      '--play',
      file('700.wav'),
      '--record',
      file('6001.wav'),
      '--seconds',
      '15',
    ]);
    await waiting.event('connected');
    await pbx.process.event('call', ({ to, state }) => to === '6001' && state === 'answered');
    await called('1000', '6001', ['--play', file('500.wav'), '--record', file('6001-up.wav'), '--seconds', '5']);
    expect(await hears(file('6001-up.wav'), 700)).toEqual([true]);
    expect((await waiting.finished).code).toBe(0);
    expect(await hears(file('6001.wav'), 500)).toEqual([true]);
    const joined = pbx.process.events.find(
      ({ event, from, to }) => event === 'call' && from === '1001' && to === '1000',
    );
    expect(joined).toMatchObject({ legs: [{ security: 'encrypted' }, { security: 'encrypted' }] });
  }, 90_000);

  it('5901 takes the call that 5900 let wait; where nobody waits it says so and ends', async () => {
    const waiting = calling('1001', '5900', ['--play', file('700.wav'), '--seconds', '15']);
    await waiting.event('connected');
    await called('1000', '5901', ['--record', file('5901.wav'), '--seconds', '4']);
    expect(await hears(file('5901.wav'), 700)).toEqual([true]);
    await waiting.finished;
    // Without an end of its own: it is the switch that hangs up.
    await called('1000', '5901', []);
  }, 90_000);
});

describe('calls that somebody else takes', () => {
  it('**1002 takes the call that rings at 1002, which hears that it was answered elsewhere', async () => {
    const phone = await answering('1002', ['--delay', '60']);
    const caller = calling('1000', '1002', [
      '--play',
      file('500.wav'),
      '--record',
      file('taken.wav'),
      '--seconds',
      '6',
    ]);
    await caller.event('ringing');
    const taker = calling('1001', '**1002', ['--play', file('700.wav'), '--seconds', '10']);
    expect((await caller.finished).code).toBe(0);
    expect(await hears(file('taken.wav'), 700)).toEqual([true]);
    await taker.finished;
    phone.signal('SIGINT');
    await phone.finished;
  }, 90_000);

  it('a group rings all its members; redial and call return find the other side again', async () => {
    const phones = [await answering('1002', ['--delay', '60']), await answering('1001')];
    const first = await called('1000', '2000', ['--seconds', '1']);
    expect(first.result).toMatchObject({ ok: true });
    phones[0]?.signal('SIGINT');
    await Promise.all(phones.map(({ finished }) => finished));

    const third = await answering('1002');
    await called('1000', '1002', ['--seconds', '1']);
    await third.finished;
    const again = await answering('1002');
    await called('1000', '870', ['--seconds', '1']);
    await again.finished;

    const caller = await answering('1000');
    await called('1002', '*69', ['--seconds', '1']);
    expect((await caller.finished).code).toBe(0);
  }, 120_000);
});

describe('voicemail', () => {
  it('takes a message where nobody answers, plays it to its user, and keeps it until it is deleted', async () => {
    await writeToneFile(file('message.wav'), 600, 13);
    await called('1000', '1001', ['--play', file('message.wav')]);
    const left = await messages('new');
    expect(left).toHaveLength(1);
    expect(left[0]).toMatch(/\.1000\.wav$/);

    await called('1001', '*98', ['--dtmf', '1', '--record', file('heard.wav'), '--seconds', '15']);
    expect(await hears(file('heard.wav'), 600)).toEqual([true]);

    expect(await messages('new')).toEqual([]);
    expect(await messages('cur')).toEqual(left);
  }, 120_000);

  const messages = (part: string): Promise<string[]> => readdir(join(scene.folder, 'voicemail', '1001', part));
});
