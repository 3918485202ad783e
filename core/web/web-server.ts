import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { MAX_REQUEST_LENGTH } from '../api/contract.ts';
import type { PhoneRuntime } from '../api/phone-runtime.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { diagnoseBindError } from '../io/socket-diagnosis.ts';
import { securityHeaders, staticFile } from './static-files.ts';

/** Windows at a time; more are turned away. */
const MAX_WINDOWS = 16;
const ADDRESS = '127.0.0.1';

/** The phone's window as a page on loopback. */
export interface WebServer {
  /** With the token; whoever has it is the user. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves the window and its contract on loopback. A page of another origin gets nothing: the Host must be ours (against
 * DNS rebinding), the Origin of a WebSocket too, and without the token there is no connection to the core.
 */
export async function serveWindow(options: {
  readonly runtime: PhoneRuntime;
  readonly folder: string;
  /** 0: the system chooses. */
  readonly port: number;
}): Promise<Result<WebServer, Diagnosis>> {
  const token = randomBytes(24).toString('base64url');
  const server = createServer((request, response) => {
    const port = portOf(server);
    const url = pathOf(request);
    if (!hostIsOurs(request, port) || (request.method !== 'GET' && request.method !== 'HEAD') || url === undefined) {
      response.writeHead(403).end();
      return;
    }
    void staticFile(options.folder, url.pathname).then((file) => {
      const headers = securityHeaders(`ws://${request.headers.host ?? ''}`);
      if (file === undefined) {
        response.writeHead(404, headers).end();
        return;
      }
      response.writeHead(200, { ...headers, 'Content-Type': file.type });
      response.end(request.method === 'HEAD' ? undefined : file.content);
    });
  });
  const windows = new WebSocketServer({ noServer: true, maxPayload: MAX_REQUEST_LENGTH });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const port = portOf(server);
    const url = pathOf(request);
    const allowed =
      hostIsOurs(request, port) &&
      request.headers.origin === `http://${request.headers.host ?? ''}` &&
      url?.pathname === '/api' &&
      sameToken(url.searchParams.get('token') ?? '', token) &&
      windows.clients.size < MAX_WINDOWS;
    if (!allowed) {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    windows.handleUpgrade(request, socket, head, (window) => {
      attach(options.runtime, window);
    });
  });
  const failure = await listen(server, options.port);
  if (failure !== undefined) return err(diagnoseBindError(failure, { address: ADDRESS, port: options.port }));
  return ok({
    url: `http://${ADDRESS}:${portOf(server)}/?token=${token}`,
    close: async () => {
      for (const window of windows.clients) window.close(1001);
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => { resolve(); }); // prettier-ignore
        for (const window of windows.clients) window.terminate();
      });
    },
  });
}

function attach(runtime: PhoneRuntime, window: WebSocket): void {
  window.on('error', () => {
    window.terminate();
  });
  const detach = runtime.attach({
    send: (text) => {
      window.send(text);
    },
    onMessage: (listener) => {
      const receive = (data: RawData, isBinary: boolean): void => {
        // `ws` gives one Buffer a message unless it is told otherwise.
        if (isBinary || !Buffer.isBuffer(data)) window.close(1003);
        else listener(data.toString('utf8'));
      };
      window.on('message', receive);
      return () => void window.off('message', receive);
    },
  });
  window.on('close', detach);
}

function listen(server: Server, port: number): Promise<Error | undefined> {
  return new Promise((resolve) => {
    server.once('error', resolve);
    server.listen(port, ADDRESS, () => {
      resolve(undefined);
    });
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function hostIsOurs(request: IncomingMessage, port: number): boolean {
  const host = request.headers.host ?? '';
  return host === `${ADDRESS}:${port}` || host === `localhost:${port}`;
}

function pathOf(request: IncomingMessage): URL | undefined {
  const path = request.url ?? '';
  return path.startsWith('/') && path.length <= 2048 ? (URL.parse(path, `http://${ADDRESS}`) ?? undefined) : undefined;
}

function sameToken(given: string, token: string): boolean {
  const a = Buffer.from(given);
  const b = Buffer.from(token);
  return a.length === b.length && timingSafeEqual(a, b);
}
