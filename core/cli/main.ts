import { parseArgs } from 'node:util';
import type { Diagnosis } from '../base/diagnosis.ts';
import { exitSoon } from '../shell/exit-soon.ts';
import { COMMANDS } from './command-list.ts';
import { CommandFailure, EXIT, UsageError, type Command, type CommandContext, type CommandOptions } from './command.ts';
import { overview, usage } from './help.ts';
import { Output } from './output.ts';

const COMMON: CommandOptions = {
  json: { type: 'boolean' },
  verbose: { type: 'boolean', short: 'v', multiple: true },
  trace: { type: 'string' },
  capture: { type: 'boolean' },
  data: { type: 'string' },
  timeout: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
};

/** Runs `sotto` with its arguments; resolves to the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const command = findCommand(args);
  if (command === undefined) {
    const wanted = args.find((arg) => !arg.startsWith('-'));
    if (wanted === undefined && (args.includes('--help') || args.includes('-h'))) {
      process.stdout.write(overview(COMMANDS));
      return EXIT.done;
    }
    if (wanted !== undefined) process.stderr.write(`sotto: there is no command "${wanted}"\n\n`);
    process.stderr.write(overview(COMMANDS));
    return EXIT.usage;
  }
  try {
    return await run(command, args.slice(command.name.split(' ').length));
  } catch (error) {
    if (!(error instanceof UsageError) && !isParseError(error)) throw error;
    process.stderr.write(`sotto ${command.name}: ${error.message}\n\n${usage(command)}`);
    return EXIT.usage;
  }
}

/** The longest name that the arguments begin with. */
function findCommand(args: readonly string[]): Command | undefined {
  return COMMANDS.filter(({ name }) => name.split(' ').every((word, index) => args[index] === word)).sort(
    (a, b) => b.name.length - a.name.length,
  )[0];
}

async function run(command: Command, args: readonly string[]): Promise<number> {
  const options: CommandOptions = { ...COMMON, ...command.options };
  const { values, positionals } = parseArgs({
    args: withValues(
      options,
      args.map((arg) => (isOneDash(command, arg) ? `-${arg}` : arg)),
    ),
    options,
    allowPositionals: true,
    strict: true,
  });
  if (values.help === true) {
    process.stdout.write(usage(command));
    return EXIT.done;
  }
  const output = new Output(values.json === true, (line) => void process.stdout.write(line));
  const interruption = watchInterruptions(timeoutOf(values.timeout), (seconds) => {
    output.cutShort(timedOut(seconds, output.last));
  });
  let code: number;
  try {
    code = await command.run({
      values,
      positionals,
      output,
      signal: interruption.signal,
      traceLog: traceLogOf(values),
    });
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error;
    output.failure(error.diagnoses);
    code = EXIT.failed;
  } finally {
    interruption.stop();
  }
  code = interruption.exitCode() ?? code;
  if (interruption.signal.aborted) exitSoon(code);
  return code;
}

/**
 * `--name -value` as `--name=-value`: a password may begin with a dash, and is not to be taken for an option for it. What
 * is the name of an option stays one, so that a forgotten value is noticed.
 */
function withValues(options: CommandOptions, args: readonly string[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    const next = args[at + 1];
    if (arg === '--') return [...joined, ...args.slice(at)];
    const takesValue = arg.startsWith('--') && options[arg.slice(2)]?.type === 'string';
    if (takesValue && next !== undefined && next.startsWith('-') && !isOption(options, next)) {
      joined.push(`${arg}=${next}`);
      at++;
    } else {
      joined.push(arg);
    }
  }
  return joined;
}

function isOption(options: CommandOptions, arg: string): boolean {
  const [name = ''] = arg.slice(2).split('=');
  return arg.startsWith('--') ? name in options : Object.values(options).some(({ short }) => arg === `-${short}`);
}

/** `-cn` and its like, which would otherwise be read as `-c -n`. */
function isOneDash({ oneDash = [] }: Command, arg: string): boolean {
  return arg.startsWith('-') && oneDash.includes(arg.slice(1));
}

function traceLogOf({ verbose, trace, capture }: CommandContext['values']): CommandContext['traceLog'] {
  if (capture === true && trace === undefined) throw new UsageError('--capture needs --trace FILE');
  return {
    verbosity: Array.isArray(verbose) ? verbose.length : 0,
    file: typeof trace === 'string' ? trace : undefined,
    capture: capture === true,
  };
}

function timeoutOf(value: unknown): number | undefined {
  if (typeof value !== 'string') return undefined;
  const seconds = Number(value);
  if (!Number.isFinite(seconds) || seconds <= 0) throw new UsageError('--timeout must be a number of seconds');
  return seconds;
}

/**
 * The first Ctrl-C ends the command cleanly, the second at once. SIGTERM is the polite end of a service, and so is a reader
 * of our output that went away.
 */
function watchInterruptions(
  timeoutSeconds: number | undefined,
  onTimeout: (seconds: number) => void,
): {
  readonly signal: AbortSignal;
  exitCode(): number | undefined;
  stop(): void;
} {
  const controller = new AbortController();
  let code: number | undefined;
  const onInterrupt = (): void => {
    if (code === EXIT.interrupted) process.exit(code);
    code = EXIT.interrupted;
    controller.abort();
  };
  const end = (): void => {
    controller.abort();
  };
  process.on('SIGINT', onInterrupt);
  process.on('SIGTERM', end);
  process.stdout.on('error', end);
  // A log that nobody reads is no reason to end.
  process.stderr.on('error', () => undefined);
  const timer =
    timeoutSeconds === undefined
      ? undefined
      : setTimeout(() => {
          code ??= EXIT.failed;
          onTimeout(timeoutSeconds);
          controller.abort();
        }, timeoutSeconds * 1000);
  return {
    signal: controller.signal,
    exitCode: () => code,
    stop: () => {
      clearTimeout(timer);
      process.off('SIGINT', onInterrupt);
      process.off('SIGTERM', end);
    },
  };
}

function timedOut(seconds: number, last: string): Diagnosis {
  return {
    code: 'sip.timeout',
    side: 'here',
    summary: `The command was ended by --timeout after ${seconds} s.`,
    cure: 'Give it more time, or look with -vv what it waits for.',
    evidence: { seconds, last },
  };
}

function isParseError(error: unknown): error is Error {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
