import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateAuthority } from '../../../core/tls/certificate-authority.ts';
import type { CertificateOptions } from '../../../core/tls/certificate-options.ts';
import { CliProcess, killLeftovers, runCli, type CliEnd } from '../../support/cli-run.ts';
import { DOMAIN, makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';
import { good, issue, makeAuthority } from '../../support/test-authority.ts';

const DAY_MS = 86_400_000;

/** One profile of the switch for each kind of certificate, and what a phone must say of it. */
const KINDS: Readonly<
  Record<string, { readonly options: Partial<CertificateOptions>; readonly code: string; readonly server?: string }>
> = {
  expired: { options: { notBefore: Date.now() - 9 * DAY_MS, notAfter: Date.now() - DAY_MS }, code: 'cert.expired' },
  'not-yet': { options: { notBefore: Date.now() + DAY_MS }, code: 'cert.not-yet-valid' },
  'other-name': {
    options: { dns: ['sip.other.example'], ips: ['127.0.0.1'] },
    code: 'cert.name-mismatch',
    server: 'localhost',
  },
  'other-ip': { options: { dns: ['localhost'], ips: ['192.0.2.7'] }, code: 'cert.ip-mismatch' },
  'for-clients': { options: { role: 'client' }, code: 'cert.wrong-purpose' },
};

let scene: PbxScene;
let pbx: RunningPbx;
let root: CertificateAuthority;
let ca: string;

async function writeFolder(name: string, agent: string): Promise<void> {
  const folder = join(scene.folder, 'ssl', name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'agent.pem'), agent, { mode: 0o600 });
  await writeFile(join(folder, 'cafile.pem'), root.certificate);
}

beforeAll(async () => {
  scene = await makePbxFolder();
  root = await makeAuthority();
  ca = join(scene.folder, 'root.pem');
  await writeFile(ca, root.certificate);
  for (const [name, { options }] of Object.entries(KINDS)) {
    const { certificateChain, key } = await issue(root, options);
    await writeFolder(name, certificateChain + key.reveal());
  }
  // An intermediate that stays behind, as happens with certificates that were bought.
  const intermediate = good(await root.issueAuthority({ commonName: 'Test Intermediate' }));
  const leaf = await issue(intermediate);
  const leafAlone = leaf.certificateChain.slice(0, leaf.certificateChain.indexOf('-----END') + 25);
  await writeFolder('no-intermediate', `${leafAlone}\n${leaf.key.reveal()}`);
  await writeFolder('whole-chain', leaf.certificateChain + leaf.key.reveal());

  const profiles = [...Object.keys(KINDS), 'no-intermediate', 'whole-chain'].map(
    (name) => `  ${name}:\n    sip-ip: 127.0.0.1\n    tls-sip-port: 0\n    tls-cert-dir: ssl/${name}\n`,
  );
  await scene.edit('profiles:\n', `profiles:\n${profiles.join('')}`);
  pbx = await RunningPbx.start(scene);
});

afterAll(async () => {
  expect(await pbx.stop()).toBe(0);
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
});

function accountAt(profile: string, user: string, host = '127.0.0.1'): string[] {
  const server = `${host}:${pbx.port('tls', profile)}`;
  return ['--user', user, '--password', scene.password(user), '--domain', DOMAIN, '--server', server, '--ca', ca];
}

function registerAt(profile: string, host?: string, more: readonly string[] = []): Promise<CliEnd> {
  return runCli(['register', ...accountAt(profile, '1000', host), ...more]);
}

describe('sotto register to a server whose certificate is', () => {
  it.each(Object.entries(KINDS))('%s: says so, and sends no password', async (profile, { code, server }) => {
    const end = await registerAt(profile, server);
    expect([end.code, end.codes], end.stdout + end.stderr).toEqual([1, [code]]);
    expect(end.result).toMatchObject({ diagnosis: [{ side: 'here' }] });
    expect(pbx.process.events.filter(({ event }) => event === 'registration')).toEqual([]);
  });

  it('without its intermediate: names what is missing', async () => {
    const end = await registerAt('no-intermediate');
    expect([end.code, end.codes], end.stdout + end.stderr).toEqual([1, ['cert.incomplete-chain']]);
    expect(JSON.stringify(end.result)).toContain('Test Intermediate');
  });

  it('complete: registers, also with its own folder as the authority', async () => {
    const end = await registerAt('whole-chain');
    expect([end.code, end.result], end.stdout + end.stderr).toMatchObject([
      0,
      { registered: true, signalling: { peerVerified: true } },
    ]);
  });

  it('bad, but --verify off: registers, and says that nothing was verified', async () => {
    const end = await registerAt('expired', '127.0.0.1', ['--verify', 'off']);
    expect([end.code, end.result], end.stdout + end.stderr).toMatchObject([
      0,
      { registered: true, signalling: { peerVerified: false } },
    ]);
  });

  it('renewed while the switch runs: SIGHUP puts it in force, a broken one leaves the old, and a phone stays', async () => {
    const phone = new CliProcess(['register', ...accountAt('whole-chain', '1001'), '--seconds', '100', '--json']);
    await phone.event('registered');
    const { certificateChain, key } = await issue(root);
    await writeFolder('expired', certificateChain + key.reveal());
    await writeFolder('not-yet', 'broken');
    pbx.process.signal('SIGHUP');
    await pbx.diagnosis('file.not-pem');
    const renewed = await registerAt('expired');
    expect([renewed.code, renewed.codes], renewed.stdout + renewed.stderr).toEqual([0, []]);
    expect((await registerAt('not-yet')).codes).toEqual(['cert.not-yet-valid']);
    const gone = pbx.process.events.filter(({ user, state }) => user === '1001' && state !== 'registered');
    expect(gone).toEqual([]);
    phone.signal('SIGINT');
    expect((await phone.finished).code).toBe(130);
  });
});
