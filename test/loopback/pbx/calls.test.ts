import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliProcess, killLeftovers, runCli, type CliEvent } from '../../support/cli-run.ts';
import { makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';

let scene: PbxScene;
let pbx: RunningPbx;

beforeEach(async () => {
  scene = await makePbxFolder();
  pbx = await RunningPbx.start(scene);
}, 120_000);

afterEach(async () => {
  pbx.process.signal('SIGTERM');
  const { code, stderr } = await pbx.process.finished;
  expect([code, stderr]).toEqual([0, '']);
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
}, 60_000);

const callState = (state: string): Promise<CliEvent> => pbx.process.event('call', (event) => event.state === state);

/** A phone of user 1001 that answers one call, once it is ready. */
async function answering(transport: 'udp' | 'tcp' | 'tls', more: readonly string[] = []): Promise<CliProcess> {
  const phone = new CliProcess(['answer', ...pbx.account('1001', { transport }), '--echo', '--json', ...more]);
  await phone.event('ready');
  return phone;
}

describe('a call from extension to extension', () => {
  it.each([
    ['tls', 'tls', ['encrypted', 'encrypted']],
    ['udp', 'tls', ['open', 'encrypted']],
    ['tls', 'tcp', ['encrypted', 'open']],
    ['tcp', 'udp', ['open', 'open']],
  ] as const)('%s to %s: each leg has its own protection, and says so', async (caller, callee, security) => {
    const phone = await answering(callee);
    // With all codecs and a password the INVITE is too large for UDP (RFC 3261 §18.1.1).
    const small = caller === 'udp' ? ['--codecs', 'PCMA'] : [];
    const account = pbx.account('1000', { transport: caller });
    const call = await runCli(['call', '1001', ...account, '--seconds', '2', ...small]);
    expect(call.code, call.stdout + call.stderr).toBe(0);
    expect(call.events.map(({ event }) => event)).toEqual(expect.arrayContaining(['registered', 'calling', 'ringing', 'connected', 'ended']) as string[]);
    const media = call.result?.media as Record<string, unknown>;
    expect(media.profile).toBe(caller === 'tls' ? 'RTP/SAVP' : 'RTP/AVP');
    expect(media.packetsReceived).toBeGreaterThan(20);
    expect(media).toMatchObject({ authFailures: 0, replayed: 0 });
    const answered = await callState('answered');
    expect(answered).toMatchObject({ from: '1000', to: '1001' });
    const legs = answered.legs as { transport: string; security: string; suite: string | null }[];
    expect(legs.map((leg) => leg.transport)).toEqual([caller, callee]);
    expect(legs.map((leg) => leg.security)).toEqual(security);
    expect(legs.map(({ suite }) => suite !== null)).toEqual([caller === 'tls', callee === 'tls']);
    await callState('ended');
    const end = await phone.finished;
    expect([end.code, end.result]).toMatchObject([0, { ok: true, calls: 1 }]);
  }, 120_000); // prettier-ignore

  it('that nobody answers and the caller gives up stops ringing', async () => {
    const phone = await answering('tls', ['--delay', '30']);
    const call = new CliProcess(['call', '1001', ...pbx.account('1000'), '--json']);
    await call.event('ringing');
    call.signal('SIGINT');
    expect((await call.finished).code).toBe(130);
    await callState('ended');
    expect(pbx.process.events.filter(({ state }) => state === 'answered')).toEqual([]);
    phone.signal('SIGINT');
    expect((await phone.finished).code).toBe(130);
  }, 120_000);

  it('whose callee is killed ends for the caller, too, by its own hand at the latest', async () => {
    const phone = await answering('tls');
    const call = new CliProcess(['call', '1001', ...pbx.account('1000'), '--seconds', '60', '--json']);
    await call.event('connected');
    phone.signal('SIGKILL');
    await phone.finished;
    await pbx.process.event('registration', ({ state, user }) => state === 'removed' && user === '1001');
    call.signal('SIGINT');
    expect((await call.finished).code).toBe(130);
    await callState('ended');
  }, 120_000);
});

describe('SIGTERM', () => {
  it('ends calls with BYE before the switch goes', async () => {
    const call = new CliProcess(['call', '9196', ...pbx.account('1000'), '--seconds', '60', '--json']);
    await call.event('connected');
    pbx.process.signal('SIGTERM');
    const end = await pbx.process.finished;
    expect(end.code).toBe(0);
    expect(end.events.filter(({ event }) => event === 'call').at(-1)).toMatchObject({ state: 'ended' });
    const caller = await call.finished;
    expect(caller.seconds).toBeLessThan(40);
    expect([caller.code, caller.result], caller.stdout).toMatchObject([0, { ok: true, security: 'encrypted' }]);
  }, 120_000);
});
