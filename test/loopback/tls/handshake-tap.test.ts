import { once } from 'node:events';
import { connect, createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { connect as connectTls, createServer, type SecureVersion, type TLSSocket } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HandshakeTap } from '../../../core/io/handshake-tap.ts';
import { systemClock } from '../../../core/io/node-clock.ts';
import { recognizeProtocol } from '../../../core/sip/transport/first-octets.ts';
import type { CertificateAuthority, IssuedCertificate } from '../../../core/tls/certificate-authority.ts';
import { HandshakeInspector } from '../../../core/tls/handshake-inspector.ts';
import { Tracer, type TraceEvent } from '../../../core/trace/tracer.ts';
import { issue, makeAuthority } from '../../support/test-authority.ts';

let root: CertificateAuthority;
let leaf: IssuedCertificate;
const closing: (() => void)[] = [];

beforeAll(async () => {
  root = await makeAuthority();
  leaf = await issue(root, { role: 'both' });
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const events: TraceEvent[] = [];
const tracer = new Tracer(systemClock);
const inspectorOf = (role: 'client' | 'server'): HandshakeInspector =>
  new HandshakeInspector({
    role,
    watched: 'records',
    recognize: recognizeProtocol,
    now: () => systemClock.now(),
    tracer,
    connection: role,
  });
tracer.subscribe((event) => events.push(event));

/** A TLS server that demands a client certificate and sends back what it hears, with a tap on each connection. */
async function tappedServer(): Promise<number> {
  const tls = createServer({
    cert: leaf.certificateChain,
    key: leaf.key.reveal(),
    ca: root.certificate,
    requestCert: true,
    rejectUnauthorized: true,
  });
  tls.on('tlsClientError', () => undefined);
  tls.on('secureConnection', (socket) => {
    socket.on('error', () => undefined);
    socket.pipe(socket);
  });
  const server: Server = createTcpServer((socket) => {
    tls.emit('connection', new HandshakeTap(socket, inspectorOf('server')));
  });
  closing.push(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function tappedClient(
  port: number,
  version: SecureVersion,
  identity: { readonly cert?: string; readonly key?: string },
): Promise<{ readonly socket: TLSSocket; readonly inspector: HandshakeInspector }> {
  const raw = connect(port, '127.0.0.1');
  await once(raw, 'connect');
  const inspector = inspectorOf('client');
  const socket = connectTls({
    socket: new HandshakeTap(raw, inspector),
    servername: 'localhost',
    ca: root.certificate,
    minVersion: version,
    maxVersion: version,
    ...identity,
  });
  closing.push(() => socket.destroy());
  socket.on('error', () => undefined);
  return { socket, inspector };
}

const seen = (connection: string): string[] =>
  events
    .filter((event) => event.connection === connection && event.kind === 'tls.record' && event.message !== 'encrypted')
    .map(({ direction, message }) => `${String(direction)} ${String(message)}`);

describe('a tap on both ends', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'shows the %s handshake and lets a megabyte through unharmed',
    async (version) => {
      events.length = 0;
      const port = await tappedServer();
      const own = { cert: leaf.certificateChain, key: leaf.key.reveal() };
      const { socket, inspector } = await tappedClient(port, version, own);
      await once(socket, 'secureConnect');
      const sent = Buffer.alloc(1024 * 1024, 'sotto');
      const received: Buffer[] = [];
      socket.write(sent);
      for await (const octets of socket as AsyncIterable<Buffer>) {
        received.push(octets);
        if (Buffer.concat(received).length === sent.length) break;
      }
      expect(Buffer.concat(received).equals(sent)).toBe(true);
      const mirrored = (list: string[]): string[] =>
        list.map((line) => line.replace(/^\w+/, (word) => (word === 'sent' ? 'received' : 'sent')));
      expect(seen('client').slice(0, 2)).toEqual(['sent client_hello', 'received server_hello']);
      expect(mirrored(seen('client'))).toEqual(seen('server'));
      expect(inspector.tree).toMatchObject({
        clientHello: { serverName: 'localhost' },
        serverHello: { version },
      });
      // TLS 1.3 sends them encrypted.
      expect(inspector.tree.certificateRequest?.authorities).toEqual(
        version === 'TLSv1.2' ? ['CN=Test Root'] : undefined,
      );
      expect(inspector.tree.serverChain[0]?.subject).toBe(version === 'TLSv1.2' ? 'CN=leaf' : undefined);
    },
  );

  it('shows the alert that a server sends, and that it asked for a certificate', async () => {
    const { socket, inspector } = await tappedClient(await tappedServer(), 'TLSv1.2', {});
    socket.resume();
    await once(socket, 'close').catch(() => undefined);
    expect(inspector.tree).toMatchObject({
      certificateRequest: { authorities: ['CN=Test Root'] },
      alerts: [{ direction: 'received', alert: 'handshake_failure', level: 'fatal' }],
    });
  });
});
