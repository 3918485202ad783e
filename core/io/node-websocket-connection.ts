import { isUtf8 } from 'node:buffer';
import { WebSocket } from 'ws';
import { formatSocketAddress, type SocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { STREAM_LIMITS } from '../sip/message/limits.ts';
import type { StreamHandler, WebSocketConnection } from '../sip/transport/network.ts';
import type { TlsSecurity } from '../tls/tls-security.ts';
import type { StreamSocketDuplex } from './node-websocket-duplex.ts';

/** The subprotocol of SIP (RFC 7118 §4.1). */
export const SUBPROTOCOL = 'sip';

/** What both ends of a WebSocket settle: no compression, which costs memory and tells lengths of secrets. */
export const WEB_SOCKET_OPTIONS = { perMessageDeflate: false, maxPayload: STREAM_LIMITS.message } as const;

/** How long a peer may take to say goodbye before it is cut off. */
const GOODBYE_MS = 2000;

/** An open WebSocket over a connection that passed its policy. Nothing is read before the handler is there. */
export class NodeWebSocketConnection implements WebSocketConnection {
  readonly name: string | undefined;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly security: TlsSecurity | undefined;
  readonly #webSocket: WebSocket;
  readonly #below: StreamSocketDuplex;
  #handler: StreamHandler | undefined;
  #reason: Diagnosis | undefined;

  constructor(webSocket: WebSocket, below: StreamSocketDuplex) {
    const { name, local, remote, security } = below.connection;
    this.name = name;
    this.local = local;
    this.remote = remote;
    this.security = security;
    this.#webSocket = webSocket;
    this.#below = below;
    webSocket.pause();
    webSocket.on('error', (error) => {
      this.#reason ??= brokenProtocol(remote, error.message);
    });
    webSocket.once('close', () => {
      this.#reason ??= below.reason;
      this.#handler?.onClose(this.#reason);
    });
  }

  get queued(): number {
    return this.#webSocket.bufferedAmount + this.#below.connection.queued;
  }

  /** As text where it is text, which every client reads, else binary (RFC 7118 §4.2). */
  write(octets: Uint8Array): void {
    if (this.#isOpen) this.#webSocket.send(octets, { binary: !isUtf8(octets) }, () => undefined);
  }

  ping(): void {
    if (this.#isOpen) this.#webSocket.ping(undefined, undefined, () => undefined);
  }

  setHandler(handler: StreamHandler): void {
    this.#handler = handler;
    if (!this.#isOpen) {
      queueMicrotask(() => {
        handler.onClose(this.#reason);
      });
      return;
    }
    this.#webSocket.on('message', (data) => {
      // With the default `binaryType` every message is one buffer, of text, too.
      if (data instanceof Uint8Array) handler.onData(data);
    });
    this.#webSocket.on('pong', () => handler.onPong?.());
    this.#webSocket.on('ping', () => handler.onPong?.());
    this.#below.on('drain', () => {
      handler.onDrain();
    });
    this.#webSocket.resume();
  }

  pause(): void {
    this.#webSocket.pause();
  }

  resume(): void {
    this.#webSocket.resume();
  }

  end(): void {
    const timer = setTimeout(() => {
      this.#webSocket.terminate();
    }, GOODBYE_MS);
    timer.unref();
    this.#webSocket.once('close', () => {
      clearTimeout(timer);
    });
    this.#webSocket.close(1000);
    // The answer to the goodbye is behind what was not read.
    this.#webSocket.resume();
  }

  destroy(): void {
    this.#webSocket.terminate();
  }

  get #isOpen(): boolean {
    return this.#webSocket.readyState === WebSocket.OPEN;
  }
}

function brokenProtocol(remote: SocketAddress, reason: string): Diagnosis {
  const who = formatSocketAddress(remote);
  return {
    code: 'sip.parse',
    side: 'there',
    summary: `${who} broke the rules of the WebSocket (${reason}); the connection was closed.`,
    cure: 'Check what connects to this port: a scanner, or a broken WebSocket library.',
    evidence: { remote: who, reason },
  };
}
