import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';
import {
  clientContext,
  RequestSender,
  type ClientEvent,
  type ClientTransactionOptions,
  type RunningClientTransaction,
} from './client-transaction.ts';
import {
  NON_INVITE_CLIENT_TABLE,
  type NonInviteClientEffect,
  type NonInviteClientInput,
  type NonInviteClientState,
  type NonInviteClientTimer,
} from './non-invite-client-table.ts';
import { TransactionMachine } from './transaction-machine.ts';
import type { ClientTransaction } from './transaction-user.ts';

type Machine = TransactionMachine<
  NonInviteClientState,
  NonInviteClientInput,
  NonInviteClientEffect,
  NonInviteClientTimer,
  ClientEvent
>;

/** A request of ours other than INVITE and ACK (RFC 3261 §17.1.2). */
export class NonInviteClientTransaction implements ClientTransaction, RunningClientTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly #machine: Machine;

  constructor(options: ClientTransactionOptions) {
    const { request, flow, user } = options;
    this.request = request;
    this.flow = flow;
    const sender = new RequestSender(flow, options.clock, (reason) => {
      this.#machine.input('transport error', { reason });
    });
    this.#machine = new TransactionMachine({
      table: NON_INVITE_CLIENT_TABLE,
      context: clientContext(options),
      perform: {
        'send request': () => {
          sender.send(request);
        },
        'pass response': ({ response }) => {
          if (response !== undefined) user.onResponse(response);
        },
        'report timeout': () => {
          user.onFailure({ kind: 'timeout' });
        },
        'report transport error': ({ reason }) => {
          user.onFailure({ kind: 'transport', reason });
        },
      },
      onTerminated: () => {
        sender.close();
        options.onTerminated();
      },
    });
  }

  begin(): void {
    this.#machine.begin();
  }

  receive(response: SipResponse, flow: Flow): void {
    this.#machine.input(response.status < 200 ? '1xx' : '200-699', { response, flow });
  }

  cancel(): void {
    this.#machine.input('cancel');
  }

  abandon(): void {
    this.#machine.abandon();
  }
}
