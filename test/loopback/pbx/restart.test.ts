import { afterEach, beforeEach, expect, it } from 'vitest';
import { CliProcess, killLeftovers, runCli } from '../../support/cli-run.ts';
import { freePort } from '../../support/free-port.ts';
import { makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';

let scene: PbxScene;

beforeEach(async () => {
  scene = await makePbxFolder();
  await scene.edit('sip-port: 0', `sip-port: ${await freePort()}`);
  await scene.edit('tls-sip-port: 0', `tls-sip-port: ${await freePort()}`);
}, 120_000);

afterEach(async () => {
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
}, 60_000);

it.each(['SIGKILL', 'SIGTERM'] as const)(
  'after %s a phone that does nothing is called where it registered',
  async (signal) => {
    const first = await RunningPbx.start(scene);
    const phone = new CliProcess(['answer', ...first.account('1001', { transport: 'udp' }), '--calls', '1', '--json']);
    await phone.event('ready');
    first.process.signal(signal);
    await first.process.finished;

    const second = await RunningPbx.start(scene);
    const call = await runCli(['call', '1001', ...second.account('1000'), '--seconds', '1']);
    expect(call.result).toMatchObject({ ok: true });
    // It was not asked to register again.
    expect(
      second.process.events.filter(
        ({ event, user, state }) => event === 'registration' && user === '1001' && state === 'registered',
      ),
    ).toEqual([]);
    expect((await phone.finished).code).toBe(0);
    expect(await second.stop()).toBe(0);
  },
  120_000,
);
