import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  DEFAULT_TLS_CLIENT_SETTINGS,
  type TlsClientSettings,
  type TlsServerSettings,
} from '../../../core/tls/tls-settings.ts';
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
  type OurServer,
} from './tls-ends.ts';

let trusting: TlsClientSettings;
let serving: TlsServerSettings;
let hello: Buffer;

beforeAll(async () => {
  const root = await makeAuthority();
  const { certificateChain, key } = await issue(root, { dns: [NAME] });
  trusting = { ...DEFAULT_TLS_CLIENT_SETTINGS, trust: [root.certificate] };
  const identity = { certificateChain, key, passphrase: undefined };
  serving = { ...trusting, clientCertificate: 'ignored', identity };
  const { port } = await rawServer((socket) => socket.once('data', (octets: Buffer) => (hello = octets)));
  const socket = connectTls({ host: LOOPBACK, port, servername: NAME });
  socket.on('error', () => undefined);
  closeLater(() => socket.destroy());
  await eventually(() => hello as Buffer | undefined, 'a ClientHello');
});
afterEach(closeAll);

/** A new connection comes about. */
async function othersAreServed(server: OurServer): Promise<void> {
  expect((await dialled(server.port, trusting)).result.ok).toBe(true);
}
/** When the server ended a connection, by whatever way. */
const closeOf = (socket: Socket): Promise<unknown> =>
  new Promise((resolve) => socket.once('end', resolve).once('close', resolve));
const codes = ({ outcomes }: OurServer): string[] => outcomes.flatMap((one) => ('code' in one ? [one.code] : []));

describe('octets that no honest client sends', () => {
  const cases: readonly (readonly [string, (socket: Socket) => void])[] = [
    ['garbage after the ClientHello', (socket) => socket.write(Buffer.concat([hello, Buffer.alloc(4000, 0x99)]))],
    ['a record larger than is allowed', (socket) => socket.write(Buffer.from([22, 3, 1, 0xff, 0xff, 1, 2, 3]))],
    ['a ClientHello that claims 16 megabytes', (socket) => socket.write(record(22, [1, 0xff, 0xff, 0xff, 3, 3]))],
    ['records without content', (socket) => socket.write(Buffer.concat(Array<Buffer>(200).fill(record(22, []))))],
    ['an alert before anything', (socket) => socket.write(record(21, [2, 80]))],
    ['an alert that names nothing', (socket) => socket.write(Buffer.concat([hello, record(21, [7, 255])]))],
    ['a second ClientHello', (socket) => socket.write(Buffer.concat([hello, hello]))],
    ['application data instead of a handshake', (socket) => socket.write(record(23, [1, 2, 3]))],
    ['half a ClientHello and the end', (socket) => socket.end(hello.subarray(0, 100))],
    ['a ClientHello and the end', (socket) => socket.end(hello)],
  ];

  it.each(cases)('%s end their connection alone, with one diagnosis', async (_, send) => {
    const server = await ourServer(serving);
    const open = await dialled(server.port, trusting);
    const socket = await rawClient(server.port);
    const closed = closeOf(socket);
    send(socket);
    await eventually(() => codes(server)[0], 'the diagnosis');
    socket.end();
    await closed;
    expect(codes(server)).toHaveLength(1);
    expect(codes(server)[0]).toMatch(/^tls\./);
    // Told in full, and as JSON takes it.
    expect(server.told.trees.at(-1)).toMatchObject({ role: 'server', outcome: 'failed' });
    if (!open.result.ok) throw new Error('not connected');
    const connection = open.result.value;
    const echoed = new Promise((resolve) => {
      connection.setHandler({ onData: resolve, onDrain: () => undefined, onClose: resolve });
    });
    connection.write(Buffer.from('still here'));
    expect(Buffer.from((await echoed) as Uint8Array).toString()).toBe('still here');
    await othersAreServed(server);
  });
});

describe('clients in crowds', () => {
  it('more ClientHellos than are read in full leave the others their turn, and each has its outcome', async () => {
    const server = await ourServer(serving);
    const crowd = await Promise.all(Array.from({ length: 60 }, () => rawClient(server.port)));
    for (const socket of crowd) socket.write(hello);
    await othersAreServed(server);
    for (const socket of crowd) socket.destroy();
    await eventually(() => (codes(server).length >= crowd.length ? true : undefined), 'the outcomes');
    expect(new Set(codes(server))).toEqual(new Set(['tls.closed-during-handshake']));
    const trees = server.told.trees.filter(({ outcome }) => outcome === 'failed');
    expect(trees).toHaveLength(crowd.length);
    const watched = trees.filter((tree) => tree.watched === 'records');
    expect(watched.length).toBeGreaterThan(0);
    expect(watched.length).toBeLessThan(crowd.length);
    for (const { clientHello, octets } of trees) {
      expect(clientHello?.serverName).toBe(NAME);
      // bun does not count what its TLS library sends by itself.
      if (process.versions.bun === undefined) expect(octets.sent).toBeGreaterThan(0);
    }
  });

  it('those that hold a handshake longest make room where there are too many', async () => {
    const server = await ourServer(serving);
    const crowd: Socket[] = [];
    for (let count = 0; count < 1030; count++) crowd.push(await rawClient(server.port));
    await eventually(() => codes(server)[0], 'the first that was given up');
    expect(new Set(codes(server))).toEqual(new Set(['tls.handshake-timeout']));
    expect(codes(server).length).toBeLessThan(20);
    await othersAreServed(server);
  });

  it('one octet a second, half a ClientHello and silence end with the time for a handshake', async () => {
    const server = await ourServer(serving);
    const [slow, half, silent] = await Promise.all([1, 2, 3].map(() => rawClient(server.port)));
    if (slow === undefined || half === undefined || silent === undefined) throw new Error('not connected');
    let at = 0;
    const ticking = setInterval(() => slow.write(hello.subarray(at, ++at)), 1000);
    closeLater(() => {
      clearInterval(ticking);
    });
    half.write(hello.subarray(0, 50));
    await Promise.all([slow, half, silent].map(closeOf));
    expect(codes(server)).toEqual(Array(3).fill('tls.handshake-timeout'));
    expect(server.told.trees.map(({ octets }) => octets.received > 0).sort()).toEqual([false, true, true]);
    await othersAreServed(server);
  });

  it.each([
    ['close_notify', true],
    ['the end of TCP alone', false],
  ] as const)('%s after the handshake closes the other half, too: nobody keeps it', async (_, polite) => {
    const server = await ourServer(serving);
    const upstream = await rawClient(server.port);
    const relay = await rawServer((downstream) => {
      downstream.pipe(upstream, { end: false });
      upstream.on('data', (octets: Buffer) => downstream.write(octets));
    });
    const socket = connectTls({ host: LOOPBACK, port: relay.port, servername: NAME, rejectUnauthorized: false });
    socket.on('error', () => undefined);
    closeLater(() => socket.destroy());
    await once(socket, 'secureConnect');
    await eventually(() => server.outcomes[0], 'the connection');
    const closed = closeOf(upstream);
    if (polite) socket.end();
    else upstream.end();
    await closed;
    await othersAreServed(server);
  });
});
