import { problemDiagnosis, readPbxFolder, type PbxFolder } from '../shell/pbx-folder.ts';
import { EXIT, text, type CommandContext, type CommandOptions } from './command.ts';

/** The configuration where none is named. */
const DEFAULT_FILE = 'sotto-pbx.yaml';

export const CONFIG_OPTION = { config: { type: 'string' } } as const satisfies CommandOptions;
export const CONFIG_HELP = { config: 'configuration (sotto-pbx.yaml); "sotto pbx init DIR" writes one' } as const;

/** Reads the configuration that `--config` names; where it is wrong, says so and gives the exit code. */
export async function readConfig(context: CommandContext): Promise<PbxFolder | typeof EXIT.usage> {
  const file = text(context, 'config') ?? DEFAULT_FILE;
  const read = await readPbxFolder(file);
  if (read.ok) return read.value;
  context.output.failure(read.error.map((problem) => problemDiagnosis(file, problem)));
  return EXIT.usage;
}
