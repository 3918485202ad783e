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
  /** Opens a listener; `tls` is needed for, and only for, TLS. */
  listen(options: {
    readonly protocol: TransportProtocol;
    readonly local: SocketAddress;
    readonly tls?: TlsServerSettings;
  }): Promise<Result<Listener, Diagnosis>>;
  /**
   * Gives the flow to a target, the open one where there is one (same address, port, protocol and name), else dials. A TLS
   * flow is handed out only when the other end passed the policy.
   */
  connect(
    target: Target,
    options?: { readonly tls?: TlsClientSettings; readonly local?: SocketAddress; readonly timeoutMs?: number },
  ): Promise<Result<Flow, Diagnosis>>;
  /** The flow a response leaves on: the request's own, or where that is gone what §18.2.2 says. */
  responseFlow(request: SipRequest, flow: Flow): Promise<Result<Flow, Diagnosis>>;
  /** All open flows, for tables and the console. */
  flows(): readonly Flow[];
  /** Who gets what arrives; requests have `received` and `rport` filled in (§18.2.1, RFC 3581). */
  onMessage(listener: (message: SipRequest | SipResponse, flow: Flow) => void): void;
  /** A listener or an accepted connection failed: handshake refused, garbage, plain SIP on the TLS port. */
  onDiagnosis(listener: (diagnosis: Diagnosis, remote: SocketAddress | undefined) => void): void;
  close(): Promise<void>;
}
