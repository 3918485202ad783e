import type { Diagnosis } from '../base/diagnosis.ts';
import { ok, type Result } from '../base/result.ts';
import { recordTrace } from '../io/trace-recorder.ts';
import { logLine } from '../trace/trace-file.ts';
import type { TraceLevel, Tracer } from '../trace/tracer.ts';

/** Levels that `-v` … `-vvvv` turn on. */
const LEVELS: readonly TraceLevel[] = [0, 3, 5, 7, 9];

/** How long a program may show octets and secrets of its connections when it is asked to. */
const CAPTURE_MS = 10 * 60_000;

/** What becomes of the trace of a program. */
export interface TraceLogOptions {
  /** 0 to 4: how often `-v` was given. */
  readonly verbosity: number;
  /** File that gets every event. */
  readonly file?: string | undefined;
  /** Whether the file gets the octets of the connections of its first ten minutes, and the secrets of their TLS. */
  readonly capture?: boolean | undefined;
}

/**
 * Writes the trace as lines for people to standard error, where the level follows the number of `-v`, and whole to a file.
 * Fails where the file cannot be written; the function returned ends both.
 */
export function logTrace(tracer: Tracer, options: TraceLogOptions): Result<() => void, Diagnosis> {
  const { verbosity, file, capture } = options;
  const recording = file === undefined ? ok(() => undefined) : recordTrace(tracer, file);
  if (!recording.ok) return recording;
  if (file !== undefined && capture === true) tracer.capture(CAPTURE_MS);
  const level = LEVELS[Math.min(verbosity, LEVELS.length - 1)] ?? 0;
  tracer.setLevel('all', level);
  // Also where nothing is asked for now: the level may be raised while the program runs.
  const stopLog = tracer.subscribe((event) => void process.stderr.write(`${logLine(event)}\n`));
  return ok(() => {
    stopLog();
    recording.value();
  });
}
