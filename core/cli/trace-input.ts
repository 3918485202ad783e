import { readBoundedFile } from '../io/bounded-file.ts';
import { readTrace } from '../trace/trace-file.ts';
import { COMPONENTS, type TraceEvent } from '../trace/tracer.ts';
import {
  choice,
  CommandFailure,
  number,
  text,
  UsageError,
  type CommandContext,
  type CommandOptions,
} from './command.ts';

/** A trace of an hour on a busy switch; more does not fit into a string. */
const LARGEST_TRACE = 512 * 1024 * 1024;

/** Options that choose among the events of a trace. */
export const TRACE_FILTERS: CommandOptions = {
  component: { type: 'string' },
  level: { type: 'string' },
  call: { type: 'string' },
  connection: { type: 'string' },
  kind: { type: 'string' },
};

export const TRACE_FILTER_HELP: Readonly<Record<string, string>> = {
  component: `only of one component: ${COMPONENTS.join(' ')}`,
  level: 'only up to this level, 0 to 9',
  call: 'only of one call, by its Call-ID or the start of it',
  connection: 'only of one connection, by its name or the start of it',
  kind: 'only of one kind, such as sip.sent, or the start of it, such as tls',
};

/** Reads the FILE of a `sotto trace` command and keeps what its filters let through. */
export async function readTraceInput(context: CommandContext): Promise<readonly TraceEvent[]> {
  const [file, ...more] = context.positionals;
  if (file === undefined || more.length > 0) throw new UsageError('one FILE is needed: what --trace FILE wrote');
  const keep = filterOf(context);
  const octets = await readBoundedFile(file, LARGEST_TRACE);
  if (!octets.ok) throw new CommandFailure(octets.error);
  const events = readTrace(new TextDecoder().decode(octets.value.octets));
  if (events.ok) return events.value.filter(keep);
  const { line, reason } = events.error;
  throw new CommandFailure({
    code: 'config.invalid',
    side: 'here',
    summary: `${file} is not a saved trace: line ${line}: ${reason}.`,
    cure: 'Take a file that a command with --trace FILE wrote, one JSON object a line.',
    evidence: { path: file, line, reason },
  });
}

function filterOf(context: CommandContext): (event: TraceEvent) => boolean {
  const component = choice(context, 'component', COMPONENTS);
  const level = number(context, 'level', { min: 0, max: 9 });
  const [call, connection, kind] = ['call', 'connection', 'kind'].map((name) => text(context, name));
  const begins = (value: unknown, start: string | undefined): boolean =>
    start === undefined || (typeof value === 'string' && value.startsWith(start));
  return (event) =>
    (component === undefined || event.component === component) &&
    (level === undefined || event.level <= level) &&
    begins(callOf(event), call) &&
    begins(event.connection, connection) &&
    begins(event.kind, kind);
}

/** A message names its call in itself. */
function callOf({ call, text: message }: TraceEvent): string | undefined {
  if (call !== undefined || typeof message !== 'string') return call;
  return /^(?:Call-ID|i)[ \t]*:[ \t]*(\S+)/im.exec(message)?.[1];
}
