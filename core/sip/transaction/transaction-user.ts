import type { Diagnosis } from '../../base/diagnosis.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';

/** Why a client transaction ended without a final response. */
export type TransactionFailure =
  /** Timer B or F (RFC 3261 §17.1): to be treated as 408. */
  | { readonly kind: 'timeout' }
  /** The flow closed or refused the message: to be treated as 503. `reason` says why where it is known. */
  | { readonly kind: 'transport'; readonly reason: Diagnosis | undefined };

/**
 * What a client transaction tells its user: any number of provisional responses, then one final response or one failure.
 * Nothing is told before `request` returned.
 */
export interface ClientTransactionUser {
  onResponse(response: SipResponse): void;
  onFailure(failure: TransactionFailure): void;
}

/** A request of ours on its way (RFC 3261 §17.1). The ACK for a non-2xx response is the transaction's own work. */
export interface ClientTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  /** Sends CANCEL as a transaction of its own, once a provisional response has come (RFC 3261 §9.1). */
  cancel(headers?: readonly (readonly [name: string, value: string])[]): void;
}

/** A request of somebody else (RFC 3261 §17.2). */
export interface ServerTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  /** Whether a final response was sent. */
  readonly answered: boolean;
  /** Sends a provisional or final response; absorbed where the transaction is past it. */
  respond(response: SipResponse): void;
  /** A CANCEL matched this INVITE (RFC 3261 §9.2), now or before; its 200 is sent already, the 487 is the user's to send. */
  onCancel(listener: (cancel: SipRequest) => void): void;
  /** The response could not be delivered, or Timer H ran out waiting for the ACK. */
  onFailure(listener: (failure: TransactionFailure) => void): void;
}

/** The user above the transaction layer: gets what no transaction absorbs. */
export interface TransactionUser {
  /** A new request, other than ACK and CANCEL of a known transaction. */
  onRequest(transaction: ServerTransaction): void;
  /** An ACK for a 2xx (it has no transaction of its own). */
  onAck(ack: SipRequest, flow: Flow): void;
  /** A 2xx after the first one, or that no client transaction knows: a repeat or a late fork (RFC 3261 §13.2.2.4). */
  onStrayResponse(response: SipResponse, flow: Flow): void;
}

/** The layer as its users see it. */
export interface Transactions {
  /** The flow that a request for the peer of `flow` takes: another one where it is too large for UDP (RFC 3261 §18.1.1). */
  wayFor(request: SipRequest, flow: Flow): Flow | Promise<Flow>;
  /** Sends `request` on `flow`; Via with a fresh branch is put on top here. */
  request(request: SipRequest, flow: Flow, user: ClientTransactionUser): ClientTransaction;
  /** Sends an ACK for a 2xx: no transaction, but a Via of its own. Returns the message, to be sent again for each 2xx. */
  acknowledge(ack: SipRequest, flow: Flow): SipRequest;
  /** Who gets what no transaction absorbs. */
  setUser(user: TransactionUser): void;
  /** Called by the transport layer for each message that was read whole. */
  receive(message: SipRequest | SipResponse, flow: Flow): void;
  /** Ends all transactions without another message. */
  close(): void;
}
