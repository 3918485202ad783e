import type { TraceEvent, TraceLevel, Tracer } from '../trace/tracer.ts';

/** Levels that `-v` … `-vvvv` turn on. */
const LEVELS: readonly TraceLevel[] = [0, 3, 5, 7, 9];

/** Writes the trace as lines for people to standard error; the level follows the number of `-v`. */
export function logTrace(tracer: Tracer, verbosity: number): () => void {
  const level = LEVELS[Math.min(verbosity, LEVELS.length - 1)] ?? 0;
  if (level === 0) return () => undefined;
  tracer.setLevel('all', level);
  return tracer.subscribe((event) => void process.stderr.write(`${lineOf(event)}\n`));
}

function lineOf({ seq: _seq, mono: _mono, time, level, component, kind, ...fields }: TraceEvent): string {
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return `${time} ${level} ${component} ${kind} ${rest.join(' ')}`;
}
