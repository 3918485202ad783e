import { fork } from 'node:child_process';
import { chown, chmod } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../core/base/diagnosis.ts';
import { err, ok } from '../../../core/base/result.ts';
import { systemClock } from '../../../core/io/node-clock.ts';
import { PortAudio } from '../../../core/io/port-audio.ts';
import { PhoneAgent } from '../../../core/phone/phone-agent.ts';
import type { NaptrRecord, Resolver } from '../../../core/sip/locate/resolver.ts';
import { sipUri } from '../../../core/sip/message/uri.ts';
import { createCorePorts } from '../../../core/shell/core-ports.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS } from '../../../core/tls/tls-settings.ts';
import { Tracer, type TraceEvent } from '../../../core/trace/tracer.ts';
import { CliProcess, killLeftovers, runCli, type CliEnd } from '../../support/cli-run.ts';
import { makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';
import { expectComplete } from './complete.ts';

const LOOPBACK = '127.0.0.1';
/** Somebody who may do nothing in particular. */
const NOBODY = 65_534;

const closing: (() => unknown)[] = [];

afterAll(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listenOn(server: Server): Promise<number> {
  closing.push(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const worst = ({ result }: CliEnd): Record<string, unknown> | undefined =>
  (result?.diagnosis as Record<string, unknown>[] | undefined)?.[0];

function register(transport: 'tcp' | 'tls', server: string): Promise<CliEnd> {
  const account = ['--user', '1000', '--password', 'secret', '--domain', 'sotto.localhost'];
  return runCli(['register', ...account, '--transport', transport, '--server', server, '--timeout', '30']);
}

describe('names that lead nowhere good', () => {
  const naptr = (service: string, replacement: string): NaptrRecord => ({
    order: 10,
    preference: 10,
    flags: 's',
    service,
    regexp: '',
    replacement,
  });

  /** A phone whose DNS knows one NAPTR record, and where that leads. */
  async function dialBy(record: NaptrRecord, scheme: 'sip' | 'sips') {
    const said: Diagnosis[] = [];
    const tracer = new Tracer(systemClock);
    tracer.subscribe((event: TraceEvent) => {
      if (event.kind === 'diagnosis') said.push(event.diagnosis as Diagnosis);
    });
    const resolver: Resolver = {
      naptr: () => Promise.resolve(ok({ records: [record] })),
      srv: (name) =>
        Promise.resolve(
          name === record.replacement
            ? ok({ records: [{ priority: 1, weight: 1, port: 1, target: 'a.example.org' }] })
            : err('not-found'),
        ),
      addresses: () => Promise.resolve(ok({ records: [LOOPBACK] })),
    };
    const ports = createCorePorts({ version: 'test', audio: 'silence', tracer });
    const agent = new PhoneAgent({ ...ports, resolver });
    const result = await agent.connect(sipUri({ scheme, host: 'example.org' }), { tls: DEFAULT_TLS_CLIENT_SETTINGS });
    await agent.close();
    await ports.plane.close();
    return { result, said };
  }

  it('dns.no-sips-records (there): sips is wanted, and the domain offers SIP without TLS only', async () => {
    const { result } = await dialBy(naptr('SIP+D2T', '_sip._tcp.example.org'), 'sips');
    expectComplete(result.ok ? undefined : result.error, 'dns.no-sips-records', 'there', 'host', 'reason');
  });

  it('dns.service-mismatch (there): a record for TLS leads to the service without it', async () => {
    const { said } = await dialBy(naptr('SIPS+D2T', '_sip._tcp.example.org'), 'sips');
    const mismatch = said.find(({ code }) => code === 'dns.service-mismatch');
    expectComplete(mismatch, 'dns.service-mismatch', 'there', 'host', 'reason');
  });
});

// Each of them waits: for the start of a program, and for what never comes.
describe.concurrent('connections that do not come about', () => {
  it('tcp.timeout (there): a machine that takes no more connections and says nothing', async () => {
    const busy = fork(new URL('./fake/busy-listener.ts', import.meta.url));
    closing.push(() => busy.kill('SIGKILL'));
    const port = await new Promise<number>((resolve) => busy.once('message', (message) => { resolve(Number(message)); })); // prettier-ignore
    expectComplete(worst(await register('tcp', `${LOOPBACK}:${port}`)), 'tcp.timeout', 'there', 'remote');
  });

  it('tcp.unreachable (there): there is no way to the address', async () => {
    // No system connects to everybody at once, and none asks the network about it.
    expectComplete(worst(await register('tcp', '255.255.255.255:5060')), 'tcp.unreachable', 'there', 'remote');
  });

  it('tcp.reset (there): the server resets the connection at the first word', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.resetAndDestroy());
    });
    const port = await listenOn(server);
    expectComplete(worst(await register('tcp', `${LOOPBACK}:${port}`)), 'tcp.reset', 'there', 'remote');
  });

  it('tls.server-without-certificate (here): a TLS listener that nobody gave a certificate', async () => {
    const server = createTlsServer({});
    server.on('tlsClientError', () => undefined);
    const port = await listenOn(server);
    const diagnosis = worst(await register('tls', `${LOOPBACK}:${port}`));
    expectComplete(diagnosis, 'tls.server-without-certificate', 'here', 'remote');
  });
});

describe('a switch that cannot do what its configuration says', () => {
  let scene: PbxScene;

  beforeAll(async () => {
    scene = await makePbxFolder();
  });

  afterAll(async () => {
    await scene.remove();
    expect(await killLeftovers()).toEqual([]);
  });

  // Only root can become somebody else, and some machines let everybody have every port.
  it.skipIf(process.getuid?.() !== 0)('port.permission (here): a port that only root may have', async () => {
    await scene.edit(/^( +)sip-port: 0$/m, '$1sip-port: 81');
    await chmod(scene.folder, 0o755);
    for (const path of [scene.folder, scene.config]) await chown(path, NOBODY, NOBODY);
    const pbx = new CliProcess(['pbx', '--config', scene.config, '--json', '--data', scene.folder], { uid: NOBODY });
    const said = await pbx.event('diagnosis', ({ code }) => code === 'port.permission');
    pbx.signal('SIGTERM');
    await pbx.finished;
    await scene.edit('sip-port: 81', 'sip-port: 0');
    expectComplete(said, 'port.permission', 'here', 'local');
  });

  it('srtp.forbidden-here (here) at the switch that forbids SRTP, and srtp.no-common-suite (there) at the caller who insists on it', async () => {
    await scene.edit('rtp_secure_media: optional', 'rtp_secure_media: forbidden');
    const pbx = await RunningPbx.start(scene);
    const end = await runCli(['call', '9196', ...pbx.account(), '--srtp', 'mandatory', '--seconds', '1']);
    expectComplete(worst(end), 'srtp.no-common-suite', 'there', 'status');
    expectComplete(await pbx.diagnosis('srtp.forbidden-here'), 'srtp.forbidden-here', 'here');
    expect(await pbx.stop()).toBe(0);
  });

  it('srtp.keys-in-clear (here): SRTP is mandatory and the signalling goes over TCP', async () => {
    const pbx = await RunningPbx.start(scene);
    const account = pbx.account('1000', { transport: 'tcp' });
    const end = await runCli(['call', '9196', ...account, '--srtp', 'mandatory', '--seconds', '1']);
    expectComplete(worst(end), 'srtp.keys-in-clear', 'here');
    expect(await pbx.stop()).toBe(0);
  });
});

describe('sound devices', () => {
  it('audio.permission (here): the system shows the microphone and keeps it from us', async () => {
    const audio = new PortAudio({
      clock: systemClock,
      tracer: new Tracer(systemClock),
      entry: new URL('../media/fake/audio-process.ts', import.meta.url),
    });
    closing.push(() => audio.close());
    const said = new Promise<Diagnosis | undefined>((resolve) => {
      audio.onDiagnosis(resolve);
    });
    audio.start({ input: 'denied', output: undefined }, () => undefined);
    expectComplete(await said, 'audio.permission', 'here', 'what', 'reason');
  });
});
