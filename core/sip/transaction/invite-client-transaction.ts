import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';
import {
  clientContext,
  RequestSender,
  type ClientEvent,
  type ClientTransactionOptions,
  type RunningClientTransaction,
} from './client-transaction.ts';
import { cancelFor, failureAck } from './derived-requests.ts';
import {
  INVITE_CLIENT_TABLE,
  type InviteClientEffect,
  type InviteClientInput,
  type InviteClientState,
  type InviteClientTimer,
} from './invite-client-table.ts';
import { TransactionMachine } from './transaction-machine.ts';
import type { ClientTransaction } from './transaction-user.ts';

type Machine = TransactionMachine<
  InviteClientState,
  InviteClientInput,
  InviteClientEffect,
  InviteClientTimer,
  ClientEvent
>;
type HeaderField = readonly [name: string, value: string];

/** An INVITE of ours (RFC 3261 §17.1.1, RFC 6026 §7.2). */
export class InviteClientTransaction implements ClientTransaction, RunningClientTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly #machine: Machine;
  #cancelHeaders: readonly HeaderField[] | undefined;
  #askedBeforeProvisional = false;

  /** `sendCancel` gives a CANCEL a transaction of its own; `onStrayResponse` takes 2xx after the first final response. */
  constructor(
    options: ClientTransactionOptions & {
      readonly sendCancel: (cancel: SipRequest) => void;
      readonly onStrayResponse: (response: SipResponse, flow: Flow) => void;
    },
  ) {
    const { request, flow, user } = options;
    this.request = request;
    this.flow = flow;
    const sender = new RequestSender(flow, options.clock, (reason) => {
      this.#machine.input('transport error', { reason });
    });
    const sendCancel = (): void => {
      options.sendCancel(cancelFor(request, this.#cancelHeaders ?? []));
    };
    this.#machine = new TransactionMachine({
      table: INVITE_CLIENT_TABLE,
      context: clientContext(options),
      perform: {
        'send request': () => {
          sender.send(request);
        },
        'send ACK': ({ response }) => {
          if (response !== undefined) sender.send(failureAck(request, response));
        },
        'remember CANCEL': () => {
          this.#askedBeforeProvisional = true;
        },
        'send CANCEL if asked for': () => {
          if (this.#askedBeforeProvisional) this.#machine.input('cancel');
        },
        'send CANCEL': sendCancel,
        'pass response': ({ response }) => {
          if (response !== undefined) user.onResponse(response);
        },
        'pass stray response': ({ response, flow: from }) => {
          if (response !== undefined) options.onStrayResponse(response, from ?? flow);
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
    const { status } = response;
    this.#machine.input(status < 200 ? '1xx' : status < 300 ? '2xx' : '300-699', { response, flow });
  }

  /** The first call counts; a further one changes nothing. */
  cancel(headers: readonly HeaderField[] = []): void {
    if (this.#cancelHeaders !== undefined) return;
    this.#cancelHeaders = headers;
    this.#machine.input('cancel');
  }

  abandon(): void {
    this.#machine.abandon();
  }
}
