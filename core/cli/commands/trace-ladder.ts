import { formatLadder, ladder } from '../../trace/ladder.ts';
import { EXIT, type Command } from '../command.ts';
import { readTraceInput, TRACE_FILTER_HELP, TRACE_FILTERS } from '../trace-input.ts';

/** Draws the messages of a saved trace. */
export const traceLadderCommand: Command = {
  name: 'trace ladder',
  arguments: 'FILE',
  summary: 'draws who sent what to whom, message by message, with the state of TLS and media',
  options: TRACE_FILTERS,
  help: TRACE_FILTER_HELP,
  async run(context) {
    const drawn = ladder(await readTraceInput(context));
    for (const row of drawn.rows) context.output.event('row', { row }, '');
    const text = drawn.rows.length === 0 ? 'no message fits' : formatLadder(drawn).trimEnd();
    context.output.success({ parties: drawn.parties, rows: drawn.rows.length }, text);
    return EXIT.done;
  },
};
