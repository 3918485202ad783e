import { resolve } from 'node:path';
import { isNumericHost } from '../../base/address.ts';
import { EXTERNAL_PROFILE, INITIAL_USERS, INTERNAL_PROFILE } from '../../pbx/initial-configuration.ts';
import { importPbxFolder } from '../../shell/freeswitch-import.ts';
import { createPbxFolder } from '../../shell/pbx-folder.ts';
import { CommandFailure, EXIT, text, UsageError, type Command, type CommandContext } from '../command.ts';

const DEFAULT_DOMAIN = 'sotto.localhost';

/** Writes a configuration of the switch that works. */
export const pbxInitCommand: Command = {
  name: 'pbx init',
  arguments: 'DIR [options]',
  summary: 'writes a ready configuration: certificates, users 1000 to 1019, random passwords',
  options: {
    domain: { type: 'string' },
    ip: { type: 'string', multiple: true },
    bind: { type: 'string' },
    'from-freeswitch': { type: 'string' },
  },
  help: {
    domain: 'domain of the users, and a name in the certificates (sotto.localhost)',
    ip: 'address to put into the certificates, beside the one to listen on; may be given more than once',
    bind: 'address to listen on (127.0.0.1)',
    'from-freeswitch':
      'folder with freeswitch.xml: its users, profiles and certificates; says what became of each parameter',
  },
  async run(context) {
    const [directory] = context.positionals;
    if (directory === undefined || context.positionals.length > 1) throw new UsageError('one DIR is needed');
    const domain = text(context, 'domain');
    const bind = text(context, 'bind') ?? '127.0.0.1';
    const ips = (Array.isArray(context.values.ip) ? context.values.ip : []).filter((ip) => typeof ip === 'string');
    const wrong = [bind, ...ips].find((address) => !isNumericHost(address));
    if (wrong !== undefined) throw new UsageError(`"${wrong}" is no IP address`);
    if (domain !== undefined && !/^(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(domain))
      throw new UsageError(`"${domain}" is no domain`);
    const folder = resolve(directory);
    const freeswitch = text(context, 'from-freeswitch');
    if (freeswitch !== undefined) return importFrom(context, folder, { freeswitch, bind, ips, domain });
    const created = await createPbxFolder(folder, {
      domain: domain ?? DEFAULT_DOMAIN,
      bind,
      ips,
      profiles: [INTERNAL_PROFILE, EXTERNAL_PROFILE],
      users: INITIAL_USERS,
    });
    if (!created.ok) throw new CommandFailure(created.error);
    const { config, ca, users } = created.value;
    context.output.success(
      { config, ca, domain: domain ?? DEFAULT_DOMAIN, users },
      [
        `✓ ${config}`,
        `  authority for the phones: ${ca}`,
        `  users ${INITIAL_USERS[0] ?? ''} to ${INITIAL_USERS.at(-1) ?? ''}; their passwords are in the file`,
        `  start it with: sotto pbx --config ${config}`,
      ].join('\n'),
    );
    return EXIT.done;
  },
};

/** The same from a FreeSWITCH configuration, with an event for each parameter that it set. */
async function importFrom(
  { output }: CommandContext,
  folder: string,
  options: Parameters<typeof importPbxFolder>[1],
): Promise<number> {
  const imported = await importPbxFolder(folder, options);
  if (!imported.ok) throw new CommandFailure(imported.error);
  const { config, ca, domain, users, notes } = imported.value;
  for (const { where, name, value, became } of notes)
    output.event('parameter', { where, name, value, became }, `  ${where}: ${name}${value === '' ? '' : ` ${value}`} → ${became}`); // prettier-ignore
  output.success(
    { config, ca, domain, users, parameters: notes },
    [`✓ ${config}: ${users.length} users`, `  start it with: sotto pbx --config ${config}`].join('\n'),
  );
  return EXIT.done;
}
