import { writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { killLeftovers, runCli, type CliEnd } from '../../support/cli-run.ts';
import { makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';
import { makeAuthority } from '../../support/test-authority.ts';

/** A port of this machine on which nothing listens, and nothing that an ordinary user starts can. */
const DEAD_PORT = 1;

let scene: PbxScene;
let pbx: RunningPbx;
let foreignCa: string;
const servers: Server[] = [];

beforeAll(async () => {
  scene = await makePbxFolder();
  await scene.edit('rtp_secure_media: optional', 'rtp_secure_media: mandatory');
  foreignCa = join(scene.folder, 'foreign.pem');
  await writeFile(foreignCa, (await makeAuthority({ commonName: 'Somebody else' })).certificate);
  await writeFile(join(scene.folder, 'not-pem.pem'), 'nothing to see');
  pbx = await RunningPbx.start(scene);
});

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

afterAll(async () => {
  expect(await pbx.stop()).toBe(0);
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
});

/** Exit 1, and a result whose worst diagnosis has this code, with words. */
function expectFailure(end: CliEnd, code: string): void {
  expect([end.code, end.codes[0]], `${end.stdout}\n${end.stderr}`).toEqual([1, code]);
  expect(end.result).toMatchObject({ ok: false });
  const [worst] = end.result?.diagnosis as Record<string, unknown>[];
  expect(worst).toMatchObject({ side: expect.stringMatching(/^(here|there)$/) as string });
  for (const words of [worst?.summary, worst?.cure]) expect(String(words)).toMatch(/^\S.*[.!?)]$/);
  expect(end.stderr).not.toMatch(/^\s+at /m);
  expect(end.leftBehind).toBe(false);
}

async function listenOn(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const replaced = (args: readonly string[], option: string, value: string): string[] =>
  args.map((arg, index) => (args[index - 1] === option ? value : arg));
const without = (args: readonly string[], option: string): string[] =>
  args.filter((arg, index) => arg !== option && args[index - 1] !== option);

describe('sotto register says what went wrong', () => {
  it('works on a good day, over each transport', async () => {
    const ends = await Promise.all(
      (['udp', 'tcp', 'tls'] as const).map((transport) => runCli(['register', ...pbx.account('1000', { transport })])),
    );
    expect(ends.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(ends.map(({ result }) => result)).toMatchObject([
      { registered: true, signalling: { transport: 'udp', peerVerified: false } },
      { registered: true, signalling: { transport: 'tcp', peerVerified: false } },
      { registered: true, signalling: { transport: 'tls', protocol: 'TLSv1.3', peerVerified: true } },
    ]);
  });

  it('a wrong password: sip.bad-credentials, and the switch says so, too', async () => {
    expectFailure(await runCli(['register', ...pbx.account('1001', { password: 'wrong' })]), 'sip.bad-credentials');
    expect(await pbx.diagnosis('sip.bad-credentials')).toMatchObject({ profile: 'internal', side: 'there' });
  });

  it('a user that is not there looks like a wrong password: nobody learns who has an account', async () => {
    const args = replaced(pbx.account(), '--user', 'nobody');
    expectFailure(await runCli(['register', ...args]), 'sip.bad-credentials');
  });

  it.each(['tcp', 'tls'] as const)('a server that is not there, over %s: tcp.refused', async (transport) => {
    expectFailure(await runCli(['register', ...pbx.account('1000', { transport, port: DEAD_PORT })]), 'tcp.refused');
  });

  it('silence over UDP until --timeout: sip.timeout, in the result', async () => {
    const args = pbx.account('1000', { transport: 'udp', port: DEAD_PORT });
    const end = await runCli(['register', ...args, '--timeout', '1.5']);
    expectFailure(end, 'sip.timeout');
    expect(end.result).toMatchObject({ diagnosis: [{ evidence: { seconds: 1.5, last: 'start' } }] });
  });

  it('a server that takes the connection and says nothing until --timeout', async () => {
    const port = await listenOn(createServer((socket) => socket.on('error', () => undefined)));
    const end = await runCli(['register', ...pbx.account('1000', { port }), '--timeout', '1.5']);
    expectFailure(end, 'sip.timeout');
    expect(end.seconds).toBeLessThan(20);
  });

  it('a certificate of an authority that we do not trust: cert.unknown-ca', async () => {
    expectFailure(await runCli(['register', ...replaced(pbx.account(), '--ca', foreignCa)]), 'cert.unknown-ca');
  });

  it('a private authority where those of the system are trusted: cert.unknown-ca', async () => {
    expectFailure(await runCli(['register', ...without(pbx.account(), '--ca')]), 'cert.unknown-ca');
  });

  it('TLS to the port for plain SIP: tls.peer-speaks-plain-sip here, tls.tls-on-plain-port there', async () => {
    const end = await runCli(['register', ...pbx.account('1000', { port: pbx.port('tcp') })]);
    expectFailure(end, 'tls.peer-speaks-plain-sip');
    expect(await pbx.diagnosis('tls.tls-on-plain-port')).toMatchObject({ profile: 'internal' });
  });

  it('plain SIP to the TLS port: the switch says tls.plain-sip-on-tls-port', async () => {
    const end = await runCli(['register', ...pbx.account('1000', { transport: 'tcp', port: pbx.port('tls') })]);
    expectFailure(end, 'conn.lost');
    expect(await pbx.diagnosis('tls.plain-sip-on-tls-port')).toMatchObject({
      profile: 'internal',
      side: 'there',
      remote: expect.stringMatching(/^127\.0\.0\.1:\d+$/) as string,
    });
  });

  it('a web server instead of a SIP server: tls.peer-speaks-http', async () => {
    const port = await listenOn(createHttpServer((_, response) => response.end('hello')));
    expectFailure(await runCli(['register', ...pbx.account('1000', { port })]), 'tls.peer-speaks-http');
  });

  it('TLS versions that do not meet: tls.version-mismatch', async () => {
    const end = await runCli(['register', ...pbx.account(), '--tls-min', '1.0', '--tls-max', '1.1']);
    expectFailure(end, 'tls.version-mismatch');
  });

  it('no way to the address: tcp.unreachable or tcp.timeout, never a hang', async () => {
    // RFC 5737: this network is nowhere.
    const args = replaced(pbx.account('1000', { transport: 'tcp' }), '--server', '192.0.2.1:5060');
    const end = await runCli(['register', ...args, '--timeout', '15']);
    expect(end.code).toBe(1);
    expect(['tcp.unreachable', 'tcp.timeout', 'tcp.refused']).toContain(end.codes[0]);
  });

  it.each([
    ['nowhere.pem', 'file.missing'],
    ['not-pem.pem', 'file.not-pem'],
    ['.', 'file.unreadable'],
  ])('--ca %s: %s', async (file, code) => {
    const args = replaced(pbx.account(), '--ca', join(scene.folder, file));
    expectFailure(await runCli(['register', ...args]), code);
  });
});

describe('sotto call says what went wrong', () => {
  it('an unknown number: sip.not-found', async () => {
    const end = await runCli(['call', '4711', ...pbx.account()]);
    expectFailure(end, 'sip.not-found');
    expect(end.events.map(({ event }) => event)).toEqual(['registered', 'calling', 'ended', 'result']);
    expect(end.events[2]).toMatchObject({ status: 404 });
  });

  it('a user whose phone is off: sip.unavailable', async () => {
    expectFailure(await runCli(['call', '1002', ...pbx.account()]), 'sip.unavailable');
  });

  it('SRTP demanded but not offered: srtp.required-there at the caller, srtp.required-here at the switch, told once', async () => {
    const end = await runCli(['call', '9196', ...pbx.account(), '--srtp', 'off', '--seconds', '1']);
    expectFailure(end, 'srtp.required-there');
    expect(await pbx.diagnosis('srtp.required-here')).toMatchObject({ side: 'here', profile: 'internal' });
    expect(pbx.process.events.filter(({ code }) => code === 'srtp.required-here')).toHaveLength(1);
  });

  it('--timeout in the middle of a call: exit 1, hung up, with what was measured', async () => {
    const end = await runCli(['call', '9196', ...pbx.account(), '--seconds', '60', '--timeout', '6']);
    expectFailure(end, 'sip.timeout');
    expect(end.events.map(({ event }) => event)).toContain('connected');
    await pbx.process.event('call', (event) => event.state === 'ended');
  });

  it.each([
    ['--play', 'no.wav'],
    ['--record', 'nowhere/at-all.wav'],
  ])('%s %s: file.missing, before anybody is called', async (option, file) => {
    const end = await runCli(['call', '9196', ...pbx.account(), option, join(scene.folder, file)]);
    expectFailure(end, 'file.missing');
    expect(end.events).toHaveLength(1);
  });
});
