import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CliProcess, killLeftovers, runCli } from '../../support/cli-run.ts';
import { freePort } from '../../support/free-port.ts';
import { makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';

let scene: PbxScene;
let pbx: RunningPbx;
let port: number;

beforeAll(async () => {
  scene = await makePbxFolder();
  port = await freePort();
  await scene.edit('users:\n', `metrics: { port: ${port} }\nusers:\n`);
  pbx = await RunningPbx.start(scene);
}, 120_000);

afterAll(async () => {
  expect(await pbx.stop()).toBe(0);
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
}, 60_000);

async function get(
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: number; type: string; text: string }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, type: response.headers['content-type'] ?? '', text });
      });
    })
      .on('error', reject)
      .end();
  });
}

/** The values, by name with labels. */
async function figures(): Promise<ReadonlyMap<string, number>> {
  const { text } = await get('/metrics');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
  );
}

describe('the figures of the switch', () => {
  it('are in the text format of Prometheus: each family with help and type, each line a name and a number', async () => {
    const { status, type, text } = await get('/metrics');
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^(?:# (?:HELP sotto_\w+ .+\.|TYPE sotto_\w+ (?:gauge|counter))|sotto_\w+(?:\{\w+="[^"\\\n]*"(?:,\w+="[^"\\\n]*")*\})? [\d.e+]+)$/); // prettier-ignore
    const families = [...text.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name);
    expect(new Set(families).size).toBe(families.length);
  });

  it('follow registrations, calls with what protects their legs, and what goes wrong; of callers they say nothing', async () => {
    const phone = new CliProcess(['call', '9196', ...pbx.account(), '--json']);
    await phone.event('connected');
    const during = await figures();
    expect(during.get('sotto_registrations{transport="tls"}')).toBe(1);
    expect(during.get('sotto_calls')).toBe(1);
    expect(during.get('sotto_call_legs{transport="tls",security="encrypted"}')).toBe(1);
    phone.signal('SIGINT');
    await phone.finished;
    await pbx.process.event('call', ({ state }) => state === 'ended');
    await runCli(['register', ...pbx.account('1001', { password: 'wrong' }), '--seconds', '0.1']);
    const after = await figures();
    expect(after.get('sotto_calls')).toBe(0);
    expect(after.get('sotto_calls_total{outcome="answered"}')).toBe(1);
    expect(after.get('sotto_call_seconds_total')).toBeGreaterThan(0);
    expect(after.get('sotto_registration_changes_total{change="registered"}')).toBe(1);
    expect(after.get('sotto_diagnoses_total{code="sip.bad-credentials"}')).toBeGreaterThan(0);
    expect((await get('/metrics')).text).not.toMatch(/"(?:9196|1000)/);
  });

  it('are all that is there, and not for pages of the web whose name leads here', async () => {
    expect((await get('/')).status).toBe(404);
    expect((await get('/metrics', { host: 'evil.example' })).status).toBe(403);
    expect((await get('/metrics', { host: `localhost:${port}` })).status).toBe(200);
  });

  it('move, and end, with the configuration; a port that another has is told, and the switch goes on', async () => {
    const other = await freePort();
    await scene.edit(`metrics: { port: ${port} }`, `metrics: { port: ${other} }`);
    pbx.process.signal('SIGHUP');
    const before = port;
    port = other;
    await expect
      .poll(async () => (await get('/metrics').catch(() => undefined))?.status, { timeout: 20_000 })
      .toBe(200);
    port = before;
    await expect(get('/metrics')).rejects.toThrow('ECONNREFUSED');
    await scene.edit(`metrics: { port: ${other} }`, `metrics: { port: ${pbx.port('tls')} }`);
    pbx.process.signal('SIGHUP');
    expect(await pbx.diagnosis('port.in-use')).toMatchObject({ side: 'here' });
    expect((await runCli(['register', ...pbx.account(), '--seconds', '0.1'])).code).toBe(0);
  }, 90_000);
});
