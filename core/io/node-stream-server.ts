import { createServer, type Server, type Socket } from 'node:net';
import type { SocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { ConnectionTrace, Network, StreamServer } from '../sip/transport/network.ts';
import type { TlsServerSettings } from '../tls/tls-settings.ts';
import { endpoints, NodeStreamSocket } from './node-stream-socket.ts';
import { TlsTerminator } from './node-tls-terminator.ts';
import { diagnoseBindError, diagnoseConnectionError } from './socket-diagnosis.ts';

type Handler = Parameters<Network['listenStream']>[2];

/** Sockets of one listener in any state, handshakes included; further ones are closed at once. */
const MAX_SOCKETS = 12_000;
/** Connections that the system may hold until we take them. */
const BACKLOG = 1024;
/** After this long without traffic the system starts to ask whether the peer is still there. */
const PROBE_AFTER_MS = 30_000;

/** Listens for TCP, or with `tls` for TLS connections. */
export async function listenStream(
  local: SocketAddress,
  tls: TlsServerSettings | undefined,
  handler: Handler,
  trace?: ConnectionTrace,
): Promise<Result<StreamServer, Diagnosis>> {
  let terminator: TlsTerminator | undefined;
  if (tls !== undefined) {
    const created = TlsTerminator.create(tls, handler, trace);
    if (!created.ok) return created;
    terminator = created.value;
  }
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: PROBE_AFTER_MS });
  server.maxConnections = MAX_SOCKETS;
  const failure = await listen(server, local);
  if (failure !== undefined) return err(diagnoseBindError(failure, local));
  const bound = boundTo(server);
  // Nothing can have been accepted yet: that takes a turn of the event loop.
  server.on('connection', (socket) => {
    const ends = endpoints(socket, bound);
    if (terminator === undefined) acceptPlain(socket, ends, handler);
    else terminator.accept(socket, ends);
  });
  return ok(new NodeStreamServer(server, terminator));
}

function listen(server: Server, local: SocketAddress): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    server.once('error', resolve);
    server.listen({ host: local.address, port: local.port, backlog: BACKLOG, ipv6Only: true, exclusive: true }, () => {
      server.removeListener('error', resolve);
      // What goes wrong with a socket that is being accepted, such as too many open files, concerns that socket alone.
      server.on('error', () => undefined);
      resolve(undefined);
    });
  });
}

/** The one address that connections can come to; `undefined` where the listener takes those of all addresses. */
function boundTo(server: Server): SocketAddress | undefined {
  const address = server.address();
  if (address === null || typeof address === 'string' || address.address === '0.0.0.0' || address.address === '::') {
    return undefined;
  }
  return { address: address.address, port: address.port };
}

function acceptPlain(socket: Socket, { local, remote }: ReturnType<typeof endpoints>, handler: Handler): void {
  handler.onConnection(
    new NodeStreamSocket(socket, {
      local,
      remote,
      security: undefined,
      diagnose: (error) => diagnoseConnectionError(error, remote),
    }),
  );
}

class NodeStreamServer implements StreamServer {
  readonly local: SocketAddress;
  readonly #server: Server;
  readonly #terminator: TlsTerminator | undefined;

  constructor(server: Server, terminator: TlsTerminator | undefined) {
    const address = server.address();
    this.local =
      address === null || typeof address === 'string'
        ? { address: '', port: 0 }
        : { address: address.address, port: address.port };
    this.#server = server;
    this.#terminator = terminator;
  }

  updateTls(settings: TlsServerSettings): Result<void, Diagnosis> {
    if (this.#terminator !== undefined) return this.#terminator.update(settings);
    return err({
      code: 'config.conflict',
      side: 'here',
      summary: 'A listener for plain TCP has no certificate to change.',
      cure: 'Open a TLS listener instead.',
      evidence: {},
    });
  }

  /** Frees the port and ends handshakes; connections that became flows are their owner's. */
  async close(): Promise<void> {
    this.#terminator?.close();
    // Its own end of closing waits for the last connection, which may live on.
    this.#server.close();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
