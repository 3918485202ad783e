import { err, ok, type Result } from '../base/result.ts';
import { COMPONENTS, type TraceEvent } from './tracer.ts';

/** One event as a line of a saved trace (NDJSON). Secrets print as a mask. */
export function traceLine(event: TraceEvent): string {
  return `${JSON.stringify(event)}\n`;
}

/**
 * The events of a saved trace. A line that was cut off at the end, as by a power failure, is left out; any other that is not
 * an event is named.
 */
export function readTrace(text: string): Result<TraceEvent[], { readonly line: number; readonly reason: string }> {
  const events: TraceEvent[] = [];
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const event = parseLine(line);
    if (event.ok) events.push(event.value);
    else if (index < lines.length - 1) return err({ line: index + 1, reason: event.error });
  }
  return ok(events);
}

function parseLine(line: string): Result<TraceEvent, string> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return err('it is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return err('it is not an object');
  const { seq, time, mono, level, component, kind } = value as Record<string, unknown>;
  if (typeof seq !== 'number' || typeof mono !== 'number') return err('"seq" and "mono" must be numbers');
  if (typeof time !== 'string' || Number.isNaN(Date.parse(time))) return err('"time" must be a time');
  if (typeof level !== 'number' || level < 0 || level > 9) return err('"level" must be from 0 to 9');
  if (!COMPONENTS.some((known) => known === component))
    return err(`"component" must be one of ${COMPONENTS.join(' ')}`);
  if (typeof kind !== 'string') return err('"kind" must be a word');
  return ok(value as TraceEvent);
}

/** Kinds that hold what nobody else may see: the octets of connections and the secrets that open them. */
const CAPTURED: ReadonlySet<string> = new Set(['wire.octets', 'tls.secret']);

/** Whether an event holds what was captured on purpose. */
export function isCaptured({ kind }: TraceEvent): boolean {
  return CAPTURED.has(kind);
}

/** The events without what was captured on purpose, for whoever gets the file. */
export function withoutCapture(events: readonly TraceEvent[]): TraceEvent[] {
  return events.filter((event) => !isCaptured(event));
}

/** An event as a line for people: time, level, component, kind, and the rest by name. */
export function logLine({ seq: _seq, mono: _mono, time, level, component, kind, ...fields }: TraceEvent): string {
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return `${time} ${level} ${component} ${kind} ${rest.join(' ')}`.trimEnd();
}
