import type { Clock } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Tracer } from '../../trace/tracer.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';
import type { Transports } from '../transport/transports.ts';
import { transactionFields } from './client-transaction.ts';
import type { TimerValues } from './timers.ts';
import type { MachineContext } from './transaction-machine.ts';
import type { ServerTransaction } from './transaction-user.ts';

/** What the layer gives each server transaction. */
export interface ServerTransactionOptions {
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly timerValues: TimerValues;
  readonly responseFlow: Transports['responseFlow'];
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly onTerminated: () => void;
}

/** What the layer needs to know of a server transaction of either kind. */
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

/** What goes with the inputs of a server machine. */
export interface ServerEvent {
  readonly request: SipRequest;
  readonly response: SipResponse;
  readonly reason: Diagnosis | undefined;
}

/** The context of a server machine. */
export function serverContext({ clock, tracer, timerValues, request, flow }: ServerTransactionOptions): MachineContext {
  return {
    clock,
    tracer,
    timerValues,
    reliable: flow.protocol !== 'udp',
    fields: transactionFields(request, flow),
  };
}

/**
 * Sends the responses of one server transaction and keeps the last one: on the flow that the request came on, and where
 * that is gone, on the one that RFC 3261 §18.2.2 leads to.
 */
export class ResponseSender {
  readonly #request: SipRequest;
  readonly #responseFlow: Transports['responseFlow'];
  readonly #onError: (reason: Diagnosis | undefined) => void;
  #flow: Flow;
  #last: SipResponse | undefined;

  constructor(options: ServerTransactionOptions, onError: (reason: Diagnosis | undefined) => void) {
    this.#request = options.request;
    this.#flow = options.flow;
    this.#responseFlow = options.responseFlow;
    this.#onError = onError;
  }

  get last(): SipResponse | undefined {
    return this.#last;
  }

  send(response: SipResponse): void {
    this.#last = response;
    if (!this.#flow.open) void this.#sendElsewhere(response);
    else if (!this.#flow.send(response)) this.#onError(undefined);
  }

  /** Sends the last response again, where there is one. */
  repeat(): void {
    if (this.#last !== undefined) this.send(this.#last);
  }

  async #sendElsewhere(response: SipResponse): Promise<void> {
    const found = await this.#responseFlow(this.#request, this.#flow);
    if (!found.ok) {
      this.#onError(found.error);
      return;
    }
    this.#flow = found.value;
    if (!found.value.send(response)) this.#onError(undefined);
  }
}
