import type { Clock, Timer } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Tracer } from '../../trace/tracer.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';
import type { TimerValues } from './timers.ts';
import type { MachineContext } from './transaction-machine.ts';
import type { ClientTransactionUser } from './transaction-user.ts';

/** What the layer gives each client transaction. */
export interface ClientTransactionOptions {
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly timerValues: TimerValues;
  /** With its Via. */
  readonly request: SipRequest;
  readonly flow: Flow;
  readonly user: ClientTransactionUser;
  readonly onTerminated: () => void;
}

/** What the layer needs to know of a client transaction of either kind. */
export interface RunningClientTransaction {
  begin(): void;
  receive(response: SipResponse, flow: Flow): void;
  /** Ends without another message or callback. */
  abandon(): void;
}

/** What goes with the inputs of a client machine. */
export interface ClientEvent {
  readonly response: SipResponse;
  readonly flow: Flow;
  readonly reason: Diagnosis | undefined;
}

/** The context of a client machine. */
export function clientContext({ clock, tracer, timerValues, request, flow }: ClientTransactionOptions): MachineContext {
  return {
    clock,
    tracer,
    timerValues,
    reliable: flow.protocol !== 'udp',
    fields: transactionFields(request, flow),
  };
}

/** What names a transaction in the trace. */
export function transactionFields(request: SipRequest, flow: Flow): MachineContext['fields'] {
  return {
    call: request.callId,
    connection: flow.id,
    method: request.method,
    branch: request.via?.parameters.get('branch') ?? undefined,
  };
}

/**
 * The sending half of a client transaction. A failure is told from a turn of its own, so that the user never hears of it
 * before it holds the transaction.
 */
export class RequestSender {
  readonly #flow: Flow;
  readonly #clock: Clock;
  readonly #onError: (reason: Diagnosis | undefined) => void;
  readonly #forgetFlow: () => void;
  #failure: Timer | undefined;

  constructor(flow: Flow, clock: Clock, onError: (reason: Diagnosis | undefined) => void) {
    this.#flow = flow;
    this.#clock = clock;
    this.#onError = onError;
    this.#forgetFlow = flow.onClose(onError);
  }

  send(request: SipRequest): void {
    if (this.#flow.send(request)) return;
    this.#failure ??= this.#clock.after(0, () => {
      this.#onError(undefined);
    });
  }

  /** Forgets the flow. */
  close(): void {
    this.#forgetFlow();
    this.#failure?.cancel();
  }
}
