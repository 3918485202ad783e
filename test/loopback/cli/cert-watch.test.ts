import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { authorityContext, readAuthority } from '../../../core/io/authority-files.ts';
import { runCliHere } from '../../support/cli-here.ts';
import { CliProcess, killLeftovers } from '../../support/cli-run.ts';
import { freePort } from '../../support/free-port.ts';
import { makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';
import { good, issue } from '../../support/test-authority.ts';

const DAY_MS = 86_400_000;
/** The switch looks every two seconds, and twice. */
const LIMIT_MS = 30_000;

let scene: PbxScene;
let pbx: RunningPbx | undefined;

beforeEach(async () => {
  scene = await makePbxFolder();
});
afterEach(async () => {
  const code = await pbx?.stop();
  pbx = undefined;
  await scene.remove();
  expect(code).toBe(0);
});
afterAll(async () => {
  expect(await killLeftovers()).toEqual([]);
});

const agent = (profile = 'internal'): string => join(scene.folder, 'ssl', profile, 'agent.pem');

async function handshake(port: number): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca: await readFile(scene.ca) });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

/** The serial number that a new client is shown. */
async function shown(port: number): Promise<string> {
  const socket = await handshake(port);
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber.toLowerCase();
}

async function untilShown(port: number, serial: string): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  while ((await shown(port).catch(() => '')) !== serial) {
    if (performance.now() > end) throw new Error(`the certificate ${serial} was not put in force`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** Sends a double CRLF, to which a living connection answers (RFC 5626 §4.4.1). */
async function answers(socket: TLSSocket): Promise<boolean> {
  const answer = once(socket, 'data') as Promise<[Buffer]>;
  socket.write('\r\n\r\n');
  return (await answer)[0].toString() === '\r\n';
}

async function writeShortLived(days: number): Promise<string> {
  const context = authorityContext(() => Date.now());
  const { authority } = good(await readAuthority(join(scene.folder, 'ssl', 'CA'), context));
  const now = Date.now();
  const { certificateChain, key } = await issue(authority, {
    notBefore: now - 300 * DAY_MS,
    notAfter: now + days * DAY_MS,
  });
  await writeFile(agent(), certificateChain + key.reveal(), { mode: 0o600 });
  return new X509Certificate(certificateChain).serialNumber.toLowerCase();
}

describe('a switch whose certificate files change while it runs: G12', () => {
  it('shows the new one from the next handshake on, keeps open connections and calls, and a broken file leaves the old', async () => {
    pbx = await RunningPbx.start(scene);
    const port = pbx.port('tls', 'internal');
    const before = await shown(port);
    const open = await handshake(port);
    const call = new CliProcess(['call', '9196', ...pbx.account('1000', { transport: 'tls' }), '--seconds', '60', '--json']); // prettier-ignore
    await call.event('connected');
    const renewed = await runCliHere(['cert', 'renew', agent()]);
    expect(renewed.code, renewed.stdout).toBe(0);
    const serial = String(renewed.result?.serial);
    expect(serial).not.toBe(before);
    await untilShown(port, serial);
    expect(await answers(open)).toBe(true);
    expect(call.events.filter(({ event }) => event === 'ended' || event === 'diagnosis')).toEqual([]);
    call.signal('SIGINT');
    const { code, result } = await call.finished;
    // Hung up over the connection that it began with, and heard itself to the end.
    expect([code, result?.media]).toMatchObject([130, { authFailures: 0, replayed: 0 }]);
    expect(await pbx.process.event('call', ({ state }) => state === 'ended')).toMatchObject({ from: '1000' });

    const text = await readFile(agent(), 'utf8');
    await writeFile(agent(), text.slice(0, 300));
    expect(await pbx.diagnosis('file.not-pem')).toMatchObject({ profile: 'internal', evidence: { path: agent() } });
    expect(await shown(port)).toBe(serial);
    await rename(agent(), `${agent()}.broken`);
    expect(await pbx.diagnosis('file.missing')).toMatchObject({ profile: 'internal' });
    expect(await shown(port)).toBe(serial);

    const again = await runCliHere(['cert', 'create_server', '--dir', join(scene.folder, 'ssl'), '-cn', 'localhost', '--ip', '127.0.0.1', '-out', 'internal/agent.pem']); // prettier-ignore
    expect(again.code, again.stdout).toBe(0);
    await untilShown(port, String(again.result?.serial));
    expect(await answers(open)).toBe(true);
    open.destroy();
  });

  it('opens a listener that had no good certificate, once there is one', async () => {
    const port = await freePort();
    await scene.edit('tls-sip-port: 0', `tls-sip-port: ${port}`);
    const text = await readFile(agent(), 'utf8');
    await writeFile(agent(), 'broken');
    pbx = await RunningPbx.start(scene);
    expect(await pbx.diagnosis('file.not-pem')).toMatchObject({ profile: 'internal' });
    expect(pbx.listeners.filter(({ transport, profile }) => transport === 'tls' && profile === 'internal')).toEqual([]);
    await writeFile(agent(), text);
    await untilShown(port, new X509Certificate(text).serialNumber.toLowerCase());
  });
});

describe('a switch whose certificate ends soon', () => {
  it('renews it by itself where its authority can be opened', async () => {
    const old = await writeShortLived(5);
    pbx = await RunningPbx.start(scene, ['--strict']);
    const serial = await shown(pbx.port('tls', 'internal'));
    expect(serial).not.toBe(old);
    const leaf = new X509Certificate(await readFile(agent()));
    expect(leaf.serialNumber.toLowerCase()).toBe(serial);
    expect(leaf.validToDate.getTime() - Date.now()).toBeGreaterThan(300 * DAY_MS);
  });

  it('says so where it cannot, and goes on', async () => {
    const old = await writeShortLived(5.5);
    await rm(join(scene.folder, 'ssl', 'CA', 'cakey.pem'));
    pbx = await RunningPbx.start(scene, ['--strict']);
    expect(await pbx.diagnosis('cert.expired')).toMatchObject({
      profile: 'internal',
      severity: 'warning',
      evidence: { daysLeft: 5 },
    });
    expect(await shown(pbx.port('tls', 'internal'))).toBe(old);
  });
});
