import { writeFileAtomically } from '../../io/atomic-file.ts';
import { diagnoseFileError } from '../../io/file-diagnosis.ts';
import { productToken } from '../../shell/core-ports.ts';
import { VERSION } from '../../shell/version.ts';
import { captureFile } from '../../trace/capture-file.ts';
import { withoutCapture } from '../../trace/trace-file.ts';
import { CommandFailure, EXIT, text, type Command } from '../command.ts';
import { readTraceInput, TRACE_FILTER_HELP, TRACE_FILTERS } from '../trace-input.ts';

/** Turns a saved trace into a capture file. */
export const tracePcapngCommand: Command = {
  name: 'trace pcapng',
  arguments: 'FILE',
  summary: 'writes a saved trace as a capture file for Wireshark; with what --capture kept, TLS and its secrets, too',
  options: { ...TRACE_FILTERS, out: { type: 'string' }, redact: { type: 'boolean' } },
  help: {
    ...TRACE_FILTER_HELP,
    out: 'capture file to write; FILE.pcapng where it is not given',
    redact: 'leaves out captured octets and TLS secrets: only messages, their secrets masked',
  },
  async run(context) {
    const read = await readTraceInput(context);
    const events = context.values.redact === true ? withoutCapture(read) : read;
    const [file = ''] = context.positionals;
    const out = text(context, 'out') ?? `${file.replace(/\.[^./\\]+$/, '')}.pcapng`;
    const content = captureFile(events, productToken(VERSION));
    try {
      await writeFileAtomically(out, content, 0o600);
    } catch (error) {
      throw new CommandFailure(diagnoseFileError(out, error));
    }
    const secrets = events.some(({ kind }) => kind === 'tls.secret');
    context.output.success(
      { file: out, octets: content.length, secrets },
      `✓ ${out}${secrets ? '\n! It holds the secrets of its TLS connections: whoever has it can read them.' : ''}`,
    );
    return EXIT.done;
  },
};
