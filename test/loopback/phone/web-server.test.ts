import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { MAX_REQUEST_LENGTH } from '../../../core/api/contract.ts';
import { serveWindow, type WebServer } from '../../../core/web/web-server.ts';
import { good } from '../../support/test-authority.ts';

let folder: string;
let server: WebServer;
let url: URL;
let attached: number;
let heard: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-test-'));
  await writeFile(join(folder, 'index.html'), 'the window');
  await writeFile(join(folder, 'app.js'), 'code');
  await writeFile(join(folder, 'notes.txt'), 'private');
  attached = 0;
  heard = [];
  const runtime = {
    attach: ({ onMessage }: { onMessage(listener: (text: string) => void): () => void }) => {
      attached++;
      const stop = onMessage((text) => heard.push(text));
      return () => {
        stop();
        attached--;
      };
    },
    close: () => Promise.resolve(),
  };
  server = good(await serveWindow({ runtime, folder, port: 0 }));
  url = new URL(server.url);
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly host?: string;
}

function ask({ path = '/', method = 'GET', host = url.host }: Asked = {}): Promise<{ status: number; body: string; headers: object }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: url.port, path, method, headers: { host } }, (response) => {
      let body = '';
      response.on('data', (part: Buffer) => (body += part.toString()));
      response.on('end', () => { resolve({ status: response.statusCode ?? 0, body, headers: response.headers }); });
    }).on('error', reject).end();
  });
} // prettier-ignore

/** `open`, or the status with which the connection was refused. */
function dial(options: { readonly token?: string; readonly origin?: string; readonly path?: string } = {}): Promise<string> {
  const { token = url.searchParams.get('token') ?? '', origin = url.origin, path = '/api' } = options;
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://${url.host}${path}?token=${token}`, { origin });
    socket.on('open', () => {
      resolve('open');
      sockets.push(socket);
    });
    socket.on('unexpected-response', (_, response) => { resolve(String(response.statusCode)); });
    socket.on('error', (error) => { resolve(error.message); });
  });
} // prettier-ignore

const sockets: WebSocket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate();
});

describe('the window’s server on loopback', () => {
  it('gives the window its files, with a policy that lets it load nothing else', async () => {
    const page = await ask();
    expect([page.status, page.body]).toEqual([200, 'the window']);
    expect(page.headers).toMatchObject({
      'content-security-policy': expect.stringMatching(/default-src 'none'.*frame-ancestors 'none'/) as string,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
    expect(await ask({ path: '/app.js' })).toMatchObject({ status: 200, body: 'code' });
    expect(await ask({ method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
  });

  it('answers no page that reached it by another name (DNS rebinding)', async () => {
    for (const host of ['evil.example', `evil.example:${url.port}`, '127.0.0.1', `127.0.0.1:${url.port}0`]) {
      expect((await ask({ host })).status, host).toBeGreaterThanOrEqual(400);
    }
    expect((await ask({ host: `localhost:${url.port}` })).status).toBe(200);
  });

  it.each([
    '/../notes.txt', '/..%2f..%2fetc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/notes.txt', '/index.html%00.txt', '/%', '/%ff',
    '/app.js/', `/${'a'.repeat(4000)}`, '/api',
  ])('gives nothing for %s', async (path) => {
    const { status, body } = await ask({ path });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body).toBe('');
  }); // prettier-ignore

  it('takes no other method', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
      expect((await ask({ method })).status).toBe(403);
  });

  it('connects nobody to the core without the token, from another origin, or at another path', async () => {
    expect(await dial({ token: '' })).toBe('403');
    expect(await dial({ token: 'x'.repeat(32) })).toBe('403');
    expect(await dial({ origin: 'http://evil.example' })).toBe('403');
    expect(await dial({ origin: 'null' })).toBe('403');
    expect(await dial({ path: '/other' })).toBe('403');
    expect(attached).toBe(0);
    expect(await dial()).toBe('open');
    expect(attached).toBe(1);
  });

  it('turns away more windows than anybody opens, and takes new ones when some are gone', async () => {
    for (let count = 0; count < 16; count++) expect(await dial()).toBe('open');
    expect(await dial()).toBe('403');
    const [first] = sockets;
    const gone = new Promise((resolve) => first?.once('close', resolve));
    first?.close();
    await gone;
    expect(await dial()).toBe('open');
    expect(attached).toBe(16);
  });

  it('hands text to the core, and ends a window that sends something else or too much', async () => {
    for (const [message, code] of [
      [Buffer.from([1, 2, 3]), 1003],
      ['x'.repeat(MAX_REQUEST_LENGTH + 1), 1009],
    ] as const) {
      expect(await dial()).toBe('open');
      const socket = sockets.at(-1);
      const closed = new Promise((resolve) => socket?.once('close', resolve));
      socket?.send('hello');
      socket?.send(message);
      expect(await closed).toBe(code);
    }
    expect(heard).toEqual(['hello', 'hello']);
    expect(attached).toBe(0);
  });

  it('survives what is not HTTP', async () => {
    for (const octets of ['\x16\x03\x01\x00\x05hello', 'GET', 'GET / HTTP/9.9\r\n\r\n', `GET / HTTP/1.1\r\n${'x: y\r\n'.repeat(10_000)}`]) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(url.port), '127.0.0.1', () => socket.end(octets, 'latin1'));
        socket.on('error', () => undefined).on('close', () => { resolve(); }).resume();
      });
    }
    expect((await ask()).status).toBe(200);
  }); // prettier-ignore

  it('closes with windows open', async () => {
    expect(await dial()).toBe('open');
    const closed = new Promise((resolve) => sockets.at(-1)?.once('close', resolve));
    await server.close();
    await closed;
    expect(attached).toBe(0);
    expect(await dial()).toMatch(/ECONNREFUSED/);
  });
});
