import type { Clock, Timer } from '../../base/clock.ts';
import type { TraceFields, Tracer } from '../../trace/tracer.ts';
import type { SipRequest } from '../message/message.ts';
import type { Flow } from '../transport/flow.ts';
import type { Cell, StateTable } from './state-table.ts';
import { TIMER_RULES, type TimerName, type TimerValues } from './timers.ts';

/** What every machine works with. */
export interface MachineContext {
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly timerValues: TimerValues;
  /** Whether the transport delivers by itself (TCP, TLS). */
  readonly reliable: boolean;
  /** Goes with every event of this machine. */
  readonly fields: TraceFields;
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

interface Running {
  readonly timer: Timer | undefined;
  readonly delayMs: number;
}

/**
 * Runs a {@link StateTable}. One input is finished before the next begins: an input that an effect brings about waits until
 * all effects before it are done. In `Terminated` no timer runs, and `onTerminated` was called, once.
 */
export class TransactionMachine<
  S extends string,
  I extends string,
  E extends string,
  T extends TimerName,
  Event extends object,
> {
  readonly #table: StateTable<S | 'Terminated', I, E, T>;
  readonly #context: MachineContext;
  readonly #perform: Readonly<Record<E, (event: Partial<Event>) => void>>;
  readonly #delays: Readonly<Partial<Record<T, number>>> | undefined;
  readonly #onTerminated: () => void;
  readonly #running = new Map<T, Running>();
  readonly #waiting: { input: I | `timer ${T}`; event: Partial<Event> }[] = [];
  #state: S | 'Terminated';
  #busy = false;
  #terminated = false;

  constructor(options: {
    readonly table: StateTable<S | 'Terminated', I, E, T>;
    readonly context: MachineContext;
    /** What each effect does; timers are the machine's own. */
    readonly perform: Readonly<Record<E, (event: Partial<Event>) => void>>;
    /** Delays that differ from {@link TIMER_RULES}. */
    readonly delays?: Readonly<Partial<Record<T, number>>>;
    readonly onTerminated: () => void;
  }) {
    this.#table = options.table;
    this.#context = options.context;
    this.#perform = options.perform;
    this.#delays = options.delays;
    this.#onTerminated = options.onTerminated;
    this.#state = options.table.begin.next;
  }

  get state(): S | 'Terminated' {
    return this.#state;
  }

  /** Does what stands at the beginning of the table. */
  begin(): void {
    this.#drain(() => {
      this.#apply(this.#table.begin, 'begin', {});
    });
  }

  /** Takes one input; `event` is what its effects need to know. */
  input(input: I, event: Partial<Event> = {}): void {
    this.#take(input, event);
  }

  /** Stops everything without another effect. */
  abandon(): void {
    this.#waiting.length = 0;
    this.#state = 'Terminated';
    this.#finish();
  }

  #take(input: I | `timer ${T}`, event: Partial<Event>): void {
    this.#waiting.push({ input, event });
    if (!this.#busy) this.#drain(() => undefined);
  }

  #drain(first: () => void): void {
    this.#busy = true;
    try {
      first();
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        this.#apply(this.#table.states[this.#state][next.input], next.input, next.event);
      }
    } finally {
      this.#busy = false;
    }
    if (this.#state === 'Terminated') this.#finish();
  }

  #apply(cell: Cell<S | 'Terminated', E, T>, input: string, event: Partial<Event>): void {
    const from = this.#state;
    this.#state = cell.next;
    if (from !== cell.next || input === 'begin') {
      const { tracer, fields } = this.#context;
      tracer.emit('nta', 7, 'transaction.state', {
        ...fields,
        machine: this.#table.name,
        from: input === 'begin' ? undefined : from,
        to: cell.next,
        input,
        rule: cell.rule,
      });
    }
    for (const effect of cell.effects) {
      if (typeof effect === 'string') this.#perform[effect](event);
      else if ('start' in effect) this.#start(effect.start, effect.at);
      else this.#stop(effect.stop);
    }
  }

  #start(name: T, at: 't2' | undefined): void {
    const { clock, tracer, timerValues, reliable, fields } = this.#context;
    const previous = this.#running.get(name);
    previous?.timer?.cancel();
    const usual = TIMER_RULES[name].delay(timerValues, reliable, previous?.delayMs);
    if (usual === undefined) return;
    const delayMs = at === 't2' ? timerValues.t2 : (this.#delays?.[name] ?? usual);
    tracer.emit('nta', 9, 'timer', { ...fields, machine: this.#table.name, timer: name, action: 'start', delayMs });
    const fire = (): void => {
      tracer.emit('nta', 7, 'timer', { ...fields, machine: this.#table.name, timer: name, action: 'fire' });
      this.#take(`timer ${name}`, {});
    };
    this.#running.set(name, { timer: delayMs === 0 ? undefined : clock.after(delayMs, fire), delayMs });
    if (delayMs === 0) fire();
  }

  #stop(name: T): void {
    this.#running.get(name)?.timer?.cancel();
    this.#running.delete(name);
  }

  #finish(): void {
    if (this.#terminated) return;
    this.#terminated = true;
    for (const { timer } of this.#running.values()) timer?.cancel();
    this.#running.clear();
    this.#onTerminated();
  }
}
