import { createResponse } from '../message/factory.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';
import {
  NON_INVITE_SERVER_TABLE,
  type NonInviteServerEffect,
  type NonInviteServerInput,
  type NonInviteServerState,
  type NonInviteServerTimer,
} from './non-invite-server-table.ts';
import {
  ResponseSender,
  serverContext,
  type RunningServerTransaction,
  type ServerEvent,
  type ServerTransactionOptions,
} from './server-transaction.ts';
import { nonInviteTryingDelay } from './timers.ts';
import { TransactionMachine } from './transaction-machine.ts';
import type { TransactionFailure } from './transaction-user.ts';

type Machine = TransactionMachine<
  NonInviteServerState,
  NonInviteServerInput,
  NonInviteServerEffect,
  NonInviteServerTimer,
  ServerEvent
>;

/** A request of somebody else, other than INVITE and ACK (RFC 3261 §17.2.2, RFC 4320). */
export class NonInviteServerTransaction implements RunningServerTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly #machine: Machine;
  readonly #sender: ResponseSender;
  readonly #failureListeners: ((failure: TransactionFailure) => void)[] = [];
  #answered = false;

  constructor(options: ServerTransactionOptions) {
    this.request = options.request;
    this.flow = options.flow;
    const sender = new ResponseSender(options, (reason) => {
      this.#machine.input('transport error', { reason });
    });
    this.#sender = sender;
    this.#machine = new TransactionMachine({
      table: NON_INVITE_SERVER_TABLE,
      context: serverContext(options),
      delays: { 100: nonInviteTryingDelay(options.timerValues) },
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
    this.#machine.input('request', { request });
  }

  /** RFC 3261 §9.2: a CANCEL has no effect on a request other than INVITE. */
  receiveCancel(): void {
    return;
  }

  respond(response: SipResponse): void {
    const { status } = response;
    if (status >= 200) this.#answered = true;
    this.#machine.input(status < 200 ? '1xx from TU' : status === 408 ? '408 from TU' : '200-699 from TU', {
      response,
    });
  }

  /** RFC 3261 §9.2: never called. */
  onCancel(): void {
    return;
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
