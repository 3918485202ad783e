import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runCliHere, type CliEndHere } from '../../support/cli-here.ts';

let folder: string;
let config: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-provision-'));
  await runCliHere(['pbx', 'init', join(folder, 'pbx'), '--domain', 'pbx.example', '--bind', '0.0.0.0']);
  config = join(folder, 'pbx/sotto-pbx.yaml');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const provision = (...args: readonly string[]): Promise<CliEndHere> =>
  runCliHere(['provision', ...args, '--config', config]);

it('without a device lists them', async () => {
  const { result } = await runCliHere(['provision']);
  expect(result?.devices).toContainEqual({ id: 'mitel', title: 'Mitel, Aastra', aliases: ['aastra'] });
});

it('gives the password, port and policy of the configuration, and the authority of the profile', async () => {
  const end = await provision('yealink', '--user', '1001');
  const files = end.result?.files as readonly { readonly name: string; readonly text: string }[];
  const password = /"1001":\n {4}password: "(.*)"/.exec(await readFile(config, 'utf8'))?.[1] ?? 'none';
  expect(files[0]?.text).toContain(`account.1.password = ${password}`);
  expect(files[0]?.text).toContain('account.1.srtp_encryption = 2');
  expect(files[1]?.text.trim()).toBe((await readFile(join(folder, 'pbx/ssl/internal/cafile.pem'), 'utf8')).trim());
  expect(end.events.map(({ event }) => event)).toEqual(['result']);
});

it('writes files that only their owner may read', async () => {
  const out = join(folder, 'out');
  expect((await provision('snom', '--user', '1001', '--out', out)).result).toMatchObject({ ok: true });
  expect((await stat(join(out, 'snom-1001.xml'))).mode & 0o777).toBe(0o600);
});

it('warns of a name that the certificate does not hold', async () => {
  const { events } = await provision('snom', '--user', '1001', '--host', 'other.example');
  expect(events[0]).toMatchObject({ event: 'warning', code: 'cert.name-mismatch' });
});

it.each([
  ['a user that is not there', ['snom', '--user', '4711'], 1, 'sip.not-found'],
  ['a profile that is not there', ['snom', '--user', '1001', '--profile', 'x'], 1, 'config.conflict'],
])('%s is refused', async (_what, args, code, diagnosis) => {
  const end = await provision(...args);
  expect([end.code, end.codes]).toEqual([code, [diagnosis]]);
});

it.each([
  ['a device that nobody knows', ['toaster', '--user', '1001']],
  ['no user', ['snom']],
])('%s is wrong usage', async (_what, args) => {
  expect((await provision(...args)).code).toBe(2);
});

it('a port that the system chooses can be told to no phone', async () => {
  await writeFile(config, (await readFile(config, 'utf8')).replace('tls-sip-port: 5061', 'tls-sip-port: 0'));
  expect((await provision('snom', '--user', '1001')).codes).toEqual(['config.conflict']);
});

it('a certificate folder with nothing but tls.pem serves the export, too', async () => {
  const ssl = join(folder, 'pbx/ssl/internal');
  const both = (await readFile(join(ssl, 'agent.pem'), 'utf8')) + (await readFile(join(ssl, 'cafile.pem'), 'utf8'));
  await rm(join(ssl, 'agent.pem'));
  await rm(join(ssl, 'cafile.pem'));
  await writeFile(join(ssl, 'tls.pem'), both, { mode: 0o600 });
  const end = await runCliHere(['export', 'kamailio', join(folder, 'k'), '--config', config]);
  expect(end.result).toMatchObject({ ok: true });
  expect(await readFile(join(folder, 'k/tls/internal/agent.pem'), 'utf8')).toContain('PRIVATE KEY');
});
