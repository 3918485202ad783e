import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CliProcess, killLeftovers, runCli, type CliEvent } from '../../support/cli-run.ts';
import { makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';

let scene: PbxScene;
let pbx: RunningPbx;

beforeAll(async () => {
  scene = await makePbxFolder();
  pbx = await RunningPbx.start(scene);
}, 120_000);

afterEach(async () => {
  for (const phone of phones.splice(0)) {
    phone.signal('SIGTERM');
    await phone.finished;
  }
});

afterAll(async () => {
  pbx.process.signal('SIGTERM');
  const { code, stderr } = await pbx.process.finished;
  expect([code, stderr]).toEqual([0, '']);
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
}, 60_000);

const phones: CliProcess[] = [];

/** A phone that answers calls until the test is over. */
async function answering(user: string, more: readonly string[] = []): Promise<CliProcess> {
  const phone = new CliProcess(['answer', ...pbx.account(user), '--echo', '--calls', '0', '--json', ...more]);
  phones.push(phone);
  await phone.event('ready');
  return phone;
}

const named = (events: readonly CliEvent[], name: string): readonly CliEvent[] =>
  events.filter(({ event }) => event === name);

describe('a call through the switch', () => {
  it('RFC 3264 §8.4: hold and resume of one end reach the other end, each leg with its own keys', async () => {
    const phone = await answering('1001');
    const call = await runCli([
      'call', '1001', ...pbx.account(), '--hold-after', '0.5', '--resume-after', '0.5', '--seconds', '2',
    ]); // prettier-ignore
    expect(call.code, call.stdout + call.stderr).toBe(0);
    expect(named(call.events, 'held').map(({ by }) => by)).toEqual(['here', 'nobody']);
    await phone.event('ended');
    expect(named(phone.events, 'held').map(({ by }) => by)).toEqual(['there', 'nobody']);
    expect(call.result).toMatchObject({ security: 'encrypted', media: { authFailures: 0, replayed: 0 } });
  }, 120_000);

  it('RFC 3515: is sent to a third phone, and the sender is told how it goes', async () => {
    const second = await answering('1001');
    const third = await answering('1002');
    const call = await runCli(['call', '1001', ...pbx.account(), '--transfer-to', '1002']);
    expect(call.code, call.stdout + call.stderr).toBe(0);
    expect(named(call.events, 'transfer').map(({ state }) => state)).toEqual(['sending', 'ringing', 'done']);
    await third.event('connected');
    const joined = await pbx.process.event('call', ({ state, from, to }) => state === 'answered' && from === '1002' && to === '1001'); // prettier-ignore
    expect(joined.legs).toMatchObject([{ security: 'encrypted' }, { security: 'encrypted' }]);
    expect(named(second.events, 'ended')).toEqual([]);
    await third.event('media', ({ packetsReceived }) => Number(packetsReceived) > 20);
    third.signal('SIGTERM');
    await second.event('ended');
  }, 120_000);

  it('RFC 3515: stays as it was where the new target cannot be reached', async () => {
    const second = await answering('1001');
    const call = await runCli(['call', '1001', ...pbx.account(), '--transfer-to', '1002']);
    expect([call.code, call.codes], call.stdout + call.stderr).toEqual([1, ['sip.unavailable']]);
    expect(named(call.events, 'transfer').map(({ state }) => state)).toEqual(['sending', 'ringing', 'failed']);
    await second.event('ended');
  }, 120_000);

  it('sends a phone home whose other one has answered', async () => {
    const quick = await answering('1001');
    const slow = await answering('1001', ['--delay', '60']);
    const call = await runCli(['call', '1001', ...pbx.account(), '--seconds', '1']);
    expect(call.code, call.stdout + call.stderr).toBe(0);
    await quick.event('ended');
    expect(await slow.event('ended')).toMatchObject({ elsewhere: true });
  }, 120_000);
});

describe('sotto message and sotto options', () => {
  it('RFC 3428: a text reaches the phones of its user', async () => {
    const phone = await answering('1001');
    const sent = await runCli(['message', '1001', 'Grüße, 1001', ...pbx.account()]);
    expect(sent.result, sent.stdout + sent.stderr).toMatchObject({ ok: true, status: 200, reason: 'OK' });
    expect(await phone.event('message')).toMatchObject({ from: 'sip:1000@sotto.localhost', text: 'Grüße, 1001' });
  }, 120_000);

  it.each([
    ['message', '5555', 404, 'sip.not-found'],
    ['message', '1002', 480, 'sip.unavailable'],
    ['options', '5555', 404, 'sip.not-found'],
    ['options', '1002', 480, 'sip.unavailable'],
  ])('%s %s: %i', async (command, target, status, code) => {
    const text = command === 'message' ? ['hello'] : [];
    const sent = await runCli([command, target, ...text, ...pbx.account()]);
    expect([sent.code, sent.codes, sent.result?.status], sent.stdout + sent.stderr).toEqual([1, [code], status]);
  }, 60_000); // prettier-ignore

  it('RFC 3261 §11.2: an application of the switch is there for everybody', async () => {
    const asked = await runCli(['options', '9196', ...pbx.account()]);
    expect(asked.result, asked.stdout + asked.stderr).toMatchObject({ ok: true, status: 200, reason: 'OK' });
    expect(String(asked.result?.allow)).toContain('REFER');
  }, 60_000);

  it('wrong usage: exit 2', async () => {
    expect((await runCli(['message', '1001'])).code).toBe(2);
    expect((await runCli(['options'])).code).toBe(2);
  }, 60_000);
});
