import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliProcess, killLeftovers, runCli } from '../../support/cli-run.ts';
import { freePort } from '../../support/free-port.ts';
import { DOMAIN, makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';
import { rawServer } from './servers.ts';

let scene: PbxScene;
let pbx: RunningPbx;

beforeAll(async () => {
  scene = await makePbxFolder();
  pbx = await RunningPbx.start(scene);
});
afterAll(async () => {
  await pbx.stop();
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
});

const account = (): string[] => ['--user', '1000', '--password', scene.password('1000'), '--domain', DOMAIN];

describe('sotto probe', () => {
  it('finds nothing wrong with our own switch, with an account and a call', async () => {
    const target = `sips:127.0.0.1:${pbx.port('tls')}`;
    const end = await runCli(['probe', target, '--ca', scene.ca, ...account(), '--call', '9196']);
    expect(end.code, end.stdout).toBe(0);
    expect(end.result).toMatchObject({
      ok: true,
      target,
      address: `127.0.0.1:${pbx.port('tls')}`,
      tls: { versions: { TLSv1: 'refused:protocol_version', 'TLSv1.2': 'accepted' }, trusted: true, nameMatches: true },
      sip: {
        options: 200,
        keepAlivePong: true,
        reuse: true,
        registration: { status: 200, algorithms: ['MD5'], removed: true },
      },
      media: { accepts: ['RTP/SAVP', 'RTP/AVP+crypto', 'RTP/SAVP+GCM', 'RTP/AVP'] },
      findings: [],
    });
    expect(end.stdout).not.toContain(scene.password('1000'));
    const states = pbx.process.events.filter(({ event }) => event === 'registration').map(({ state }) => state);
    expect(states).toEqual(['registered', 'removed']);
  });

  it('ends with 1 and the worst finding first where something is wrong, with a sentence for people', async () => {
    const end = await runCli(['probe', `127.0.0.1:${pbx.port('tls')}`]);
    expect(end.code).toBe(1);
    expect(end.codes[0]).toBe('cert.unknown-ca');
    const people = await new CliProcess(['probe', `127.0.0.1:${await freePort()}`]).finished;
    expect(people.code).toBe(1);
    expect(people.stdout).toMatch(/✗ tcp .*refused/);
    expect(people.stdout).toContain('[tcp.refused]');
  });

  it.each([
    [[]],
    [['a', 'b']],
    [['http://example.com']],
    [['example.com', '--user', '1000']],
    [['example.com', '--password', 'x']],
    [['sips:example.com', '--transport', 'udp']],
    [['example.com', '--verify', 'maybe']],
  ])('wrong usage %j ends with 2, and nothing is sent', async (args) => {
    const end = await runCli(['probe', ...args], { env: { SOTTO_PASSWORD: '' } });
    expect(end.code, end.stdout).toBe(2);
    expect(end.stdout).toBe('');
  });

  it('--timeout ends it with 1, Ctrl-C with 130', async () => {
    const silent = await rawServer((socket) => socket.resume());
    const timed = await runCli(['probe', `127.0.0.1:${silent.port}`, '--timeout', '1']);
    expect(timed.code).toBe(1);
    expect(timed.codes).toContain('sip.timeout');
    const stopped = new CliProcess(['probe', `127.0.0.1:${silent.port}`, '--json']);
    await stopped.event('step');
    stopped.signal('SIGINT');
    expect((await stopped.finished).code).toBe(130);
    await silent.close();
  });
});
