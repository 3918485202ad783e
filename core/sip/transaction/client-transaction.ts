import type { Clock, Timer } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Tracer } from '../../trace/tracer.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';
import { cancelFor, failureAck } from './derived-requests.ts';
import { INVITE_CLIENT_TABLE } from './invite-client-table.ts';
import { NON_INVITE_CLIENT_TABLE } from './non-invite-client-table.ts';
import type { StateTable } from './state-table.ts';
import type { TimerName, TimerValues } from './timers.ts';
import { transactionFields, TransactionMachine } from './transaction-machine.ts';
import type { ClientTransaction, ClientTransactionUser } from './transaction-user.ts';

/** What the layer gives each client transaction. */
export interface ClientTransactionOptions {
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly timerValues: TimerValues;
  /** With its Via. */
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly user: ClientTransactionUser;
  /** Gives a CANCEL a transaction of its own. */
  readonly sendCancel: (cancel: SipRequest) => void;
  /** Takes 2xx after the first final response. */
  readonly onStrayResponse: (response: SipResponse, flow: Flow) => void;
  readonly onTerminated: () => void;
}

/** A client transaction of either kind as the layer holds it. */
export interface RunningClientTransaction extends ClientTransaction {
  begin(): void;
  receive(response: SipResponse, flow: Flow): void;
  /** Ends without another message or callback. */
  abandon(): void;
}

type HeaderField = readonly [name: string, value: string];
type CommonInput = 'cancel' | 'transport error';
type ClientEffect =
  | 'send request'
  | 'send ACK'
  | 'send CANCEL'
  | 'send CANCEL if asked for'
  | 'remember CANCEL'
  | 'pass response'
  | 'pass stray response'
  | 'report timeout'
  | 'report transport error';

/** What goes with the inputs of a client machine. */
interface ClientEvent {
  readonly response: SipResponse;
  readonly flow: Flow;
  readonly reason: Diagnosis | undefined;
}

/** What tells the two kinds of client transaction apart: the table, and how it calls responses. */
interface ClientKind<S extends string, I extends string, E extends ClientEffect, T extends TimerName> {
  readonly table: StateTable<S | 'Terminated', I | CommonInput, E, T>;
  inputOf(status: number): I;
}

/** A request of ours: an INVITE (RFC 3261 §17.1.1, RFC 6026 §7.2), or another one but ACK (RFC 3261 §17.1.2). */
export function newClientTransaction(options: ClientTransactionOptions): RunningClientTransaction {
  if (options.request.method !== 'INVITE') {
    const inputOf = (status: number): '1xx' | '200-699' => (status < 200 ? '1xx' : '200-699');
    return new MachineClientTransaction({ table: NON_INVITE_CLIENT_TABLE, inputOf }, options);
  }
  const inputOf = (status: number): '1xx' | '2xx' | '300-699' =>
    status < 200 ? '1xx' : status < 300 ? '2xx' : '300-699';
  return new MachineClientTransaction({ table: INVITE_CLIENT_TABLE, inputOf }, options);
}

class MachineClientTransaction<
  S extends string,
  I extends string,
  E extends ClientEffect,
  T extends TimerName,
> implements RunningClientTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly #kind: ClientKind<S, I, E, T>;
  readonly #options: ClientTransactionOptions;
  readonly #machine: TransactionMachine<S, I | CommonInput, E, T, ClientEvent>;
  readonly #forgetFlow: () => void;
  #sendFailure: Timer | undefined;
  #cancelHeaders: readonly HeaderField[] | undefined;
  #askedBeforeProvisional = false;

  constructor(kind: ClientKind<S, I, E, T>, options: ClientTransactionOptions) {
    const { clock, tracer, timerValues, request, flow, user } = options;
    this.request = request;
    this.flow = flow;
    this.#kind = kind;
    this.#options = options;
    const perform: Readonly<Record<ClientEffect, (event: Partial<ClientEvent>) => void>> = {
      'send request': () => this.#send(request),
      'send ACK': ({ response }) => response && this.#send(failureAck(request, response)),
      'remember CANCEL': () => (this.#askedBeforeProvisional = true),
      'send CANCEL if asked for': () => this.#askedBeforeProvisional && this.#machine.input('cancel'),
      'send CANCEL': () => options.sendCancel(cancelFor(request, this.#cancelHeaders ?? [])),
      'pass response': ({ response }) => response && user.onResponse(response),
      'pass stray response': ({ response, flow: from }) => response && options.onStrayResponse(response, from ?? flow),
      'report timeout': () => user.onFailure({ kind: 'timeout' }),
      'report transport error': ({ reason }) => user.onFailure({ kind: 'transport', reason }),
    };
    this.#machine = new TransactionMachine({
      table: kind.table,
      context: {
        clock,
        tracer,
        timerValues,
        reliable: flow.protocol !== 'udp',
        fields: transactionFields(request, flow),
      },
      perform,
      onTerminated: () => {
        this.#forgetFlow();
        this.#sendFailure?.cancel();
        options.onTerminated();
      },
    });
    this.#forgetFlow = flow.onClose((reason) => this.#machine.input('transport error', { reason }));
  }

  begin(): void {
    this.#machine.begin();
  }

  receive(response: SipResponse, flow: Flow): void {
    this.#machine.input(this.#kind.inputOf(response.status), { response, flow });
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

  /** A failure is told from a turn of its own, so that the user never hears of it before it holds the transaction. */
  #send(request: SipRequest): void {
    if (this.flow.send(request)) return;
    this.#sendFailure ??= this.#options.clock.after(0, () => this.#machine.input('transport error', {}));
  }
}
