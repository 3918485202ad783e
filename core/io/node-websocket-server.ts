import { createServer, type IncomingMessage } from 'node:http';
import { WebSocketServer } from 'ws';
import { formatSocketAddress, type SocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { ok, type Result } from '../base/result.ts';
import { recognizeProtocol } from '../sip/transport/first-octets.ts';
import type { Network, StreamServer } from '../sip/transport/network.ts';
import { diagnoseProtocolMismatch } from '../sip/transport/protocol-mismatch.ts';
import type { TlsServerSettings } from '../tls/tls-settings.ts';
import { listenStream } from './node-stream-server.ts';
import { NodeWebSocketConnection, SUBPROTOCOL, WEB_SOCKET_OPTIONS } from './node-websocket-connection.ts';
import { StreamSocketDuplex } from './node-websocket-duplex.ts';

type Handler = Parameters<Network['listenWebSocket']>[2];
type Options = Parameters<Network['listenWebSocket']>[3];

/** From the accepted connection to the end of the opening handshake. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Octets of the header of an opening handshake. */
const MAX_HEADER_OCTETS = 8192;

/** Listens as {@link listenStream} does, with the same TLS, for WebSockets that carry SIP (RFC 7118 §4.1). */
export async function listenWebSocket(
  local: SocketAddress,
  tls: TlsServerSettings | undefined,
  handler: Handler,
  options: Options,
): Promise<Result<StreamServer, Diagnosis>> {
  const openings = new WebSocketOpenings(handler, options.origins);
  const server = await listenStream(
    local,
    tls,
    {
      onConnection: (socket) => {
        openings.accept(new StreamSocketDuplex(socket));
      },
      onRefused: (diagnosis, remote, name) => {
        handler.onRefused(diagnosis, remote, name);
      },
    },
    options.trace,
  );
  if (!server.ok) return server;
  const { value: below } = server;
  return ok({
    local: below.local,
    updateTls: (settings) => below.updateTls(settings),
    close: async () => {
      openings.close();
      await below.close();
    },
  });
}

/** Opening handshakes of one listener. Each connection becomes a WebSocket for SIP, or is told why not and ends. */
class WebSocketOpenings {
  readonly #handler: Handler;
  readonly #origins: Options['origins'];
  readonly #http = createServer({ maxHeaderSize: MAX_HEADER_OCTETS }, (_request, response) => {
    response.writeHead(426, { Connection: 'close, Upgrade', Upgrade: 'websocket' }).end();
  });
  readonly #webSockets = new WebSocketServer({
    ...WEB_SOCKET_OPTIONS,
    noServer: true,
    clientTracking: false,
    handleProtocols: () => SUBPROTOCOL,
  });
  readonly #underWay = new Map<StreamSocketDuplex, NodeJS.Timeout>();

  constructor(handler: Handler, origins: Options['origins']) {
    this.#handler = handler;
    this.#origins = origins;
    this.#http.on('upgrade', (request, socket, head) => {
      if (socket instanceof StreamSocketDuplex) this.#open(request, socket, head);
    });
    this.#http.on('clientError', (error: Error & { rawPacket?: Uint8Array }, socket) => {
      if (socket instanceof StreamSocketDuplex) this.#onGarbage(socket, error.rawPacket ?? new Uint8Array(0));
    });
  }

  accept(socket: StreamSocketDuplex): void {
    const timer = setTimeout(() => {
      socket.destroy();
    }, HANDSHAKE_TIMEOUT_MS);
    this.#underWay.set(socket, timer);
    socket.once('close', () => {
      this.#settle(socket);
    });
    this.#http.emit('connection', socket);
  }

  /** Ends the handshakes under way without a word. */
  close(): void {
    for (const socket of [...this.#underWay.keys()]) socket.destroy();
  }

  #open(request: IncomingMessage, socket: StreamSocketDuplex, head: Buffer): void {
    const { remote, name } = socket.connection;
    const { origin } = request.headers;
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((protocol) => protocol.trim());
    if (origin !== undefined && this.#origins !== 'any' && !this.#origins.includes(origin)) {
      this.#handler.onRefused(foreignPage(remote, origin), remote, name);
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    } else if (!offered.includes(SUBPROTOCOL)) {
      this.#handler.onRefused(noSip(remote, 'a WebSocket for something else'), remote, name);
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    } else {
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        this.#settle(socket);
        this.#handler.onConnection(new NodeWebSocketConnection(webSocket, socket));
      });
    }
  }

  /** What came is no HTTP. */
  #onGarbage(socket: StreamSocketDuplex, octets: Uint8Array): void {
    const { local, remote, name } = socket.connection;
    const spoken = recognizeProtocol(octets) ?? 'unknown';
    if (this.#underWay.has(socket) && octets.length > 0) {
      const mismatch = diagnoseProtocolMismatch('tcp', spoken, local, remote);
      this.#handler.onRefused(mismatch ?? noSip(remote, spoken === 'sip' ? 'SIP without a WebSocket' : 'no HTTP'), remote, name); // prettier-ignore
    }
    socket.destroy();
  }

  #settle(socket: StreamSocketDuplex): void {
    clearTimeout(this.#underWay.get(socket));
    this.#underWay.delete(socket);
  }
}

function foreignPage(remote: SocketAddress, origin: string): Diagnosis {
  const who = formatSocketAddress(remote);
  return {
    code: 'sip.forbidden',
    side: 'there',
    summary: `A page of ${origin} in a browser at ${who} may not connect here.`,
    cure: 'Add this origin to the allowed ones of the listener, if the page is a phone of yours.',
    evidence: { remote: who, origin },
  };
}

function noSip(remote: SocketAddress, what: string): Diagnosis {
  const who = formatSocketAddress(remote);
  return {
    code: 'sip.parse',
    side: 'there',
    summary: `${who} sent ${what} to the port for SIP over WebSocket.`,
    cure: 'Check the port and the transport that the client is set to; the WebSocket must ask for the subprotocol sip.',
    evidence: { remote: who, what },
  };
}
