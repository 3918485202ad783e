import { readPbxFolder, problemDiagnosis } from '../../shell/pbx-folder.ts';
import { EXIT, UsageError, type Command } from '../command.ts';

/** Validates a configuration. */
export const pbxCheckCommand: Command = {
  name: 'pbx check',
  arguments: 'FILE',
  summary: 'validates a configuration: every mistake with line, column, what was expected',
  options: {},
  help: {},
  async run(context) {
    const [file] = context.positionals;
    if (file === undefined || context.positionals.length > 1) throw new UsageError('one FILE is needed');
    const read = await readPbxFolder(file);
    if (!read.ok) {
      context.output.failure(read.error.map((problem) => problemDiagnosis(file, problem)));
      return EXIT.usage;
    }
    const { profiles, users } = read.value.configuration;
    const notices = Object.entries(profiles).flatMap(([name, profile]) =>
      (profile['tls-version']?.notices ?? []).map((notice) => ({ profile: name, notice })),
    );
    for (const { profile, notice } of notices)
      context.output.event('notice', { profile, notice }, `! ${profile}: ${notice}`);
    const counts = { profiles: Object.keys(profiles).length, users: Object.keys(users).length };
    context.output.success(counts, `✓ ${file}: ${counts.profiles} profiles, ${counts.users} users`);
    return EXIT.done;
  },
};
