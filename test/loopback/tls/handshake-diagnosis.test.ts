import {
  createServer as createTlsServer,
  connect as connectTls,
  type ConnectionOptions,
  type SecureVersion,
  type TlsOptions,
} from 'node:tls';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CertificateAuthority, IssuedCertificate } from '../../../core/tls/certificate-authority.ts';
import {
  DEFAULT_TLS_CLIENT_SETTINGS,
  type TlsClientSettings,
  type TlsServerSettings,
} from '../../../core/tls/tls-settings.ts';
import { freePort } from '../../support/free-port.ts';
import { issue, makeAuthority } from '../../support/test-authority.ts';
import {
  closeAll,
  closeLater,
  dialled,
  eventually,
  LOOPBACK,
  NAME,
  ourServer,
  rawClient,
  rawServer,
  record,
} from './tls-ends.ts';

const onBoringSsl = process.versions.bun !== undefined;
/** BoringSSL has no security levels. */
const ANYTHING = onBoringSsl ? 'ALL' : 'DEFAULT@SECLEVEL=0';
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

let root: CertificateAuthority;
let leaf: IssuedCertificate;
let trusting: TlsClientSettings;

beforeAll(async () => {
  root = await makeAuthority();
  leaf = await issue(root, { role: 'both', dns: [NAME] });
  trusting = { ...DEFAULT_TLS_CLIENT_SETTINGS, trust: [root.certificate] };
});
afterEach(closeAll);

const only = (version: SecureVersion & TlsClientSettings['minVersion']) =>
  ({ minVersion: version, maxVersion: version }) as const;
const serving = (more: Partial<TlsServerSettings> = {}): TlsServerSettings => ({
  ...trusting,
  clientCertificate: 'ignored',
  identity: { certificateChain: leaf.certificateChain, key: leaf.key, passphrase: undefined },
  ...more,
});

/** A server of node:tls; with `{}` it has no certificate. */
async function bareServer(options: TlsOptions): Promise<number> {
  const server = createTlsServer(options);
  server.on('tlsClientError', () => undefined);
  server.on('secureConnection', (socket) => socket.on('error', () => undefined).resume());
  closeLater(() => server.close());
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
const withLeaf = (): TlsOptions => ({ cert: leaf.certificateChain, key: leaf.key.reveal() });

async function codeOf(port: number, settings: TlsClientSettings = trusting, timeoutMs = 3000): Promise<string> {
  const { result } = await dialled(port, settings, timeoutMs);
  return result.ok ? 'ok' : `${result.error.code} ${result.error.side}`;
}

describe('a dial that fails is explained from what was seen of it', () => {
  it('a server without our version', async () => {
    const port = await bareServer({ ...withLeaf(), ...only('TLSv1.3') });
    expect(await codeOf(port, { ...trusting, ...only('TLSv1.2') })).toBe('tls.version-mismatch there');
  });

  it('a server that knows only versions of old, though we offer two', async () => {
    const port = await bareServer({ ...withLeaf(), ...only('TLSv1'), ciphers: ANYTHING });
    expect(await codeOf(port)).toBe('tls.version-mismatch here');
  });

  it('a server without our ciphers, though it knows one of our versions', async () => {
    const port = await bareServer({ ...withLeaf(), ...only('TLSv1.2'), ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' });
    expect(await codeOf(port, { ...trusting, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).toBe(
      'tls.no-shared-cipher there',
    );
  });

  it('a server without our ciphers', async () => {
    const port = await bareServer({ ...withLeaf(), ...only('TLSv1.2'), ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' });
    expect(await codeOf(port, { ...trusting, ...only('TLSv1.2'), ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).toBe(
      'tls.no-shared-cipher there',
    );
  });

  // bun's server does not start without a certificate.
  it.skipIf(onBoringSsl)('a server without a certificate', async () => {
    expect(await codeOf(await bareServer({}))).toBe('tls.server-without-certificate here');
  });

  it.each(VERSIONS)('a server that wants to see a certificate (%s)', async (version) => {
    const port = await bareServer({ ...withLeaf(), requestCert: true, rejectUnauthorized: true, ca: root.certificate });
    const { result, told } = await dialled(port, { ...trusting, ...only(version) });
    if (version === 'TLSv1.2') {
      expect(result).toMatchObject({ error: { code: 'tls.client-certificate-required', side: 'there' } });
      expect(told.trees[0]).toMatchObject({
        outcome: 'failed',
        certificateRequest: { authorities: ['CN=Test Root'] },
        alerts: [{ direction: 'received', alert: 'handshake_failure', level: 'fatal', encrypted: false }],
      });
      expect(told.trees[0]?.serverChain[0]?.subject).toBe('CN=leaf');
      return;
    }
    // RFC 8446 §4.4.2.4: the server says so after the client took the handshake for done.
    const reason = await new Promise((resolve) => {
      if (result.ok) result.value.setHandler({ onData: () => undefined, onDrain: () => undefined, onClose: resolve });
      else resolve(result.error);
    });
    expect(reason).toMatchObject({ code: 'tls.client-certificate-required', side: 'there' });
  });

  it.each([
    ['plain SIP', 'SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n', 'tls.peer-speaks-plain-sip here', 'sip'],
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'tls.peer-speaks-http here', 'http'],
    ['something else', '220 mail.example.com ESMTP\r\n', 'tls.decode-error here', 'unknown'],
  ])('a server that answers with %s, at the first attempt', async (_, answer, code, spoken) => {
    const { port, count } = await rawServer((socket) => socket.once('data', () => socket.end(answer)));
    const { result, told } = await dialled(port, trusting);
    expect(result.ok ? 'ok' : `${result.error.code} ${result.error.side}`).toBe(code);
    expect(told.trees).toMatchObject([{ role: 'client', outcome: 'failed', spoken, firstOctets: answer }]);
    expect(told.trees[0]?.clientHello?.serverName).toBe(NAME);
    expect(count()).toBe(1);
  });

  it.each([
    [49, 'tls.alert.access_denied'],
    [71, 'tls.weak-security'],
    [112, 'tls.alert.unrecognized_name'],
    [50, 'tls.decode-error'],
  ])('a server that answers with alert %i', async (alert, code) => {
    const { port } = await rawServer((socket) => socket.once('data', () => socket.end(record(21, [2, alert]))));
    expect(await codeOf(port)).toBe(`${code} there`);
  });

  it('a server that closes after the ClientHello, or says nothing', async () => {
    const rude = await rawServer((socket) => socket.once('data', () => socket.destroy()));
    expect(await codeOf(rude.port)).toBe('tls.closed-during-handshake there');
    const mute = await rawServer((socket) => socket.resume());
    const { result, told } = await dialled(mute.port, trusting, 300);
    expect(result).toMatchObject({
      error: { code: 'tls.handshake-timeout', evidence: { lastSeen: 'sent client_hello', octetsReceived: 0 } },
    });
    expect(told.trees).toMatchObject([{ outcome: 'failed', error: 'ERR_TLS_HANDSHAKE_TIMEOUT' }]);
  });

  it('a server that stops in the middle: the last thing seen is told', async () => {
    const target = await bareServer({ ...withLeaf(), ...only('TLSv1.2') });
    const { port } = await rawServer((socket) => {
      void rawClient(target).then((onward) => {
        socket.on('data', (octets: Buffer) => onward.write(octets));
        // A firewall that swallows the large packet: the ServerHello comes through and no more.
        onward.once('data', (octets: Buffer) => socket.write(octets.subarray(0, 5 + octets.readUInt16BE(3))));
      });
    });
    const { result, told } = await dialled(port, { ...trusting, ...only('TLSv1.2') }, 400);
    expect(result).toMatchObject({ error: { code: 'tls.handshake-timeout', evidence: { chosenVersion: 'TLSv1.2' } } });
    expect(told.trees[0]?.serverHello?.version).toBe('TLSv1.2');
  });

  it.skipIf(onBoringSsl)('RFC 5746 §4.1 a server that does not know secure renegotiation', async () => {
    const hello = [2, 0, 0, 38, 3, 3, ...Array<number>(32).fill(7), 0, 0xc0, 0x2b, 0];
    const { port } = await rawServer((socket) => socket.once('data', () => socket.write(record(22, hello))));
    expect(await codeOf(port, { ...trusting, ...only('TLSv1.2') })).toBe('tls.legacy-renegotiation here');
  });

  it('octets that are no handshake', async () => {
    const { port } = await rawServer((socket) => socket.once('data', () => socket.write(record(22, [99, 0, 0, 1, 0]))));
    expect(await codeOf(port)).toBe('tls.decode-error here');
  });
});

/** A program that was started, until the test ends. */
function program(...args: readonly string[]): { readonly said: () => string } {
  const child = spawn('openssl', args, { stdio: 'pipe' });
  let said = '';
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (octets: Buffer) => (said += octets.toString()));
  closeLater(() => child.kill());
  return { said: () => said };
}

describe.skipIf(spawnSync('openssl', ['version']).status !== 0)('the openssl program', () => {
  const served = async (...args: readonly string[]): Promise<number> => {
    const port = await freePort();
    const server = program('s_server', '-accept', `${LOOPBACK}:${port}`, '-naccept', '8', ...args);
    await eventually(() => (server.said().includes('ACCEPT') ? true : undefined), 's_server');
    return port;
  };

  it.each([
    ['without a certificate', ['-nocert'], 'tls.server-without-certificate here'],
    ['without a certificate, of TLS 1.2', ['-nocert', '-tls1_2'], 'tls.server-without-certificate here'],
  ])('a server %s', async (_, args, code) => {
    expect(await codeOf(await served(...args))).toBe(code);
  });

  it.each(VERSIONS)('a client that refuses our certificate says so (%s)', async (version) => {
    const { port, outcomes, told } = await ourServer(serving());
    const flag = version === 'TLSv1.2' ? '-tls1_2' : '-tls1_3';
    program('s_client', '-connect', `${LOOPBACK}:${port}`, '-verify_return_error', flag);
    const diagnosis = await eventually(() => outcomes.find((one) => 'code' in one), 'the diagnosis');
    expect(diagnosis).toMatchObject({ code: 'cert.unknown-ca', side: 'there' });
    expect(told.trees[0]?.clientHello?.versions).toEqual([version]);
    expect(told.trees[0]?.alerts).toMatchObject([{ direction: 'received', alert: 'unknown_ca' }]);
  });
});

describe('a client that fails is explained from what was seen of it', () => {
  const failing = async (server: Partial<TlsServerSettings>, client: ConnectionOptions) => {
    const { port, outcomes, told } = await ourServer(serving(server));
    const socket = connectTls({ host: LOOPBACK, port, servername: NAME, ca: root.certificate, ...client });
    socket.on('error', () => undefined);
    socket.resume();
    closeLater(() => socket.destroy());
    const outcome = await eventually(() => outcomes[0], 'the outcome');
    return { outcome, tree: told.trees[0] };
  };

  it('with another version, ciphers, or kind of key', async () => {
    const version = await failing(only('TLSv1.3'), only('TLSv1.2'));
    expect(version.outcome).toMatchObject({ code: 'tls.version-mismatch', side: 'here' });
    const cipher = await failing(
      { ...only('TLSv1.2'), ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
      { ...only('TLSv1.2'), ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' },
    );
    expect(cipher.outcome).toMatchObject({ code: 'tls.no-shared-cipher', side: 'here' });
    const key = await failing({}, { ...only('TLSv1.2'), ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' });
    expect(key.outcome).toMatchObject({ code: 'tls.certificate-type-mismatch', side: 'here' });
    for (const { tree } of [version, cipher, key]) {
      expect(tree).toMatchObject({
        role: 'server',
        outcome: 'failed',
        watched: 'records',
        clientHello: { serverName: NAME },
        alerts: [{ direction: 'sent', level: 'fatal' }],
      });
    }
  });

  it('that signs only with what is too weak', async () => {
    const { outcome } = await failing({}, { sigalgs: 'ECDSA+SHA1', ciphers: ANYTHING });
    expect(outcome).toMatchObject({ code: 'tls.weak-security', side: 'here' });
  });

  it('that refuses our certificate by an alert', async () => {
    const { port, outcomes, told } = await ourServer(serving());
    const socket = await rawClient(port);
    const hello = await helloOf();
    socket.write(hello);
    await once(socket, 'data');
    // In clear, as a client does that fails before it has keys.
    socket.write(record(21, [2, 48]));
    expect(await eventually(() => outcomes[0], 'the outcome')).toMatchObject({
      code: 'cert.unknown-ca',
      side: 'there',
    });
    expect(told.trees[0]).toMatchObject({
      alerts: [{ direction: 'received', alert: 'unknown_ca', level: 'fatal', encrypted: false }],
      serverHello: { version: 'TLSv1.2' },
    });
  });

  it('that goes after our part of the handshake', async () => {
    const { port, outcomes } = await ourServer(serving());
    const socket = await rawClient(port);
    socket.write(await helloOf());
    await once(socket, 'data');
    socket.destroy();
    expect(await eventually(() => outcomes[0], 'the outcome')).toMatchObject({
      code: 'tls.closed-during-handshake',
      side: 'there',
      evidence: { lastSeen: 'sent server_hello_done' },
    });
  });

  it.each(VERSIONS)('and one that succeeds is told as a tree on both sides (%s)', async (version) => {
    const { port, outcomes, told } = await ourServer(serving({ clientCertificate: 'required' }));
    const { identity } = serving();
    const client = await dialled(port, { ...trusting, ...only(version), identity });
    expect(client.result.ok).toBe(true);
    expect(await eventually(() => outcomes[0], 'the connection')).toMatchObject({ name: 'tls-1' });
    const both = {
      outcome: 'secured',
      watched: 'records',
      version,
      clientHello: { serverName: NAME, resumption: 'none' },
      serverHello: { version, retry: false },
      resumption: { offered: 'none', accepted: false },
    };
    expect(client.told.trees).toMatchObject([{ ...both, role: 'client' }]);
    expect(told.trees).toMatchObject([{ ...both, role: 'server' }]);
    const [tree] = client.told.trees;
    // With TLS 1.3 what the library linked: it may end with the authority.
    expect(tree?.serverChain[0]?.subject).toBe('CN=leaf');
    expect(told.trees[0]?.clientChain[0]?.subject).toBe('CN=leaf');
    expect(tree?.group).toBeDefined();
    expect(told.trees[0]?.group?.toLowerCase()).toBe(tree?.group?.toLowerCase());
    const { connected, clientHello, serverHello, secured } = tree?.times ?? {};
    const times = [connected, clientHello, serverHello, secured];
    expect(times).toEqual([...times].sort((a = 0, b = 0) => a - b));
    expect(client.told.events.map(({ kind }) => kind)).toEqual(['tls.handshake']);
  });

  it('§4.1.4 of RFC 8446: a group that was not guessed right takes a second ClientHello', async () => {
    const { port, outcomes, told } = await ourServer(serving());
    const socket = connectTls({
      host: LOOPBACK,
      port,
      servername: NAME,
      ca: root.certificate,
      minVersion: 'TLSv1.3',
      ecdhCurve: 'secp521r1:secp384r1',
    });
    socket.on('error', () => undefined);
    closeLater(() => socket.destroy());
    await eventually(() => outcomes[0], 'the outcome');
    const [tree] = told.trees;
    if (tree?.helloRetryRequest === undefined) {
      // A server that takes the group at once has nothing to ask.
      expect(tree?.group).toBe(tree?.clientHello?.keyShares[0]);
      return;
    }
    expect(tree.secondClientHello?.keyShares).toEqual([tree.helloRetryRequest.group]);
    expect(tree.serverHello?.group).toBe(tree.helloRetryRequest.group);
  });
});

it.skipIf(onBoringSsl)('RFC 5746: a client that asks for another handshake on its connection is cut off', async () => {
  const { port, outcomes } = await ourServer(serving());
  const socket = connectTls({ host: LOOPBACK, port, servername: NAME, ca: root.certificate, ...only('TLSv1.2') });
  socket.on('error', () => undefined);
  closeLater(() => socket.destroy());
  await once(socket, 'secureConnect');
  socket.resume();
  socket.renegotiate({ rejectUnauthorized: true }, () => undefined);
  await once(socket, 'close');
  expect(await eventually(() => outcomes[1], 'the reason')).toMatchObject({ code: 'tls.alert.no_renegotiation' });
  expect((await dialled(port, trusting)).result.ok).toBe(true);
});

describe('every record is told', () => {
  it('where the trace of TLS is at level 9 when the connection begins', async () => {
    const { port, outcomes, told } = await ourServer(serving(), 9);
    await dialled(port, trusting);
    await eventually(() => outcomes[0], 'the connection');
    const records = told.events.filter(({ kind }) => kind === 'tls.record');
    expect(records.slice(0, 2)).toMatchObject([
      { connection: 'tls-1', direction: 'received', message: 'client_hello' },
      { connection: 'tls-1', direction: 'sent', message: 'server_hello' },
    ]);
    const last = told.events.at(-1);
    expect(last).toMatchObject({ kind: 'tls.handshake', connection: 'tls-1' });
  });
});

/** The ClientHello of a TLS 1.2 client. */
async function helloOf(): Promise<Buffer> {
  let take: (octets: Buffer) => void = () => undefined;
  const taken = new Promise<Buffer>((resolve) => (take = resolve));
  const { port } = await rawServer((socket) => socket.once('data', take));
  const socket = connectTls({ host: LOOPBACK, port, servername: NAME, ...only('TLSv1.2') });
  socket.on('error', () => undefined);
  closeLater(() => socket.destroy());
  return taken;
}
