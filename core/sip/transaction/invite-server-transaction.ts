import { createResponse } from '../message/factory.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';
import {
  INVITE_SERVER_TABLE,
  type InviteServerEffect,
  type InviteServerInput,
  type InviteServerState,
  type InviteServerTimer,
} from './invite-server-table.ts';
import {
  ResponseSender,
  serverContext,
  type RunningServerTransaction,
  type ServerEvent,
  type ServerTransactionOptions,
} from './server-transaction.ts';
import { TransactionMachine } from './transaction-machine.ts';
import type { TransactionFailure } from './transaction-user.ts';

type Machine = TransactionMachine<
  InviteServerState,
  InviteServerInput,
  InviteServerEffect,
  InviteServerTimer,
  ServerEvent
>;

/** An INVITE of somebody else (RFC 3261 §17.2.1, RFC 6026 §7.1). */
export class InviteServerTransaction implements RunningServerTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly #machine: Machine;
  readonly #sender: ResponseSender;
  readonly #cancelListeners: ((cancel: SipRequest) => void)[] = [];
  readonly #failureListeners: ((failure: TransactionFailure) => void)[] = [];
  #answered = false;

  /** `onAck` takes the ACK for a 2xx where it has the branch of the INVITE. */
  constructor(options: ServerTransactionOptions & { readonly onAck: (ack: SipRequest) => void }) {
    this.request = options.request;
    this.flow = options.flow;
    const sender = new ResponseSender(options, (reason) => {
      this.#machine.input('transport error', { reason });
    });
    this.#sender = sender;
    this.#machine = new TransactionMachine({
      table: INVITE_SERVER_TABLE,
      context: serverContext(options),
      perform: {
        'send 100': () => {
          sender.send(createResponse(this.request, 100));
        },
        'send response': ({ response }) => {
          if (response !== undefined) sender.send(response);
        },
        'send last response': () => {
          sender.repeat();
        },
        'pass ACK': ({ request }) => {
          if (request !== undefined) options.onAck(request);
        },
        'pass CANCEL': ({ request }) => {
          if (request !== undefined) for (const listener of this.#cancelListeners) listener(request);
        },
        'report timeout': () => {
          this.#fail({ kind: 'timeout' });
        },
        'report transport error': ({ reason }) => {
          this.#fail({ kind: 'transport', reason });
        },
      },
      onTerminated: options.onTerminated,
    });
  }

  get answered(): boolean {
    return this.#answered;
  }

  get responseToTag(): string | undefined {
    return this.#sender.last?.toTag;
  }

  begin(): void {
    this.#machine.begin();
  }

  receive(request: SipRequest): void {
    this.#machine.input(request.method === 'ACK' ? 'ACK' : 'INVITE', { request });
  }

  receiveCancel(cancel: SipRequest): void {
    this.#machine.input('CANCEL', { request: cancel });
  }

  respond(response: SipResponse): void {
    const { status } = response;
    if (status >= 200) this.#answered = true;
    this.#machine.input(status < 200 ? '1xx from TU' : status < 300 ? '2xx from TU' : '300-699 from TU', { response });
  }

  onCancel(listener: (cancel: SipRequest) => void): void {
    this.#cancelListeners.push(listener);
  }

  onFailure(listener: (failure: TransactionFailure) => void): void {
    this.#failureListeners.push(listener);
  }

  abandon(): void {
    this.#machine.abandon();
  }

  #fail(failure: TransactionFailure): void {
    for (const listener of this.#failureListeners) listener(failure);
  }
}
