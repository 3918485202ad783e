import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CliProcess, killLeftovers, runCli, type CliEnd } from '../../support/cli-run.ts';
import { makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';

let scene: PbxScene;
const servers: Server[] = [];

beforeEach(async () => {
  scene = await makePbxFolder();
});

afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
});

/** A port of loopback that somebody else has. */
async function takenPort(): Promise<number> {
  const server = createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Gives the internal profile's TLS listener a port that is taken. */
async function takeInternalTlsPort(): Promise<number> {
  const port = await takenPort();
  await scene.edit(/tls-sip-port: 0/, `tls-sip-port: ${port}`);
  return port;
}

const run = (args: readonly string[] = []): Promise<CliEnd> => runCli(['pbx', '--config', scene.config, ...args]);
const listening = (pbx: RunningPbx): string[] =>
  pbx.listeners.map(({ profile, transport }) => `${profile} ${transport}`);

describe('sotto pbx', () => {
  it('is ready with every listener, ends on SIGTERM with exit 0, on Ctrl-C with 130, and starts again at once', async () => {
    for (const [signal, code] of [
      ['SIGTERM', 0],
      ['SIGINT', 130],
    ] as const) {
      const pbx = await RunningPbx.start(scene);
      expect(listening(pbx)).toEqual([
        'internal udp', 'internal tcp', 'internal tls', 'external udp', 'external tcp', 'external tls',
      ]); // prettier-ignore
      // The second start finds the ports of the first one free again.
      if (signal === 'SIGTERM') {
        await scene.edit(/sip-port: 0/, `sip-port: ${pbx.port('tcp')}`);
        await scene.edit(/tls-sip-port: 0/, `tls-sip-port: ${pbx.port('tls')}`);
      }
      pbx.process.signal(signal);
      const end = await pbx.process.finished;
      expect([end.code, end.leftBehind, end.stderr]).toEqual([code, false, '']);
      expect(end.result).toMatchObject({ event: 'result', ok: true });
    }
  });

  it('a port in use is a diagnosis event; the other listeners and profiles go on', async () => {
    const port = await takeInternalTlsPort();
    const pbx = await RunningPbx.start(scene);
    expect(await pbx.diagnosis('port.in-use')).toMatchObject({
      side: 'here',
      profile: 'internal',
      cure: expect.stringMatching(/\S/) as string,
    });
    expect(JSON.stringify(await pbx.diagnosis('port.in-use'))).toContain(String(port));
    expect(listening(pbx)).toEqual(['internal udp', 'internal tcp', 'external udp', 'external tcp', 'external tls']);
    const end = await runCli(['register', ...pbx.account('1000', { transport: 'tcp' })]);
    expect(end.code).toBe(0);
    expect(await pbx.stop()).toBe(0);
  });

  it('with --strict a port in use ends the command: exit 1 and the diagnosis in the result', async () => {
    await takeInternalTlsPort();
    const end = await run(['--strict']);
    expect([end.code, end.codes, end.leftBehind]).toEqual([1, ['port.in-use'], false]);
    expect(end.events.map(({ event }) => event)).not.toContain('ready');
  });

  it('where nothing can listen the command ends, too', async () => {
    const port = await takenPort();
    const profile = `  only:\n    sip-ip: 127.0.0.1\n    tls-sip-port: ${port}\n    tls-cert-dir: ssl/internal\n`;
    await scene.edit(/profiles:[^]*(?=users:)/, `profiles:\n${profile}`);
    const end = await run();
    expect([end.code, end.codes]).toEqual([1, ['port.in-use']]);
  });

  it('an address that this machine does not have: port.address-not-local', async () => {
    await scene.edit(/sip-ip: "127.0.0.1"/g, 'sip-ip: "192.0.2.1"');
    const end = await run();
    expect(end.code).toBe(1);
    expect(new Set(end.codes)).toEqual(new Set(['port.address-not-local']));
  });

  it.each([
    ['a missing certificate folder', 'file.missing', (folder: string) => rm(folder, { recursive: true })],
    ['an agent.pem without a key', 'file.no-key', async (folder: string) => {
      const text = await readFile(join(folder, 'agent.pem'), 'utf8');
      await writeFile(join(folder, 'agent.pem'), text.replace(/-----BEGIN PRIVATE KEY[^]*PRIVATE KEY-----\n?/, ''));
    }],
    ['a cafile.pem that is no PEM', 'file.not-pem', (folder: string) => writeFile(join(folder, 'cafile.pem'), 'x')],
    ['a folder where agent.pem should be', 'file.unreadable', async (folder: string) => {
      await rm(join(folder, 'agent.pem'));
      await mkdir(join(folder, 'agent.pem'));
    }],
  ] as const)('%s: %s names the file, and plain SIP and the other profile go on', async (_, code, breakIt) => {
    await breakIt(join(scene.folder, 'ssl', 'internal'));
    const pbx = await RunningPbx.start(scene);
    const diagnosis = await pbx.diagnosis(code);
    expect(diagnosis).toMatchObject({ side: 'here', profile: 'internal' });
    expect(JSON.stringify(diagnosis.evidence)).toContain(join('ssl', 'internal'));
    expect(listening(pbx)).toEqual(['internal udp', 'internal tcp', 'external udp', 'external tcp', 'external tls']);
    expect(await pbx.stop()).toBe(0);
  }); // prettier-ignore

  it.runIf(process.platform !== 'win32')(
    'a key that others can read is a warning: the listener works, also with --strict',
    async () => {
      const key = join(scene.folder, 'ssl', 'internal', 'agent.pem');
      await chmod(key, 0o644);
      const pbx = await RunningPbx.start(scene, ['--strict']);
      expect(await pbx.diagnosis('file.key-exposed')).toMatchObject({ profile: 'internal', evidence: { path: key } });
      expect(listening(pbx)).toContain('internal tls');
      expect(await pbx.stop()).toBe(0);
    },
  );

  it.runIf(process.getuid?.() === 0)(
    'certificates that its user may not read: file.unreadable, and plain SIP goes on',
    async () => {
      await chmod(scene.folder, 0o755);
      await chmod(scene.config, 0o644);
      const pbx = await RunningPbx.start(scene, [], { uid: 65_534, env: { NODE_COMPILE_CACHE: '' } });
      await pbx.process.event('diagnosis', ({ code, profile }) => code === 'file.unreadable' && profile === 'internal');
      // Nor may it keep registrations there.
      expect(await pbx.diagnosis('file.unreadable')).toMatchObject({ severity: 'warning' });
      expect(listening(pbx)).toEqual(['internal udp', 'internal tcp', 'external udp', 'external tcp']);
      expect(await pbx.stop()).toBe(0);
    },
  );

  it('--timeout ends a switch, too: exit 1 and the reason', async () => {
    const end = await run(['--timeout', '1']);
    expect([end.code, end.codes]).toEqual([1, ['sip.timeout']]);
    expect(end.events.map(({ event }) => event)).toEqual(['ready', 'result']);
  });

  it('a reader that goes away ends it without a crash', async () => {
    // `head` takes the first line and closes the pipe; the next line has nowhere to go.
    const pbx = new CliProcess(['pbx', '--config', scene.config, '--json'], { keepLines: 1 });
    const ready = await pbx.event('ready');
    const port = (ready.listeners as { transport: string; port: number }[]).find(
      ({ transport }) => transport === 'tcp',
    )?.port;
    await runCli([
      'register',
      '--user',
      '1000',
      '--password',
      'wrong',
      '--domain',
      'x',
      '--server',
      `127.0.0.1:${port ?? 0}`,
      '--transport',
      'tcp',
    ]);
    const end = await pbx.finished;
    expect([end.code, end.signal, end.stderr]).toEqual([0, null, '']);
  });
});

describe('a configuration that is broken', () => {
  const MISTAKES: readonly (readonly [what: string, from: string | RegExp, to: string, code: string, place: RegExp])[] =
    [
      ['YAML that is none', 'profiles:', 'profiles: ]', 'config.invalid', /:10:\d+:/],
      [
        'a port that is none',
        'sip-port: 0',
        'sip-port: 70000',
        'config.invalid',
        /:14:15:.*profiles\.internal\.sip-port/,
      ],
      ['an unknown key', 'sip-port: 0', 'sip-prot: 0', 'config.unknown-key', /:14:\d+:.*did you mean sip-port/],
      [
        'a word that is none',
        'rtp_secure_media: optional',
        'rtp_secure_media: maybe',
        'config.invalid',
        /rtp_secure_media/,
      ],
    ];

  it.each(MISTAKES)('%s: exit 2, with line and column, for pbx and for pbx check', async (_, from, to, code, place) => {
    await scene.edit(from, to);
    for (const end of await Promise.all([run(), runCli(['pbx', 'check', scene.config])])) {
      expect([end.code, end.codes], end.stdout).toEqual([2, [code]]);
      const [diagnosis] = end.result?.diagnosis as { summary: string; evidence: Record<string, unknown> }[];
      expect(diagnosis?.summary).toMatch(place);
      expect(diagnosis?.evidence).toMatchObject({ file: scene.config, line: expect.any(Number) as number });
      expect(end.stdout).not.toContain(scene.password('1000'));
    }
  });

  it('a file that is not there: exit 2, and how to get one', async () => {
    const end = await runCli(['pbx', '--config', join(scene.folder, 'no.yaml')]);
    expect([end.code, end.codes]).toEqual([2, ['config.invalid']]);
    expect(end.stdout).toContain('sotto pbx init');
  });

  it('a good one passes pbx check', async () => {
    const end = await runCli(['pbx', 'check', scene.config]);
    expect([end.code, end.result]).toMatchObject([0, { ok: true, profiles: 2, users: 3 }]);
  });
});

describe('sotto pbx init', () => {
  it('writes what the contract says, readable by its owner alone, and refuses to overwrite', async () => {
    const folder = join(scene.folder, 'new');
    const end = await runCli(['pbx', 'init', folder, '--domain', 'example.com', '--ip', '192.0.2.5']);
    expect([end.code, end.result]).toMatchObject([
      0,
      { domain: 'example.com', config: join(folder, 'sotto-pbx.yaml') },
    ]);
    expect(end.result?.users).toHaveLength(20);
    expect((await stat(join(folder, 'sotto-pbx.yaml'))).mode & 0o777).toBe(0o600);
    for (const profile of ['internal', 'external']) {
      expect((await stat(join(folder, 'ssl', profile, 'agent.pem'))).mode & 0o777).toBe(0o600);
      expect(await readFile(join(folder, 'ssl', profile, 'cafile.pem'), 'utf8')).toMatch(/^-----BEGIN CERTIFICATE/);
    }
    const before = await readFile(join(folder, 'sotto-pbx.yaml'), 'utf8');
    const again = await runCli(['pbx', 'init', folder]);
    expect([again.code, again.codes]).toEqual([1, ['config.conflict']]);
    expect(await readFile(join(folder, 'sotto-pbx.yaml'), 'utf8')).toBe(before);
  });

  it('into a file instead of a folder: exit 1 with the reason', async () => {
    const end = await runCli(['pbx', 'init', scene.config]);
    expect([end.code, end.codes[0]]).toEqual([1, 'file.unreadable']);
  });
});
