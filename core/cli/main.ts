import { parseArgs } from 'node:util';
import type { Diagnosis } from '../base/diagnosis.ts';
import { answerCommand } from './commands/answer.ts';
import { callCommand } from './commands/call.ts';
import { demoCommand } from './commands/demo.ts';
import { doctorCommand } from './commands/doctor.ts';
import { pbxCheckCommand } from './commands/pbx-check.ts';
import { pbxCommand } from './commands/pbx.ts';
import { pbxInitCommand } from './commands/pbx-init.ts';
import { registerCommand } from './commands/register.ts';
import { exitSoon } from '../shell/exit-soon.ts';
import { CommandFailure, EXIT, UsageError, type Command, type CommandOptions } from './command.ts';
import { Output } from './output.ts';

const COMMANDS: readonly Command[] = [
  demoCommand,
  pbxCommand,
  pbxInitCommand,
  pbxCheckCommand,
  registerCommand,
  callCommand,
  answerCommand,
  doctorCommand,
];

const COMMON: CommandOptions = {
  json: { type: 'boolean' },
  verbose: { type: 'boolean', short: 'v', multiple: true },
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
      process.stdout.write(overview());
      return EXIT.done;
    }
    if (wanted !== undefined) process.stderr.write(`sotto: there is no command "${wanted}"\n\n`);
    process.stderr.write(overview());
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
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { ...COMMON, ...command.options },
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
      verbosity: Array.isArray(values.verbose) ? values.verbose.length : 0,
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

function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  const lines = COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: sotto COMMAND [options]\n\n${lines.join('\n')}\n\n"sotto COMMAND --help" tells more.\n`;
}

function usage(command: Command): string {
  const options: [string, string][] = [
    ...Object.entries(command.options).map(([name, option]): [string, string] => [
      `--${name}${option.type === 'string' ? ' …' : ''}`,
      command.help[name] ?? '',
    ]),
    ['--json', 'one JSON object a line'],
    ['-v', 'more log on standard error; up to -vvvv'],
    ['--data DIR', 'data folder'],
    ['--timeout S', 'ends the command after S seconds'],
  ];
  const width = Math.max(...options.map(([name]) => name.length));
  const lines = options.map(([name, help]) => `  ${name.padEnd(width)}  ${help}`);
  return `Usage: sotto ${command.name} ${command.arguments}\n${command.summary}\n\n${lines.join('\n')}\n`;
}
