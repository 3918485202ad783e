import { once } from 'node:events';
import { createServer as createWebServer } from 'node:http';
import { createServer as createTlsServer } from 'node:tls';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../../core/base/secret.ts';
import { systemClock } from '../../../core/io/node-clock.ts';
import { sipUri } from '../../../core/sip/message/uri.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS, type TlsClientSettings } from '../../../core/tls/tls-settings.ts';
import type { IssuedCertificate } from '../../../core/tls/certificate-authority.ts';
import { freePort } from '../../support/free-port.ts';
import { issue, makeAuthority } from '../../support/test-authority.ts';
import { probing } from './probing.ts';
import { rawServer, sipServer, type Server } from './servers.ts';

let certificate: IssuedCertificate;
let tls: Partial<TlsClientSettings>;
const closing: (() => unknown)[] = [];

beforeAll(async () => {
  const root = await makeAuthority();
  certificate = await issue(root);
  tls = { ...DEFAULT_TLS_CLIENT_SETTINGS, trust: [root.certificate] };
});
afterAll(async () => {
  for (const close of closing) await close();
});

async function use(making: Promise<Server>): Promise<Server> {
  const server = await making;
  closing.push(() => server.close());
  return server;
}

/** A TLS server that does with its connections what the test says. */
async function tlsServer(
  onConnection: (socket: NodeJS.WritableStream & NodeJS.ReadableStream) => void,
): Promise<number> {
  const server = createTlsServer({ cert: certificate.certificateChain, key: certificate.key.reveal() }, (socket) => {
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

describe('a probe of a port that does not speak SIP over TLS says what it speaks', () => {
  it('nothing listens', async () => {
    expect((await probing(`127.0.0.1:${await freePort()}`)).worst).toBe('error tcp.refused');
  });

  it('plain SIP', async () => {
    const { port } = await use(sipServer());
    const probed = await probing(`127.0.0.1:${port}`);
    expect(probed.worst).toBe('error tls.peer-speaks-plain-sip');
    expect(probed.findings).toHaveLength(1);
  });

  it('plain SIP, dialled as such: it works', async () => {
    const { port } = await use(sipServer());
    const probed = await probing(`sip:127.0.0.1:${port};transport=tcp`);
    expect(probed.worst).toBe('');
    expect(probed).toMatchObject({ tls: null, sip: { options: 200, keepAlivePong: true, peerVerified: false } });
  });

  it('TLS, dialled as plain SIP', async () => {
    const { port } = await use(sipServer({ identity: { ...certificate, passphrase: undefined } }));
    expect((await probing(`sip:127.0.0.1:${port};transport=tcp`)).worst).toBe('error tls.tls-on-plain-port');
  });

  it('HTTP', async () => {
    const server = createWebServer((_request, response) => response.end('hello'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    expect((await probing(`127.0.0.1:${port}`)).worst).toBe('error tls.peer-speaks-http');
  });

  it('HTTP within TLS', async () => {
    const port = await tlsServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'));
    });
    expect((await probing(`127.0.0.1:${port}`, { tls })).worst).toBe('error tls.peer-speaks-http');
  });

  it('nothing, and hangs up', async () => {
    const { port } = await use(rawServer((socket) => socket.once('data', () => socket.end())));
    expect((await probing(`127.0.0.1:${port}`)).worst).toBe('error tls.closed-during-handshake');
  });

  it('nothing at all', async () => {
    const { port, taken } = await use(rawServer((socket) => socket.resume()));
    expect((await probing(`127.0.0.1:${port}`)).worst).toBe('error tls.handshake-timeout');
    expect(taken.most).toBe(1);
  });

  it('garbage', async () => {
    const { port } = await use(
      rawServer((socket) => socket.once('data', () => socket.write(Buffer.alloc(4096, 0xfe)))),
    );
    expect((await probing(`127.0.0.1:${port}`)).worst).toBe('error tls.decode-error');
  });

  it('TLS, and no SIP', async () => {
    const port = await tlsServer((socket) => socket.resume());
    const probed = await probing(`127.0.0.1:${port}`, { tls });
    expect(probed.worst).toBe('warning sip.timeout');
    expect(probed.sip).toMatchObject({ options: null, keepAlivePong: null });
  });
});

describe('a probe holds out against any server', () => {
  it('octets without end before the handshake', async () => {
    const { port } = await use(
      rawServer((socket) => {
        const more = (): void => {
          if (!socket.destroyed) socket.write(Buffer.alloc(65_536, 0x16), more);
        };
        more();
      }),
    );
    expect((await probing(`127.0.0.1:${port}`)).worst).toMatch(/^error tls\./);
  });

  it('octets without end after the handshake', async () => {
    const port = await tlsServer((socket) => {
      socket.resume();
      const more = (): void => {
        if (socket.writable) socket.write(Buffer.alloc(16_384, 0x0d), more);
      };
      more();
    });
    expect((await probing(`127.0.0.1:${port}`, { tls })).worst).toBe('error sip.parse');
  });

  it('one octet a second', async () => {
    const { port } = await use(
      rawServer((socket) => {
        const timer = setInterval(() => socket.write('\x16'), 1000);
        socket.on('close', () => {
          clearInterval(timer);
        });
      }),
    );
    expect((await probing(`127.0.0.1:${port}`)).worst).toMatch(/^error tls\./);
  });

  it('given up by its user it ends at once, and leaves no connection behind', async () => {
    const { port, taken } = await use(rawServer((socket) => socket.resume()));
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort();
    }, 100);
    const started = systemClock.now();
    const probed = await probing(`127.0.0.1:${port}`, { signal: controller.signal });
    expect(systemClock.now() - started).toBeLessThan(5000);
    expect(probed.sip).toBeNull();
    expect(taken.all).toBe(1);
  });

  it('when its time is over it says in which step', async () => {
    const { port } = await use(rawServer((socket) => socket.resume()));
    const probed = await probing(`127.0.0.1:${port}`, { limitMs: 300 });
    expect(probed.findings[0]).toMatchObject({ severity: 'error', code: 'sip.timeout', side: 'here' });
  });
});

describe('a probe keeps the password', () => {
  const account = {
    address: sipUri({ user: '1000', host: '127.0.0.1' }),
    authorizationUser: '1000',
    password: new Secret('correct horse'),
  };

  it('from a server that did not prove who it is', async () => {
    const { port } = await use(sipServer({ identity: { ...certificate, passphrase: undefined } }));
    const probed = await probing(`127.0.0.1:${port}`, { account });
    expect(probed.worst).toBe('error cert.unknown-ca');
    expect(probed.findings.map(({ code }) => code)).toContain('tls.weak-security');
    expect(probed.sip).toMatchObject({ options: 200, registration: { status: null } });
    expect(probed.steps).toContainEqual(expect.objectContaining({ step: 'register', outcome: 'skipped' }));
  });

  it('from plain SIP', async () => {
    const { port } = await use(sipServer());
    const probed = await probing(`sip:127.0.0.1:${port};transport=tcp`, { account });
    expect(probed.worst).toBe('warning tls.weak-security');
    expect(probed.sip).toMatchObject({ registration: { status: null } });
  });

  it('unless verification was switched off', async () => {
    const { port } = await use(sipServer());
    const probed = await probing(`sip:127.0.0.1:${port};transport=tcp`, { account, tls: { verify: false } });
    expect(probed.sip).toMatchObject({ registration: { status: 405 } });
    expect(probed.worst).toBe('error sip.status.405');
  });
});
