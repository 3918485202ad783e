import type { SocketAddress } from '../../base/address.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Result } from '../../base/result.ts';
import type { TlsClientSettings, TlsServerSettings } from '../../tls/tls-settings.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Flow, Target, TransportProtocol } from './flow.ts';

/** A socket that takes flows in. */
export interface Listener {
  readonly protocol: TransportProtocol;
  /** With the real port where 0 was asked for. */
  readonly local: SocketAddress;
  /** Puts new certificates and policy in force for the next handshake; open flows stay. */
  updateTls(settings: TlsServerSettings): Result<void, Diagnosis>;
  close(): Promise<void>;
}

/** The transport layer as its users see it (RFC 3261 §18). One instance serves one phone or one profile of the switch. */
export interface Transports {
  /** Opens a listener; `tls` is needed for, and only for, tls and wss. */
  listen(options: {
    readonly protocol: TransportProtocol;
    readonly local: SocketAddress;
    readonly tls?: TlsServerSettings;
    /**
     * For ws and wss: the Origins of pages that may connect from a browser, such as `https://phone.example.org`. None by
     * default, so that a page that somebody happens to visit cannot use this machine's switch.
     */
    readonly origins?: readonly string[] | 'any';
  }): Promise<Result<Listener, Diagnosis>>;
  /**
   * Gives the flow to a target, the open one where there is one (same address, port and protocol, and with TLS a certificate
   * for the name), else dials. A TLS flow is handed out only when the other end passed the policy. A connection that the peer
   * opened counts, too; with TLS only where its certificate was verified and no policy of the caller's own is given.
   */
  connect(
    target: Target,
    options?: { readonly tls?: TlsClientSettings; readonly local?: SocketAddress; readonly timeoutMs?: number },
  ): Promise<Result<Flow, Diagnosis>>;
  /**
   * The flow for a request that would go on `flow`: `flow` itself, but for a request that is too large for UDP a TCP connection
   * to the same place, where one comes about (RFC 3261 §18.1.1).
   */
  requestFlow(request: SipRequest, flow: Flow): Promise<Flow>;
  /** The flow a response leaves on: the request's own, or where that is gone what §18.2.2 says. */
  responseFlow(request: SipRequest, flow: Flow): Promise<Result<Flow, Diagnosis>>;
  /** All open flows, for tables and the console. */
  flows(): readonly Flow[];
  /** Who gets what arrives; requests have `received` and `rport` filled in (§18.2.1, RFC 3581). */
  onMessage(listener: (message: SipRequest | SipResponse, flow: Flow) => void): void;
  /** A listener or an accepted connection failed: handshake refused, garbage, plain SIP on the TLS port. */
  onDiagnosis(listener: (diagnosis: Diagnosis, remote: SocketAddress | undefined) => void): void;
  /**
   * To be called when the machine's addresses changed: flows from an address that is gone fail at once, the others are asked
   * for a sign of life, UDP sockets whose address is back are bound anew.
   */
  networkChanged(): Promise<void>;
  close(): Promise<void>;
}
