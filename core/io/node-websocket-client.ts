import type { createConnection } from 'node:net';
import { WebSocket } from 'ws';
import { formatHost, formatSocketAddress, type SocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Network, WebSocketConnection } from '../sip/transport/network.ts';
import { connectStream } from './node-stream-client.ts';
import { NodeWebSocketConnection, SUBPROTOCOL, WEB_SOCKET_OPTIONS } from './node-websocket-connection.ts';
import { StreamSocketDuplex } from './node-websocket-duplex.ts';

/** RFC 7118 leaves the path to the server: most take any, and those that do not take this one. */
const PATH = '/ws';

/** Dials as {@link connectStream} does, under the same TLS policy, and opens a WebSocket for SIP (RFC 7118 §4.1). */
export async function connectWebSocket(
  options: Parameters<Network['connectWebSocket']>[0],
): Promise<Result<WebSocketConnection, Diagnosis>> {
  const deadline = performance.now() + options.timeoutMs;
  const connected = await connectStream(options);
  if (!connected.ok) return connected;
  const { remote, host, tls } = options;
  const below = new StreamSocketDuplex(connected.value);
  const isDefaultPort = remote.port === (tls === undefined ? 80 : 443);
  const authority = isDefaultPort ? formatHost(host) : `${formatHost(host)}:${remote.port}`;
  const webSocket = new WebSocket(`ws://${authority}${PATH}`, SUBPROTOCOL, {
    ...WEB_SOCKET_OPTIONS,
    // TLS, if any, is done already: what goes on here is plain HTTP within it.
    createConnection: (() => below) as unknown as typeof createConnection,
    headers: { Host: authority },
  });
  const failure = await opened(webSocket, remote, deadline - performance.now());
  if (failure === undefined) return ok(new NodeWebSocketConnection(webSocket, below));
  below.destroy();
  return err(below.reason ?? failure);
}

/** Waits for the end of the opening handshake; gives the diagnosis where it failed. */
function opened(webSocket: WebSocket, remote: SocketAddress, timeoutMs: number): Promise<Diagnosis | undefined> {
  return new Promise((resolve) => {
    const finish = (failure: Diagnosis | undefined): void => {
      clearTimeout(timer);
      resolve(failure);
    };
    const timer = setTimeout(() => {
      finish(refused('tcp.timeout', remote, 'no answer in time'));
      webSocket.terminate();
    }, timeoutMs);
    webSocket.once('open', () => {
      // Before the promise is looked at, a message could pass unread.
      webSocket.pause();
      finish(undefined);
    });
    webSocket.once('unexpected-response', (_request, response) => {
      finish(refused(`sip.status.${response.statusCode ?? 0}`, remote, `HTTP status ${response.statusCode ?? 0}`));
      webSocket.terminate();
    });
    webSocket.on('error', (error) => {
      finish(refused('conn.flow-failed', remote, error.message));
    });
    webSocket.once('close', () => {
      finish(refused('tcp.reset', remote, 'the connection was closed'));
    });
  });
}

function refused(code: Diagnosis['code'], remote: SocketAddress, reason: string): Diagnosis {
  const who = formatSocketAddress(remote);
  return {
    code,
    side: 'there',
    summary: `${who} did not open a WebSocket for SIP (${reason}).`,
    cure: 'Check the port, and whether the server offers SIP over WebSocket there.',
    evidence: { remote: who, reason },
  };
}
