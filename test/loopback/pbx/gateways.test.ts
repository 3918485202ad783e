import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CliProcess, killLeftovers, runCli } from '../../support/cli-run.ts';
import { DOMAIN, makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';

/** The switch of the carrier, and ours, which is its user 1000. */
let carrier: { readonly scene: PbxScene; readonly pbx: RunningPbx };
let ours: PbxScene;

beforeEach(async () => {
  const scene = await makePbxFolder();
  carrier = { scene, pbx: await RunningPbx.start(scene) };
  ours = await makePbxFolder();
}, 120_000);

afterEach(async () => {
  expect(await carrier.pbx.stop()).toBe(0);
  await carrier.scene.remove();
  await ours.remove();
  expect(await killLeftovers()).toEqual([]);
}, 60_000);

/** Starts our switch with the carrier as a gateway; its calls go to 1001, and 9 leads to it. */
async function start(changes: { readonly password?: string; readonly ca?: string; readonly extension?: string } = {}): Promise<RunningPbx> {
  const folder = join(ours.folder, 'carrier');
  await mkdir(folder, { recursive: true });
  await copyFile(changes.ca ?? carrier.scene.ca, join(folder, 'cafile.pem'));
  const gateway = {
    proxy: `localhost:${carrier.pbx.port('tls')}`,
    username: '1000',
    password: changes.password ?? carrier.scene.password('1000'),
    'from-domain': DOMAIN,
    extension: changes.extension ?? '1001',
    'tls-cert-dir': folder,
  };
  const rule = { name: 'out', destination_number: '^9(\\d+)$', action: { application: 'gateway', gateway: 'carrier', number: '$1' } };
  // YAML takes JSON.
  await ours.edit(/^( {4}context: default)$/m, `$1\n    gateways: ${JSON.stringify({ carrier: gateway }).replaceAll('$', '$$$$')}`);
  await ours.edit(/^users:/m, `dialplan: ${JSON.stringify([rule]).replaceAll('$', '$$$$')}\nusers:`);
  return RunningPbx.start(ours);
} // prettier-ignore

async function ask(pbx: RunningPbx, command: string): Promise<string> {
  const control = String((await pbx.process.event('ready')).control);
  const { events } = await runCli(['console', '--control', control, '-x', command]);
  return String(events.find(({ event }) => event === 'answer')?.answer);
}

it('registers over TLS, carries calls out with SRTP on both legs, and calls in to its extension', async () => {
  const pbx = await start();
  await pbx.process.event('gateway', ({ name, state }) => name === 'carrier' && state === 'REGED');

  const out = await runCli(['call', '99196', ...pbx.account('1000'), '--seconds', '2', '--srtp', 'mandatory']);
  expect(out.result).toMatchObject({ ok: true, security: 'encrypted' });
  const call = await pbx.process.event('call', ({ state, to }) => state === 'answered' && to === '99196');
  expect(call.legs).toMatchObject([{ transport: 'tls', security: 'encrypted' }, { transport: 'tls', security: 'encrypted' }]); // prettier-ignore

  const phone = new CliProcess(['answer', ...pbx.account('1001'), '--calls', '1', '--json']);
  await phone.event('ready');
  const into = await runCli(['call', '1000', ...carrier.pbx.account('1001'), '--seconds', '1']);
  expect(into.result).toMatchObject({ ok: true, security: 'encrypted' });
  expect((await phone.finished).code).toBe(0);

  expect(await ask(pbx, 'sofia status')).toMatch(/internal::carrier\tgateway\t +sip:1000@sotto\.localhost\tREGED/);
  expect(await ask(pbx, 'sofia status gateway carrier')).toMatch(/State +\tREGED/);
  expect(await ask(pbx, 'sofia status gateway nobody')).toBe('Invalid Gateway!');
  expect(await ask(pbx, 'sofia profile internal unregister carrier')).toBe('+OK');
  await pbx.process.event('gateway', ({ state }) => state === 'UNREGED');
  expect(await pbx.stop()).toBe(0);
}, 120_000);

it.each([
  ['an extension without a phone', '1001', 'sip.unavailable'],
  ['a number that only users may dial', '9196', 'sip.not-found'],
])(
  'whoever calls in to %s hears so',
  async (_what, extension, code) => {
    const pbx = await start({ extension });
    await pbx.process.event('gateway', ({ state }) => state === 'REGED');
    const caller = carrier.pbx.account('1001');
    expect((await runCli(['call', '1000', ...caller])).codes).toEqual([code]);
    expect(await pbx.stop()).toBe(0);
  },
  120_000,
);

it.each([
  ['a wrong password', { password: 'wrong' }, 'sip.bad-credentials'],
  ['a certificate of an authority that is not trusted', {}, 'cert.unknown-ca'],
])('%s is told with its reason, and whoever dials out hears at once that it does not work', async (what, changes, code) => {
  const other = what.includes('certificate') ? { ca: ours.ca } : {};
  const pbx = await start({ ...changes, ...other });
  await pbx.process.event('gateway', ({ state }) => state === 'FAIL_WAIT');
  expect(await pbx.process.event('diagnosis', (event) => event.code === code)).toMatchObject({ profile: 'internal' });
  const out = await runCli(['call', '99196', ...pbx.account('1000')]);
  expect(out.result).toMatchObject({ ok: false });
  expect(await ask(pbx, 'sofia status gateway carrier')).toContain(code);
  expect(await pbx.stop()).toBe(0);
}, 120_000); // prettier-ignore
