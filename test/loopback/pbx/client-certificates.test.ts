import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killLeftovers, runCli } from '../../support/cli-run.ts';
import { DOMAIN, makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';

let scene: PbxScene;
let pbx: RunningPbx;

/** The files of a client certificate that the switch's authority issues. */
async function certificate(name: string, ...args: readonly string[]): Promise<readonly string[]> {
  const ssl = join(scene.folder, 'ssl');
  const made = await runCli([
    'cert',
    'create_client',
    '-cn',
    name,
    '-out',
    `${name}.pem`,
    '--dir',
    ssl,
    '--yes',
    ...args,
  ]);
  expect(made.result, made.stderr).toMatchObject({ ok: true });
  const file = join(ssl, `${name}.pem`);
  return ['--cert', file, '--key', file];
}

const register = (user: string, more: readonly string[] = []): ReturnType<typeof runCli> =>
  runCli(['register', ...pbx.account(user), ...more]);

beforeAll(async () => {
  scene = await makePbxFolder();
  await scene.edit(/(internal:[\s\S]*?tls: true)/, '$1\n    tls-client-certificate: wanted');
  await scene.edit(/("?1001"?:)/, '$1\n    client-certificate: required');
  pbx = await RunningPbx.start(scene);
});
afterAll(async () => {
  expect(await pbx.stop()).toBe(0);
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
});

describe('RFC 5922 §7.1 a client certificate that is tied to an extension', () => {
  it('the phone that shows it registers; others of the switch need none', async () => {
    const own = await certificate('own', '--uri', `sip:1001@${DOMAIN}`);
    expect((await register('1001', own)).result).toMatchObject({ ok: true, registered: true });
    expect((await register('1000')).result).toMatchObject({ ok: true, registered: true });
  });

  it('without it, with that of somebody else, or over TCP, the right password gets 403, and the switch says why', async () => {
    const other = await certificate('other', '--uri', `sip:1000@${DOMAIN}`);
    const plain = ['--server', `127.0.0.1:${pbx.port('tcp')}`, '--transport', 'tcp'];
    for (const more of [[], other, plain]) {
      const end = await register('1001', more);
      expect([end.code, end.codes]).toEqual([1, ['sip.forbidden']]);
    }
    const told = await pbx.diagnosis('cert.subject-not-allowed');
    expect(told).toMatchObject({ profile: 'internal', evidence: { user: '1001' } });
  });
});
