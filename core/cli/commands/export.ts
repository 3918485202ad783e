import { mkdir, readdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { writeFileAtomically } from '../../io/atomic-file.ts';
import { FILE_MODE } from '../../io/authority-files.ts';
import { EXPORTS, exportPbx } from '../../shell/pbx-export.ts';
import { writing } from '../authority-access.ts';
import { CommandFailure, EXIT, UsageError, type Command } from '../command.ts';
import { CONFIG_HELP, CONFIG_OPTION, readConfig } from '../pbx-file.ts';

/** Writes the configuration of the switch as that of a program for more. */
function exportCommand(target: keyof typeof EXPORTS, summary: string, start: (folder: string) => string): Command {
  return {
    name: `export ${target}`,
    arguments: 'DIR [--config FILE]',
    summary,
    options: CONFIG_OPTION,
    help: CONFIG_HELP,
    async run(context) {
      const [directory, ...more] = context.positionals;
      if (directory === undefined || more.length > 0) throw new UsageError('one DIR is needed');
      const pbx = await readConfig(context);
      if (pbx === EXIT.usage) return pbx;
      const folder = resolve(directory);
      await writing(folder, () => mkdir(folder, { recursive: true, mode: 0o700 }));
      if ((await readdir(folder)).length > 0) {
        throw new CommandFailure({
          code: 'config.conflict',
          side: 'here',
          summary: 'The folder is not empty; nothing was changed.',
          cure: 'Choose a folder that is new or empty.',
          evidence: { folder },
        });
      }
      const exported = await exportPbx(pbx, target);
      if (!exported.ok) throw new CommandFailure(exported.error);
      const { files, notes } = exported.value;
      for (const { path, content } of files) {
        const file = join(folder, path);
        await writing(file, async () => {
          await mkdir(dirname(file), { recursive: true, mode: 0o700 });
          await writeFileAtomically(file, content, FILE_MODE.secret);
        });
      }
      for (const note of notes) context.output.event('notice', { notice: note }, `! ${note}`);
      context.output.success(
        { folder, files: files.map(({ path }) => path), notes },
        `✓ ${folder}: ${files.length} files, with passwords and keys, readable by you alone\n  ${start(folder)}`,
      );
      return EXIT.done;
    },
  };
}

export const exportFreeswitchCommand = exportCommand(
  'freeswitch',
  'writes a FreeSWITCH configuration with the same users, certificates, profiles, numbers and policies',
  (folder) => `start it with: freeswitch -nonat -conf ${folder}`,
);

export const exportKamailioCommand = exportCommand(
  'kamailio',
  'writes a Kamailio configuration with the same users, certificates, profiles and policies',
  (folder) => `start it with: kamailio -f ${join(folder, 'kamailio.cfg')}`,
);
