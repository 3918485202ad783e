import { createPrivateKey } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type Server, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorityContext, readAuthority } from '../../../core/io/authority-files.ts';
import { CliProcess, killLeftovers, runCli, type CliEnd } from '../../support/cli-run.ts';
import { makePbxFolder, RunningPbx, type PbxScene } from '../../support/pbx-scene.ts';
import { good, issue } from '../../support/test-authority.ts';

const PLANTED = 'planted-Password-4711';
const PASSPHRASE = 'planted-Passphrase-0815';

let scene: PbxScene;
let pbx: RunningPbx;
let wire: TappedWire;
/** Everything that any of the programs printed. */
let printed = '';
/** Everything that must not be in it, by what it is. */
const secrets = new Map<string, string>();

/** A wire to the switch that is tapped: TLS ends here with a certificate of the same authority, and begins anew. */
class TappedWire {
  readonly #server: Server;
  readonly #sockets = new Set<TLSSocket>();
  text = '';

  constructor(certificate: { readonly cert: string; readonly key: string }, target: number) {
    this.#server = createServer(certificate, (near) => {
      const far = connect({ host: '127.0.0.1', port: target, rejectUnauthorized: false });
      for (const [from, to] of [[near, far], [far, near]] as const) {
        this.#sockets.add(from);
        from.on('error', () => undefined);
        from.on('data', (octets: Buffer) => {
          this.text += octets.toString('latin1');
          to.write(octets);
        });
        from.on('end', () => to.end());
      }
    }); // prettier-ignore
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  /** What a pattern's first group found on the wire. */
  all(pattern: RegExp): readonly string[] {
    return [...this.text.matchAll(pattern)].map(([, found = '']) => found);
  }
}

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliEnd> {
  const end = await runCli([...args, '-vvvv'], { env });
  printed += end.stdout + end.stderr;
  return end;
}

async function plantKeyFiles(folder: string): Promise<void> {
  for (const path of await readdir(folder, { recursive: true })) {
    if (!path.endsWith('.pem')) continue;
    const text = await readFile(join(folder, path), 'utf8');
    for (const [, body = ''] of text.matchAll(/-----BEGIN [A-Z ]*PRIVATE KEY-----([^-]+)-----END/g)) {
      for (const line of body.trim().split('\n')) if (line.length > 30) secrets.set(`key in ${path}: ${line}`, line);
    }
  }
}

beforeAll(async () => {
  scene = await makePbxFolder();
  await scene.edit(`password: "${scene.password('1001')}"`, `password: "${PLANTED}"`);
  await plantKeyFiles(scene.folder);
  for (const user of ['1000', '1002']) secrets.set(`password of ${user}`, scene.password(user));
  secrets.set('password of 1001', PLANTED).set('passphrase', PASSPHRASE);
  const { authority } = good(await readAuthority(join(scene.folder, 'ssl', 'CA'), authorityContext(() => Date.now())));
  const tap = await issue(authority);
  const client = await issue(authority, { role: 'client', commonName: '1001' });
  const encrypted = createPrivateKey(client.key.reveal())
    .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSPHRASE });
  await writeFile(join(scene.folder, 'client.pem'), client.certificateChain + String(encrypted));
  pbx = await RunningPbx.start(scene, ['-vvvv']);
  wire = new TappedWire({ cert: tap.certificateChain, key: tap.key.reveal() }, pbx.port('tls'));
}, 120_000); // prettier-ignore

afterAll(async () => {
  wire.close();
  await scene.remove();
  expect(await killLeftovers()).toEqual([]);
});

describe('secrets are never printed, however much is logged', () => {
  it('with -vvvv: passwords, passphrases, digest responses, SDES keys, private keys', async () => {
    const port = await wire.listen();
    const certificate = ['--cert', join(scene.folder, 'client.pem'), '--passphrase'];
    const password = ['--password', PLANTED];
    const account = pbx.account('1001', { port, password: PLANTED });
    expect((await run(['register', ...account, ...certificate, PASSPHRASE])).code).toBe(0);
    expect((await run(['register', ...account, ...certificate, `wrong-${PASSPHRASE}`])).code).toBe(1);
    expect((await run(['register', ...pbx.account('1000', { port, password: `wrong-${PLANTED}` })])).code).toBe(1);
    const withoutPassword = account.filter((arg) => !password.includes(arg));
    expect((await run(['call', '9196', '--seconds', '1', ...withoutPassword], { SOTTO_PASSWORD: PLANTED })).code).toBe(
      0,
    );
    expect((await run(['call', '4711', ...account])).code).toBe(1);
    pbx.process.signal('SIGTERM');
    const { stdout, stderr } = await pbx.process.finished;
    printed += stdout + stderr;

    const responses = wire.all(/\bresponse="([0-9a-f]+)"/g);
    const keys = wire.all(/\binline:([A-Za-z0-9+/=]+)/g);
    expect(responses.length).toBeGreaterThan(5);
    expect(keys.length).toBeGreaterThan(5);
    for (const response of responses) secrets.set(`digest response ${response}`, response);
    for (const key of keys) secrets.set(`SDES key ${key}`, key);
    // The log is one that could have told: it has the messages, masked.
    expect(printed).toMatch(/Authorization: Digest .*response="\[secret\]"/);
    expect(printed).toContain('inline:[secret]');
    expect(printed.length).toBeGreaterThan(50_000);
    const leaked = [...secrets].filter(([, secret]) => printed.includes(secret)).map(([what]) => what);
    expect(leaked).toEqual([]);
    expect(printed).not.toContain('PRIVATE KEY');
  }, 240_000);

  it('by the phone in the browser either, whose switch and account it made itself', async () => {
    const data = await mkdtemp(join(tmpdir(), 'sotto-test-'));
    const phone = new CliProcess(['--no-open', '--port', '0', '--data', data, '-vvvv'], { program: 'web' });
    await phone.event('ready');
    await phone.logged(/registration\.state .*state=registered address=/);
    phone.signal('SIGTERM');
    const end = await phone.finished;
    expect(end.code).toBe(0);
    const text = await readFile(join(data, 'switch', 'sotto-pbx.yaml'), 'utf8');
    const passwords = [...text.matchAll(/password: "([^"]+)"/g)].map(([, password = '']) => password);
    expect(passwords).toHaveLength(2);
    for (const password of passwords) expect(end.stdout + end.stderr).not.toContain(password);
    expect(end.stdout + end.stderr).not.toContain('PRIVATE KEY');
    await rm(data, { recursive: true, force: true });
  }, 120_000);
});
