import type { parseArgs, ParseArgsConfig } from 'node:util';
import type { Diagnosis } from '../base/diagnosis.ts';
import { systemClock } from '../io/node-clock.ts';
import { logTrace, type TraceLogOptions } from '../shell/trace-log.ts';
import { Tracer } from '../trace/tracer.ts';
import type { Output } from './output.ts';

/** Exit codes that scripts rely on. */
export const EXIT = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** Options of one command, as `node:util` takes them. */
export type CommandOptions = NonNullable<ParseArgsConfig['options']>;

/** What a command gets. */
export interface CommandContext {
  readonly values: ReturnType<typeof parseArgs>['values'];
  readonly positionals: readonly string[];
  readonly output: Output;
  /** Aborted by Ctrl-C, SIGTERM and `--timeout`; the command then ends by itself, cleanly. */
  readonly signal: AbortSignal;
  /** What `-v`, `--trace` and `--capture` ask for. */
  readonly traceLog: TraceLogOptions;
}

/** One word of the command line. */
export interface Command {
  /** `call`, or `pbx init`. */
  readonly name: string;
  readonly arguments: string;
  readonly summary: string;
  readonly options: CommandOptions;
  /** Options that may also be written with one dash, as another program has them. */
  readonly oneDash?: readonly string[];
  /** One line of help an option, by its name. */
  readonly help: Readonly<Record<string, string>>;
  /** Resolves to the exit code. */
  run(context: CommandContext): Promise<number>;
}

/** Wrong usage: the message is for the person who typed it. */
export class UsageError extends Error {}

/** Something that did not work, for a reason that is known. */
export class CommandFailure extends Error {
  readonly diagnoses: readonly Diagnosis[];

  constructor(...diagnoses: Diagnosis[]) {
    super(diagnoses[0]?.summary ?? 'failed');
    this.diagnoses = diagnoses;
  }
}

/** The trace of a command, with the log that it was asked for. Throws where the file of the log cannot be written. */
export function openTrace(context: CommandContext): { readonly tracer: Tracer; readonly stopLog: () => void } {
  const tracer = new Tracer(systemClock);
  const log = logTrace(tracer, context.traceLog);
  if (!log.ok) throw new CommandFailure(log.error);
  return { tracer, stopLog: log.value };
}

/** The text of an option that takes one; `undefined` where it was not given. */
export function text(context: CommandContext, name: string): string | undefined {
  const value = context.values[name];
  return typeof value === 'string' ? value : undefined;
}

/** The number of an option, within limits; throws a {@link UsageError} otherwise. */
export function number(
  context: CommandContext,
  name: string,
  limits: { readonly min: number; readonly max: number },
): number | undefined {
  const given = text(context, name);
  if (given === undefined) return undefined;
  const value = Number(given);
  if (given.trim() === '' || !Number.isFinite(value) || value < limits.min || value > limits.max) {
    throw new UsageError(`--${name} must be a number from ${limits.min} to ${limits.max}, not "${given}"`);
  }
  return value;
}

/** The choice of an option among some words; throws a {@link UsageError} for another word. */
export function choice<T extends string>(context: CommandContext, name: string, words: readonly T[]): T | undefined {
  const given = text(context, name);
  if (given === undefined) return undefined;
  const word = words.find((candidate) => candidate === given.toLowerCase());
  if (word === undefined) throw new UsageError(`--${name} must be one of ${words.join(', ')}, not "${given}"`);
  return word;
}

/** Waits, or until `signal` is aborted. */
export function pause(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, seconds * 1000);
    if (signal.aborted) done();
    else signal.addEventListener('abort', done);
  });
}

/** Resolves when `signal` is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else {
      signal.addEventListener('abort', () => { resolve(); }, { once: true }); // prettier-ignore
    }
  });
}
