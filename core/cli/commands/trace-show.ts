import { logLine } from '../../trace/trace-file.ts';
import { EXIT, type Command } from '../command.ts';
import { readTraceInput, TRACE_FILTER_HELP, TRACE_FILTERS } from '../trace-input.ts';

/** Shows a saved trace as a log. */
export const traceShowCommand: Command = {
  name: 'trace show',
  arguments: 'FILE',
  summary: 'shows a saved trace as a log for people',
  options: TRACE_FILTERS,
  help: TRACE_FILTER_HELP,
  async run(context) {
    const events = await readTraceInput(context);
    for (const event of events) {
      const text = typeof event.text === 'string' ? `\n${indented(event.text)}` : '';
      context.output.event('trace', { trace: event }, `${logLine({ ...event, text: undefined })}${text}`);
    }
    context.output.success({ events: events.length }, events.length === 0 ? 'no event fits' : '');
    return EXIT.done;
  },
};

function indented(message: string): string {
  return message
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => `    ${line}`)
    .join('\n');
}
