import type { RequestHandlers, TraceRequestName } from '../api/contract.ts';
import type { Clock } from '../base/clock.ts';
import type { TraceJournal } from '../trace/trace-journal.ts';
import type { TraceLevel, Tracer } from '../trace/tracer.ts';

/** Answers what windows ask of the trace. */
export function traceRequests(
  tracer: Tracer,
  journal: TraceJournal,
  clock: Clock,
): Pick<RequestHandlers, TraceRequestName> {
  return {
    'trace.read': (input) => {
      const { events, next, more } = journal.read(input);
      const left = tracer.captureLeftMs;
      return Promise.resolve({
        events: [...events],
        next,
        more,
        level: journal.level,
        capturedUntil: left === 0 ? null : clock.wall() + left,
      });
    },
    'trace.level': ({ level }) => {
      // The schema has let nothing else through.
      journal.level = level as TraceLevel;
      return Promise.resolve(null);
    },
    'trace.capture': ({ minutes }) => {
      tracer.capture(minutes * 60_000);
      return Promise.resolve(null);
    },
  };
}
