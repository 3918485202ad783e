import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectionsOf, type TracedConnection } from '../../../core/trace/connections.ts';
import { readTrace } from '../../../core/trace/trace-file.ts';
import { CliProcess, killLeftovers, runCli } from '../../support/cli-run.ts';
import { makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';

let scene: PbxScene;
let pbx: RunningPbx;
let traceFile: string;

/** Issues a certificate for the phone's own port; gives the options that show it. */
async function certificate(dir: string, name: string): Promise<readonly string[]> {
  const made = await runCli([
    ...['cert', 'create', '-cn', name, '-alt', 'IP:127.0.0.1', '-out', `${name}.pem`],
    ...['--role', 'server,client', '--dir', dir, '--yes'],
  ]);
  expect(made.result, made.stderr).toMatchObject({ ok: true });
  return ['--cert', join(dir, `${name}.pem`)];
}

/** User 1001, whose phones are dialled, waits for one call. */
async function waiting(more: readonly string[]): Promise<CliProcess> {
  const phone = new CliProcess(['answer', ...pbx.account('1001'), '--echo', '--json', ...more]);
  await phone.event('ready');
  return phone;
}

const call = (): ReturnType<typeof runCli> => runCli(['call', '1001', ...pbx.account('1000'), '--seconds', '1']);

/** The connections that the switch has dialled, oldest first. */
async function dialled(): Promise<readonly TracedConnection[]> {
  const events = readTrace(await readFile(traceFile, 'utf8'));
  if (!events.ok) throw new Error(events.error.reason);
  return connectionsOf(events.value).filter((connection) => connection.dialled === true);
}

async function hangUp(phone: CliProcess): Promise<void> {
  phone.signal('SIGINT');
  await phone.finished;
}

beforeAll(async () => {
  scene = await makePbxFolder();
  await scene.edit(/("?1001"?:)/, '$1\n    connect-back: true');
  traceFile = join(scene.folder, 'switch.ndjson');
  pbx = await RunningPbx.start(scene, ['--trace', traceFile]);
}, 60_000);
afterAll(async () => {
  expect(await pbx.stop()).toBe(0);
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
});

describe('a user who is dialled at its Contact (connect-back)', () => {
  it('is called over a second connection, on which both show a certificate and each is verified for its role', async () => {
    const phone = await waiting([
      '--listen',
      '127.0.0.1:0',
      ...(await certificate(join(scene.folder, 'ssl'), 'phone')),
    ]);
    const { code, result } = await call();
    expect([code, result]).toMatchObject([0, { ok: true, security: 'encrypted' }]);
    expect((await phone.finished).result).toMatchObject({ ok: true, calls: 1, security: 'encrypted' });
    const [second] = await dialled();
    expect(second).toMatchObject({ protocol: 'tls', expectedName: '127.0.0.1' });
    expect(second?.steps).toContainEqual(expect.objectContaining({ step: 'verified', verdict: 'ok' }));
    expect(second?.messages).toBeGreaterThan(2);
  });

  it('whose certificate is of an authority that the switch does not know is not called, and the switch says why', async () => {
    const other = join(scene.folder, 'other');
    expect((await runCli(['cert', 'setup', '-cn', 'Other', '--dir', other])).code).toBe(0);
    const phone = await waiting(['--listen', '127.0.0.1:0', ...(await certificate(other, 'stranger'))]);
    expect((await call()).codes).toEqual(['sip.unavailable']);
    const told = await pbx.diagnosis('conn.connect-back-failed');
    expect(told).toMatchObject({ profile: 'internal', evidence: { cause: 'cert.unknown-ca' } });
    await hangUp(phone);
  });

  it('who does not listen cannot be dialled, which is what the switch says', async () => {
    const phone = await waiting([]);
    expect((await call()).codes).toEqual(['sip.unavailable']);
    await pbx.process.event('diagnosis', ({ code, evidence }) => code === 'conn.connect-back-failed' && (evidence as { cause?: string }).cause === 'tcp.refused'); // prettier-ignore
    await hangUp(phone);
  });

  it('turns a switch away whose certificate is for servers alone, and says so', async () => {
    const ssl = join(scene.folder, 'ssl');
    const phone = await waiting(['--listen', '127.0.0.1:0', ...(await certificate(ssl, 'again'))]);
    await runCli(['cert', 'create_server', '-cn', 'sotto.localhost', '-out', 'internal/agent.pem', '--role', 'server', '--ip', '127.0.0.1', '--dir', ssl, '--yes']); // prettier-ignore
    pbx.process.signal('SIGHUP');
    expect((await call()).codes).toEqual(['sip.unavailable']);
    await phone.event('diagnosis', ({ code }) => code === 'cert.wrong-purpose');
    await pbx.process.event('diagnosis', ({ code, evidence }) => code === 'conn.connect-back-failed' && (evidence as { cause?: string }).cause === 'conn.lost'); // prettier-ignore
    await hangUp(phone);
  });
});
