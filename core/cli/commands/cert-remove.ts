import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AUTHORITY_FILES } from '../../io/authority-files.ts';
import { RECORD_FOLDERS, REVOCATION_LIST_FILE } from '../../io/issued-certificates.ts';
import {
  certificateFolder,
  findAuthorityFolder,
  noAuthority,
  notice,
  onePositional,
  writing,
} from '../authority-access.ts';
import { CommandFailure, EXIT, UsageError, type Command, type CommandContext } from '../command.ts';
import { askLine, canAsk } from '../prompt.ts';

/** What we and gentls_cert keep in the folder of an authority. */
const OWN_FILES: readonly string[] = [
  ...Object.values(AUTHORITY_FILES),
  ...Object.values(RECORD_FOLDERS),
  REVOCATION_LIST_FILE,
  'config.tpl',
  'cacert.srl',
];

/** Deletes an authority. */
export const certRemoveCommand: Command = {
  name: 'cert remove',
  arguments: '[--dir DIR] [--yes]',
  summary: 'deletes the authority in DIR/CA; cafile.pem and the certificates that it issued stay',
  options: { dir: { type: 'string' }, yes: { type: 'boolean' } },
  help: { dir: 'folder of the certificates, with CA in it (the current one)', yes: 'asks nobody' },
  async run(context) {
    if (onePositional(context, 'command') !== undefined) throw new UsageError('unexpected argument');
    const folder = await findAuthorityFolder(certificateFolder(context));
    const found = await readdir(folder).catch(() => []);
    if (!found.some((name) => OWN_FILES.includes(name))) throw new CommandFailure(noAuthority(folder));
    if (!(await agreed(context))) {
      context.output.success({ removed: false, folder }, 'Not deleting CA');
      return EXIT.done;
    }
    // The certificate last: whoever interrupts this can still see whose authority it was.
    const ours = found.filter((name) => OWN_FILES.includes(name)).sort((a, b) => rankOf(a) - rankOf(b));
    for (const name of ours) {
      await writing(join(folder, name), () => rm(join(folder, name), { recursive: true, force: true }));
    }
    const left = await readdir(folder).catch(() => []);
    if (left.length === 0) await rmdir(folder).catch(() => undefined);
    else notice(context, `Left in ${folder}, since it is not of the authority: ${left.slice(0, 10).join(', ')}`);
    context.output.success({ removed: true, folder, left }, `✓ ${folder}: removed`);
    return EXIT.done;
  },
};

async function agreed(context: CommandContext): Promise<boolean> {
  if (context.values.yes === true) return true;
  if (!canAsk()) throw new UsageError('there is no terminal to ask at: give --yes to delete the authority');
  const answer = await askLine('Are you sure you want to delete the CA? [YES to delete] ', context.signal);
  return answer === 'YES';
}

function rankOf(name: string): number {
  if (name === AUTHORITY_FILES.key) return 0;
  return name === AUTHORITY_FILES.certificate ? 2 : 1;
}
