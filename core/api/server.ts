import type { Clock, Timer } from '../base/clock.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import type { WindowChannel } from './channel.ts';
import {
  MAX_REQUEST_LENGTH,
  REQUESTS,
  requestMessage,
  type EventBody,
  type EventName,
  type RequestHandlers,
  type RequestName,
} from './contract.ts';
import { Refusal } from './refusal.ts';
import type { Snapshot } from './state.ts';

/** Where the state comes from: the snapshot now, and a call for each change of it. */
export interface StateSource {
  snapshot(): Snapshot;
  onChange(listener: () => void): () => void;
}

/** What the server works with. */
export interface ContractServerOptions {
  readonly handlers: RequestHandlers;
  readonly state: StateSource;
  readonly clock: Clock;
  /** Told of each handler that failed without a {@link Refusal}: a mistake of ours, for the trace. */
  readonly onFault: (request: RequestName, error: unknown) => void;
}

/** The id of a reply to a text in which no request could be read. */
export const UNREADABLE_ID = -1;

/**
 * The core's end of the contract. It serves any number of windows: checks size and schema of all they send, answers each
 * request exactly once with its output or a diagnosis, and sends the whole state after each turn that changed it.
 * Whether a sender may talk to it at all (origin, token, frame) is for the shell to decide before {@link attach}.
 */
export class ContractServer {
  readonly #options: ContractServerOptions;
  readonly #windows = new Set<WindowChannel>();
  readonly #unsubscribe: () => void;
  #pending: Timer | null = null;

  constructor(options: ContractServerOptions) {
    this.#options = options;
    this.#unsubscribe = options.state.onChange(() => {
      this.#pending ??= options.clock.after(0, () => {
        this.#pending = null;
        this.#publish('state', options.state.snapshot());
      });
    });
  }

  /** Serves a window until the returned function is called. The window asks for its first state itself. */
  attach(channel: WindowChannel): () => void {
    this.#windows.add(channel);
    const stop = channel.onMessage((text) => {
      void this.#answer(text).then((reply) => {
        if (this.#windows.has(channel)) channel.send(reply);
      });
    });
    return () => {
      stop();
      this.#windows.delete(channel);
    };
  }

  /** Sends the levels of running calls to every window. */
  publishLevels(levels: EventBody<'levels'>): void {
    this.#publish('levels', levels);
  }

  /** Lets go of the state and of all windows; nothing is sent any more. */
  close(): void {
    this.#unsubscribe();
    this.#pending?.cancel();
    this.#pending = null;
    this.#windows.clear();
  }

  #publish<N extends EventName>(event: N, body: EventBody<N>): void {
    if (this.#windows.size === 0) return;
    const text = JSON.stringify({ event, body });
    for (const window of this.#windows) window.send(text);
  }

  async #answer(text: string): Promise<string> {
    if (text.length > MAX_REQUEST_LENGTH) {
      return refuse(
        UNREADABLE_ID,
        invalid('The request is too long.', { length: text.length, limit: MAX_REQUEST_LENGTH }),
      );
    }
    const json = parseJson(text);
    const message = requestMessage.safeParse(json);
    if (!message.success) {
      return refuse(readId(json), invalid('The request could not be read.', { problems: problems(message.error) }));
    }
    const { id, request, input } = message.data;
    if (!isRequestName(request)) return refuse(id, invalid('There is no such request.', { request }));
    const checked = REQUESTS[request].input.safeParse(input);
    if (!checked.success) {
      return refuse(
        id,
        invalid('The request holds a value that is not allowed.', { request, problems: problems(checked.error) }),
      );
    }
    try {
      // The schema of this very request has just been applied, which the compiler cannot follow through the table.
      const handle = this.#options.handlers[request] as (input: unknown) => Promise<unknown>;
      return JSON.stringify({ id, output: (await handle(checked.data)) ?? null });
    } catch (error) {
      if (error instanceof Refusal) return refuse(id, error.diagnosis);
      this.#options.onFault(request, error);
      return refuse(id, fault(request));
    }
  }
}

function isRequestName(name: string): name is RequestName {
  return Object.hasOwn(REQUESTS, name);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The id of a message that is otherwise wrong, so that its sender need not wait for the time-out. */
function readId(json: unknown): number {
  const id = requestMessage.pick({ id: true }).safeParse(json);
  return id.success ? id.data.id : UNREADABLE_ID;
}

/** Where and why a schema did not match, without the values, which may be secrets. */
function problems(error: {
  readonly issues: readonly { readonly path: PropertyKey[]; readonly message: string }[];
}): string[] {
  return error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
}

function refuse(id: number, error: Diagnosis): string {
  return JSON.stringify({ id, error });
}

function invalid(summary: string, evidence: Diagnosis['evidence']): Diagnosis {
  return { code: 'config.invalid', side: 'there', summary, cure: 'Correct the value and try again.', evidence };
}

function fault(request: RequestName): Diagnosis {
  return {
    code: 'sip.status.500',
    side: 'here',
    summary: 'Sotto made a mistake of its own while doing this.',
    cure: 'Try again. If it happens again, save the diagnostics and report them.',
    evidence: { request },
  };
}
