import type { Clock } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Tracer } from '../../trace/tracer.ts';
import { createResponse } from '../message/factory.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';
import type { Transports } from '../transport/transports.ts';
import { INVITE_SERVER_TABLE } from './invite-server-table.ts';
import { NON_INVITE_SERVER_TABLE } from './non-invite-server-table.ts';
import { ResponseSender } from './response-sender.ts';
import type { StateTable } from './state-table.ts';
import { nonInviteTryingDelay, type TimerName, type TimerValues } from './timers.ts';
import { transactionFields, TransactionMachine } from './transaction-machine.ts';
import type { ServerTransaction, TransactionFailure } from './transaction-user.ts';

/** What the layer gives each server transaction. */
export interface ServerTransactionOptions {
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly timerValues: TimerValues;
  readonly responseFlow: Transports['responseFlow'];
  readonly request: SipRequest;
  readonly flow: Flow;
  /** Takes the ACK for a 2xx where it has the branch of the INVITE. */
  readonly onAck: (ack: SipRequest) => void;
  /** The final response is on its way. */
  readonly onAnswered: () => void;
  readonly onTerminated: () => void;
}

/** A server transaction of either kind as the layer holds it. */
export interface RunningServerTransaction extends ServerTransaction {
  begin(): void;
  /** A retransmission of the request, or the ACK for it. */
  receive(request: SipRequest): void;
  /** A CANCEL that matches. */
  receiveCancel(cancel: SipRequest): void;
  /** The To tag that our responses carry, once one was sent. */
  readonly responseToTag: string | undefined;
  /** Ends without another message or callback. */
  abandon(): void;
}

type ServerEffect =
  | 'send 100'
  | 'send response'
  | 'send last response'
  | 'pass ACK'
  | 'pass CANCEL'
  | 'report timeout'
  | 'report transport error';

/** What goes with the inputs of a server machine. */
interface ServerEvent {
  readonly request: SipRequest;
  readonly response: SipResponse;
  readonly reason: Diagnosis | undefined;
}

/** What tells the two kinds of server transaction apart: the table, and how it calls requests and responses. */
interface ServerKind<S extends string, I extends string, E extends ServerEffect, T extends TimerName> {
  readonly table: StateTable<S | 'Terminated', I | 'transport error', E, T>;
  readonly delays?: Readonly<Partial<Record<T, number>>>;
  ofRequest(method: string): I;
  ofResponse(status: number): I;
}

/** A request of somebody else: an INVITE (RFC 3261 §17.2.1, RFC 6026 §7.1), or another one but ACK (§17.2.2, RFC 4320). */
export function newServerTransaction(options: ServerTransactionOptions): RunningServerTransaction {
  if (options.request.method === 'INVITE') {
    return new MachineServerTransaction(
      {
        table: INVITE_SERVER_TABLE,
        ofRequest: (method) => (method === 'ACK' || method === 'CANCEL' ? method : 'INVITE'),
        ofResponse: (status) => (status < 200 ? '1xx from TU' : status < 300 ? '2xx from TU' : '300-699 from TU'),
      },
      options,
    );
  }
  return new MachineServerTransaction(
    {
      table: NON_INVITE_SERVER_TABLE,
      delays: { 100: nonInviteTryingDelay(options.timerValues) },
      ofRequest: (method) => (method === 'CANCEL' && options.request.method !== 'CANCEL' ? 'CANCEL' : 'request'),
      ofResponse: (status) => (status < 200 ? '1xx from TU' : status === 408 ? '408 from TU' : '200-699 from TU'),
    },
    options,
  );
}

class MachineServerTransaction<
  S extends string,
  I extends string,
  E extends ServerEffect,
  T extends TimerName,
> implements RunningServerTransaction {
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly #kind: ServerKind<S, I, E, T>;
  readonly #machine: TransactionMachine<S, I | 'transport error', E, T, ServerEvent>;
  readonly #sender: ResponseSender;
  readonly #onAnswered: () => void;
  readonly #cancelListeners: ((cancel: SipRequest) => void)[] = [];
  #cancel: SipRequest | undefined;
  readonly #failureListeners: ((failure: TransactionFailure) => void)[] = [];
  #answered = false;

  constructor(kind: ServerKind<S, I, E, T>, options: ServerTransactionOptions) {
    const { clock, tracer, timerValues, request, flow, responseFlow } = options;
    this.request = request;
    this.flow = flow;
    this.#kind = kind;
    this.#onAnswered = options.onAnswered;
    const sender = new ResponseSender(request, flow, responseFlow, (reason) =>
      this.#machine.input('transport error', { reason }),
    );
    this.#sender = sender;
    const perform: Readonly<Record<ServerEffect, (event: Partial<ServerEvent>) => void>> = {
      'send 100': () => sender.send(createResponse(request, 100)),
      'send response': ({ response }) => response && sender.send(response),
      'send last response': () => sender.repeat(),
      'pass ACK': ({ request: ack }) => ack && options.onAck(ack),
      'pass CANCEL': ({ request: cancel }) => {
        if (this.#cancel !== undefined || cancel === undefined) return;
        this.#cancel = cancel;
        for (const listener of this.#cancelListeners) listener(cancel);
      },
      'report timeout': () => this.#fail({ kind: 'timeout' }),
      'report transport error': ({ reason }) => this.#fail({ kind: 'transport', reason }),
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
      ...(kind.delays && { delays: kind.delays }),
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
    this.#machine.input(this.#kind.ofRequest(request.method), { request });
  }

  receiveCancel(cancel: SipRequest): void {
    this.#machine.input(this.#kind.ofRequest('CANCEL'), { request: cancel });
  }

  respond(response: SipResponse): void {
    const isFirst = response.status >= 200 && !this.#answered;
    if (isFirst) this.#answered = true;
    this.#machine.input(this.#kind.ofResponse(response.status), { response });
    if (isFirst) this.#onAnswered();
  }

  onCancel(listener: (cancel: SipRequest) => void): void {
    this.#cancelListeners.push(listener);
    const cancel = this.#cancel;
    // It came while whoever is to answer was still being found. Not at once: who asks here is not ready yet.
    if (cancel !== undefined)
      queueMicrotask(() => {
        listener(cancel);
      });
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
