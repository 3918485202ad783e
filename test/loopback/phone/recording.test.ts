import { readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseWav, WAV_HEADER_OCTETS } from '../../../core/audio/wav.ts';
import type { Recording } from '../../../core/api/recordings.ts';
import type { Phone } from '../../../core/phone/phone.ts';
import { CliProcess, killLeftovers } from '../../support/cli-run.ts';
import { makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';
import { PhoneHere } from '../../support/phone-here.ts';
import { amplitudeAt } from '../../support/tone.ts';
import { wavSamples } from '../../support/likeness.ts';
import { writeToneFile } from '../../support/tone-file.ts';

let scene: PbxScene;
let pbx: RunningPbx;
let here: PhoneHere;
let phone: Phone;

beforeAll(async () => {
  scene = await makePbxFolder();
  pbx = await RunningPbx.start(scene);
  await writeToneFile(join(scene.folder, '500.wav'), 500, 60);
  here = await PhoneHere.start(scene, pbx);
  ({ phone } = here);
}, 120_000);

afterAll(async () => {
  await here.close();
  await pbx.stop();
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
}, 60_000);

const list = async (): Promise<readonly Recording[]> => (await phone.handlers['recordings.list']({})).recordings;
const folder = (): string => join(scene.folder, 'recordings');

/** The file of a recording, as a window gets it. */
async function fetched(name: string): Promise<Uint8Array> {
  const pieces: Buffer[] = [];
  for (let offset = 0; ;) {
    const { data, last } = await phone.handlers['recordings.read']({ name, offset });
    pieces.push(Buffer.from(data, 'base64'));
    offset += pieces.at(-1)?.length ?? 0;
    if (last) return new Uint8Array(Buffer.concat(pieces));
  }
}

/** Left and right of a file as it is written here. */
function channelsOf(file: Uint8Array): readonly [Int16Array, Int16Array] {
  const samples = new Int16Array(file.slice(WAV_HEADER_OCTETS).buffer);
  const channel = (first: number): Int16Array => samples.filter((_, index) => index % 2 === first);
  return [channel(0), channel(1)];
}

/** Of its fifths of a second, the one in which a tone is the loudest. */
function loudest(hz: number, samples: Int16Array): number {
  const window = 9_600;
  const parts = Array.from({ length: Math.floor(samples.length / window) }, (_, n) =>
    amplitudeAt(hz, 48_000, samples.subarray(n * window, (n + 1) * window)),
  );
  return Math.max(0, ...parts);
}

describe('a recording', () => {
  it('has the other side left and this one right, and the other side hears that it is recorded', async () => {
    const heard = join(scene.folder, 'heard.wav');
    const play = join(scene.folder, '500.wav');
    const other = new CliProcess(['answer', ...pbx.account('1001'), '--play', play, '--record', heard, '--json']);
    await other.event('ready');
    const callId = await here.connect('1001');
    await phone.handlers['call.record']({ callId, on: true });
    await here.call(callId, ({ recording }) => recording);
    // Two seconds and more are on the disk while the call goes on.
    await expect.poll(async () => (await list())[0]?.seconds ?? 0, { timeout: 30_000 }).toBeGreaterThan(2);
    await phone.handlers['call.record']({ callId, on: false });
    await here.call(callId, ({ recording }) => !recording);
    await phone.handlers['call.hangUp']({ callId });
    await other.event('ended');
    other.signal('SIGTERM');
    await other.finished;

    const [recording] = await list();
    expect(recording).toMatchObject({ who: '1001' });
    const file = await fetched(recording?.name ?? '');
    expect(parseWav(file)).toMatchObject({ ok: true, value: { sampleRate: 48_000, channels: 2 } });
    const [left, right] = channelsOf(file);
    expect(loudest(500, left)).toBeGreaterThan(0.1);
    expect(loudest(500, right)).toBeLessThan(0.01);
    // The tone that says so is heard there, and not kept here.
    expect(loudest(1400, await wavSamples(heard))).toBeGreaterThan(0.05);
    expect(loudest(1400, right)).toBeLessThan(0.001);
    expect((await stat(join(folder(), recording?.name ?? ''))).mode & 0o777).toBe(0o600);
    expect((await stat(folder())).mode & 0o777).toBe(0o700);
  }, 90_000);

  it('is removed when told to, and nothing else can be named', async () => {
    const [recording] = await list();
    await phone.handlers['recordings.remove']({ name: recording?.name ?? '' });
    expect(await list()).toEqual([]);
    for (const name of ['../sotto-pbx.yaml', '/etc/passwd', '1.abcdefgh...wav', 'x']) {
      await expect(phone.handlers['recordings.read']({ name, offset: 0 })).rejects.toThrow('cannot be read');
      await expect(phone.handlers['recordings.remove']({ name })).rejects.toThrow('cannot be read');
    }
  });

  it('goes on until the call ends, where nobody ends it before', async () => {
    const callId = await here.connect('9196');
    await phone.handlers['call.record']({ callId, on: true });
    await expect.poll(async () => (await list())[0]?.octets ?? 0, { timeout: 30_000 }).toBeGreaterThan(100_000);
    const { revision } = phone.snapshot().recordings;
    await phone.handlers['call.hangUp']({ callId });
    await expect.poll(() => phone.snapshot().recordings.revision, { timeout: 30_000 }).toBeGreaterThan(revision);
    const [name = ''] = await readdir(folder());
    expect(parseWav(await fetched(name))).toMatchObject({ ok: true });
  }, 60_000);

  it('that the disk refuses is told on the call, which goes on', async () => {
    const callId = await here.connect('9196');
    await rm(folder(), { recursive: true, force: true });
    await writeFile(folder(), 'no folder');
    await expect(phone.handlers['call.record']({ callId, on: true })).rejects.toThrow('cannot be read or written');
    await here.call(callId, ({ state, recording }) => state === 'connected' && !recording);
    await phone.handlers['call.hangUp']({ callId });
  }, 60_000);
});
