import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Phone } from '../../../core/phone/phone.ts';
import { CliProcess, killLeftovers } from '../../support/cli-run.ts';
import { makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';
import { PhoneHere } from '../../support/phone-here.ts';
import { tonesIn, writeToneFile } from '../../support/tone-file.ts';

let scene: PbxScene;
let pbx: RunningPbx;
let here: PhoneHere;
let phone: Phone;

beforeAll(async () => {
  scene = await makePbxFolder();
  pbx = await RunningPbx.start(scene);
  for (const hz of [500, 900]) await writeToneFile(join(scene.folder, `${hz}.wav`), hz, 60);
  here = await PhoneHere.start(scene, pbx);
  ({ phone } = here);
}, 120_000);

afterAll(async () => {
  await here.close();
  await pbx.stop();
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
}, 60_000);

/** A user that says a tone and keeps what it hears. */
async function speaking(user: string, hz: number): Promise<{ process: CliProcess; heard: string }> {
  const heard = join(scene.folder, `${user}-heard.wav`);
  const play = join(scene.folder, `${hz}.wav`);
  const process = new CliProcess(['answer', ...pbx.account(user), '--play', play, '--record', heard, '--json']);
  await process.event('ready');
  return { process, heard };
}

describe('a conference of the phone', () => {
  it('lets everybody hear everybody but themselves; it holds, mutes and shrinks as one', async () => {
    const [low, high] = await Promise.all([speaking('1001', 500), speaking('1002', 900)]);
    const [first, second] = [await here.connect('1001'), await here.connect('1002')];
    await here.call(first, ({ hold }) => hold.here);
    await phone.handlers['call.merge']({ callIds: [first, second] });
    for (const id of [first, second])
      await here.call(id, ({ conference, hold }) => conference && !hold.here && !hold.there);
    // Muting is of the microphone here: the others go on hearing each other.
    await phone.handlers['call.mute']({ callId: second, muted: true });
    expect(phone.snapshot().calls.map(({ muted }) => muted)).toEqual([true, true]);
    const before = Number((await low.process.event('media')).packetsReceived);
    await low.process.event('media', ({ packetsReceived }) => Number(packetsReceived) > before + 150);

    await phone.handlers['call.hold']({ callId: first, held: true });
    await here.call(second, ({ hold }) => hold.here);
    await phone.handlers['call.hold']({ callId: second, held: false });
    await here.call(first, ({ hold }) => !hold.here);

    // A third call interrupts both; whoever comes back, both do.
    const echo = await here.connect('9196');
    await here.call(first, ({ hold }) => hold.here);
    await here.call(second, ({ hold }) => hold.here);
    await phone.handlers['call.hold']({ callId: first, held: false });
    await here.call(second, ({ hold, conference }) => conference && !hold.here);
    await here.call(echo, ({ hold, conference }) => hold.here && !conference);
    await phone.handlers['call.hangUp']({ callId: echo });

    await phone.handlers['call.split']({ callId: second });
    await here.call(second, ({ conference, hold }) => !conference && hold.here);
    await here.call(first, ({ conference, hold }) => !conference && !hold.here);
    await phone.handlers['call.hangUp']({ callId: first });
    await phone.handlers['call.hangUp']({ callId: second });
    await Promise.all([low.process.event('ended'), high.process.event('ended')]);
    for (const { process } of [low, high]) process.signal('SIGTERM');
    await Promise.all([low.process.finished, high.process.finished]);
    const [ownLow = 1, otherHigh = 0] = await tonesIn(low.heard, [500, 900]);
    const [otherLow = 0, ownHigh = 1] = await tonesIn(high.heard, [500, 900]);
    // Some of the recording is from before and after the conference.
    expect(otherHigh).toBeGreaterThan(0.1);
    expect(otherLow).toBeGreaterThan(0.1);
    expect([ownLow, ownHigh]).toEqual([0, 0]);
  }, 120_000);

  it('ends with the last but one of its calls, and the other goes on', async () => {
    const [first, second] = [await here.connect('9196'), await here.connect('9196')];
    await phone.handlers['call.merge']({ callIds: [first, second] });
    await here.call(second, ({ conference }) => conference);
    await phone.handlers['call.hangUp']({ callId: first });
    await here.call(second, ({ conference, state }) => state === 'connected' && !conference);
    await expect(phone.handlers['call.merge']({ callIds: [second, second] })).rejects.toThrow('There are no two calls');
    await phone.handlers['call.hangUp']({ callId: second });
    await here.call(second, ({ state }) => state === 'ended');
  }, 60_000);
});
