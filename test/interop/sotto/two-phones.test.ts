import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clearestSecond } from '../../support/clearest-second.ts';
import { CliProcess, killLeftovers, type CliEnd } from '../../support/cli-run.ts';
import { makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';

const SPEECH = fileURLToPath(new URL('../../../resources/sounds/demo-speech.wav', import.meta.url));
const SUITE = 'AES_CM_128_HMAC_SHA1_80';
/** Other speech, or noise, gives less than half of this. */
const SAME_SOUND = 0.8;
const ENCRYPTED = { transport: 'tls', security: 'encrypted', suite: SUITE };

interface MediaFields {
  readonly packetsSent: number;
  readonly packetsReceived: number;
}

describe('two phones and a switch, each a process of its own', () => {
  let scene: PbxScene;
  let pbx: RunningPbx;

  beforeAll(async () => {
    scene = await makePbxFolder();
    pbx = await RunningPbx.start(scene);
  });
  afterAll(async () => {
    expect(await pbx.stop()).toBe(0);
    await scene.remove();
    expect(await killLeftovers()).toEqual([]);
  });

  it('talk over TLS with mandatory SRTP, nothing is lost, and the speech comes back', async () => {
    const recording = join(scene.folder, 'back.wav');
    const answering = new CliProcess(
      ['answer', ...pbx.account('1001'), '--srtp', 'mandatory', '--echo', '--json'],
    ); // prettier-ignore
    const ready = await answering.event('ready');
    expect(ready.signalling).toMatchObject({ transport: 'tls', peerVerified: true });
    const calling = new CliProcess(
      ['call', '1001', ...pbx.account('1000'), '--srtp', 'mandatory', '--play', SPEECH, '--record', recording, '--json'],
    ); // prettier-ignore
    const caller = await calling.finished;
    expectGoodCall(caller);
    expectGoodCall(await answering.finished);
    expect(caller.events.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['registered', 'calling', 'ringing', 'connected', 'media', 'ended', 'result']),
    );
    expect(caller.result?.audio).toMatchObject({ correlation: expect.any(Number) as number });
    expect(await clearestSecond(SPEECH, recording)).toBeGreaterThan(SAME_SOUND);

    const answered = await pbx.process.event('call', ({ state }) => state === 'answered');
    expect(answered).toMatchObject({ from: '1000', to: '1001', legs: [ENCRYPTED, ENCRYPTED] });
    await pbx.process.event('call', ({ state, id }) => state === 'ended' && id === answered.id);
  });
});

function expectGoodCall({ code, result, stderr }: CliEnd): void {
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(result).toMatchObject({
    ok: true,
    security: 'encrypted',
    signalling: { transport: 'tls', peerVerified: true, peerName: expect.any(String) as string },
    media: { profile: 'RTP/SAVP', suite: SUITE, packetsLost: 0, authFailures: 0, replayed: 0 },
  });
  const { packetsSent, packetsReceived } = result?.media as MediaFields;
  expect(Math.min(packetsSent, packetsReceived)).toBeGreaterThan(100);
}
