import type { SocketAddress } from '../../base/address.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Result } from '../../base/result.ts';
import type { TlsSecurity } from '../../tls/tls-security.ts';
import type { TlsClientSettings, TlsServerSettings } from '../../tls/tls-settings.ts';

/** A TCP or TLS connection after its handshake. */
export interface StreamSocket {
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

/** Who is told what happens on a connection. */
export interface StreamHandler {
  onData(octets: Uint8Array): void;
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

/** Sockets as the transport layer wants them; `core/io` has the node adapter, tests a virtual one with loss and delay. */
export interface Network {
  bindDatagram(
    local: SocketAddress,
    onDatagram: (octets: Uint8Array, from: SocketAddress) => void,
  ): Promise<Result<DatagramSocket, Diagnosis>>;
  listenStream(
    local: SocketAddress,
    tls: TlsServerSettings | undefined,
    handler: {
      onConnection(socket: StreamSocket): void;
      /** A connection that never became a flow, with the reason. */
      onRefused(diagnosis: Diagnosis, remote: SocketAddress | undefined): void;
    },
  ): Promise<Result<StreamServer, Diagnosis>>;
  connectStream(options: {
    readonly remote: SocketAddress;
    readonly local?: SocketAddress | undefined;
    /** With TLS: policy, and the name that SNI carries and the certificate must have (RFC 5922). */
    readonly tls?: { readonly settings: TlsClientSettings; readonly serverName: string } | undefined;
    readonly timeoutMs: number;
  }): Promise<Result<StreamSocket, Diagnosis>>;
  /** The local address that packets to `remote` leave from; `undefined` where there is no way. */
  localAddressToward(remote: SocketAddress): Promise<string | undefined>;
}
