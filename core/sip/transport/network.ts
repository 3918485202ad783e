import type { SocketAddress } from '../../base/address.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Result } from '../../base/result.ts';
import type { TlsSecurity } from '../../tls/tls-security.ts';
import type { TlsClientSettings, TlsServerSettings } from '../../tls/tls-settings.ts';
import type { Tracer } from '../../trace/tracer.ts';

/** Where a network tells what it sees of a TLS handshake, and how the connection is called there from its first octet. */
export interface ConnectionTrace {
  readonly tracer: Tracer;
  nextName(): string;
}

/** A TCP or TLS connection after its handshake, or a WebSocket over one. */
export interface StreamSocket {
  /** What a {@link ConnectionTrace} called it. */
  readonly name?: string | undefined;
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly security: TlsSecurity | undefined;
  /** Octets waiting to leave. */
  readonly queued: number;
  write(octets: Uint8Array): void;
  /** Set once, before the first octet can arrive in the same turn. */
  setHandler(handler: StreamHandler): void;
  pause(): void;
  resume(): void;
  /** Ends politely: what is queued leaves first. */
  end(): void;
  /** Ends at once. */
  destroy(): void;
}

/**
 * A WebSocket whose ends agreed on the subprotocol `sip` (RFC 7118 §4.1). `write` sends, and `onData` gets, the payload of
 * one message at a time, of text and binary alike.
 */
export interface WebSocketConnection extends StreamSocket {
  /** Sends a Ping frame (RFC 6455 §5.5.2); its Pong comes to `onPong`. */
  ping(): void;
}

/** Who is told what happens on a connection. */
export interface StreamHandler {
  onData(octets: Uint8Array): void;
  /** On a WebSocket: a Pong frame came, or a Ping frame that is answered already. */
  onPong?(): void;
  /** What was queued has left. */
  onDrain(): void;
  /** Called once; `reason` where the connection broke, `undefined` where one end closed it. */
  onClose(reason: Diagnosis | undefined): void;
}

export interface DatagramSocket {
  readonly local: SocketAddress;
  send(octets: Uint8Array, to: SocketAddress): void;
  close(): Promise<void>;
}

export interface StreamServer {
  readonly local: SocketAddress;
  updateTls(settings: TlsServerSettings): Result<void, Diagnosis>;
  close(): Promise<void>;
}

/** What a listener tells of those who connect to it. */
export interface ConnectionHandler<S extends StreamSocket = StreamSocket> {
  onConnection(socket: S): void;
  /** A connection that never became a flow, with the reason. */
  onRefused(diagnosis: Diagnosis, remote: SocketAddress | undefined, name?: string): void;
}

/** Where a connection leads to, and by what it is judged. */
export interface ConnectStreamOptions {
  readonly remote: SocketAddress;
  readonly local?: SocketAddress | undefined;
  /** With TLS: policy, and the name that SNI carries and the certificate must have (RFC 5922). */
  readonly tls?: { readonly settings: TlsClientSettings; readonly serverName: string } | undefined;
  readonly timeoutMs: number;
  readonly trace?: ConnectionTrace | undefined;
}

/** Sockets as the transport layer wants them; `core/io` has the node adapter, tests a virtual one with loss and delay. */
export interface Network {
  bindDatagram(
    local: SocketAddress,
    onDatagram: (octets: Uint8Array, from: SocketAddress) => void,
  ): Promise<Result<DatagramSocket, Diagnosis>>;
  listenStream(
    local: SocketAddress,
    tls: TlsServerSettings | undefined,
    handler: ConnectionHandler,
    trace?: ConnectionTrace,
  ): Promise<Result<StreamServer, Diagnosis>>;
  connectStream(options: ConnectStreamOptions): Promise<Result<StreamSocket, Diagnosis>>;
  /**
   * Listens for WebSockets, with `tls` over TLS, under the same policy as {@link listenStream}. `origins`: the pages that may
   * connect from a browser, as their Origin (RFC 6455 §10.2); who is no browser sends none and is not asked.
   */
  listenWebSocket(
    local: SocketAddress,
    tls: TlsServerSettings | undefined,
    handler: ConnectionHandler<WebSocketConnection>,
    options: { readonly origins: readonly string[] | 'any'; readonly trace?: ConnectionTrace },
  ): Promise<Result<StreamServer, Diagnosis>>;
  /** Opens a WebSocket; `host` is what the opening handshake calls the server. */
  connectWebSocket(
    options: ConnectStreamOptions & { readonly host: string },
  ): Promise<Result<WebSocketConnection, Diagnosis>>;
  /** The local address that packets to `remote` leave from; `undefined` where there is no way. */
  localAddressToward(remote: SocketAddress): Promise<string | undefined>;
}
