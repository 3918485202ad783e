import { createServer, type Server } from 'node:http';
import type { SocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { diagnoseBindError } from './socket-diagnosis.ts';

const MOST_CONNECTIONS = 16;
const PATIENCE_MS = 5_000;
/** A name in its place is that of a web page which has its name lead here (DNS rebinding). */
const OWN_HOST = /^(?:localhost|[\d.]+|\[[0-9a-f:.]+\])(?::\d+)?$/i;

/** Serves figures over HTTP at `/metrics`, and nothing else; to be closed by who opened it. */
export async function serveMetrics(
  local: SocketAddress,
  text: () => string,
): Promise<Result<{ readonly port: number; close(): Promise<void> }, Diagnosis>> {
  const onLoopback = local.address.startsWith('127.') || local.address === '::1';
  const server = createServer({ requestTimeout: PATIENCE_MS, headersTimeout: PATIENCE_MS }, (request, response) => {
    if (onLoopback && !OWN_HOST.test(request.headers.host ?? '')) {
      response.writeHead(403).end();
      return;
    }
    const found = request.url === '/metrics' && (request.method === 'GET' || request.method === 'HEAD');
    response.writeHead(found ? 200 : 404, {
      'Content-Type': found ? 'text/plain; version=0.0.4; charset=utf-8' : 'text/plain; charset=utf-8',
      'Cache-Control': 'no-store',
    });
    response.end(found ? text() : 'The figures are at /metrics.\n');
  });
  server.maxConnections = MOST_CONNECTIONS;
  const listening = await listen(server, local);
  if (listening !== undefined) return err(diagnoseBindError(listening, local));
  const address = server.address();
  return ok({
    port: typeof address === 'object' && address !== null ? address.port : local.port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  });
}

function listen(server: Server, { address, port }: SocketAddress): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    server.once('error', resolve);
    server.listen(port, address, () => {
      resolve(undefined);
    });
  });
}
