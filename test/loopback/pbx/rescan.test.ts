import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliProcess, killLeftovers, runCli } from '../../support/cli-run.ts';
import { makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';

let scene: PbxScene;
let pbx: RunningPbx;
let control: string;

beforeEach(async () => {
  scene = await makePbxFolder();
  pbx = await RunningPbx.start(scene);
  control = String((await pbx.process.event('ready')).control);
}, 120_000);

afterEach(async () => {
  expect(await pbx.stop()).toBe(0);
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
}, 60_000);

/** What the console answers once everything is in force. */
async function ask(command: string): Promise<string> {
  const { events, stderr } = await runCli(['console', '--control', control, '-x', command]);
  const answer = events.find(({ event }) => event === 'answer')?.answer;
  expect(answer, stderr).toBeTypeOf('string');
  return String(answer);
}

const register = (
  user: string,
  password: string,
): Promise<{ readonly code: number | null; readonly codes: readonly string[] }> =>
  runCli(['register', ...pbx.account(user, { password }), '--seconds', '0.1']);

describe('a configuration that changes while the switch runs', () => {
  it('is in force after rescan: users come and go, and a call that is on stays', async () => {
    const call = new CliProcess(['call', '9196', ...pbx.account('1000'), '--json']);
    await call.event('connected');
    const gone = new CliProcess(['answer', ...pbx.account('1002'), '--json']);
    await gone.event('ready');
    await scene.edit(/ {2}"1002":\n {4}password: ".*"\n/, '  "1003":\n    password: "a-new-password"\n');
    expect((await register('1003', 'a-new-password')).codes).toEqual(['sip.bad-credentials']);

    expect(await ask('sofia profile internal rescan')).toContain('+OK scan complete');
    expect((await register('1003', 'a-new-password')).code).toBe(0);
    await pbx.process.event('registration', ({ user, state }) => user === '1002' && state === 'removed');
    gone.signal('SIGKILL');
    await gone.finished;

    const before = Number((await call.event('media')).packetsReceived);
    await call.event('media', ({ packetsReceived }) => Number(packetsReceived) > before + 50);
    call.signal('SIGINT');
    await call.finished;
  }, 120_000);

  it('with a mistake changes nothing, and says where the mistake is', async () => {
    await scene.edit('auth-calls: true', 'auth-calls: perhaps');
    expect(await ask('reloadxml')).toMatch(/-ERR .*sotto-pbx\.yaml:\d+:\d+: .*auth-calls/);
    expect(await pbx.diagnosis('config.invalid')).toMatchObject({ side: 'here' });
    expect((await register('1000', scene.password('1000'))).code).toBe(0);
  }, 90_000);

  it('of another domain is refused: phones would have to register anew', async () => {
    await scene.edit('domain: "sotto.localhost"', 'domain: "other.localhost"');
    pbx.process.signal('SIGHUP');
    expect(await pbx.diagnosis('config.conflict')).toMatchObject({ side: 'here' });
  }, 90_000);

  it('a profile with another port is closed and opened there; the others do not notice', async () => {
    const phone = new CliProcess(['answer', ...pbx.account('1001'), '--json']);
    await phone.event('ready');
    const before = pbx.port('tcp', 'external');
    await scene.edit(/( {2}external:\n(?: {4}.*\n)*?) {4}sip-port: 0\n/, '$1');
    expect(await ask('reloadxml')).toBe('+OK [Success]');
    expect(await ask('sofia status')).not.toContain(String(before));
    const call = await runCli(['call', '1001', ...pbx.account('1000'), '--seconds', '1']);
    expect(call.code, call.stdout + call.stderr).toBe(0);
    await phone.finished;
  }, 90_000);
});
