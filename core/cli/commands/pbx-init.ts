import { join, resolve } from 'node:path';
import { isNumericHost } from '../../base/address.ts';
import { EXTERNAL_PROFILE, INITIAL_USERS, INTERNAL_PROFILE } from '../../pbx/initial-configuration.ts';
import { createPbxFolder } from '../../shell/pbx-folder.ts';
import { CommandFailure, EXIT, text, UsageError, type Command } from '../command.ts';

/** Writes a configuration of the switch that works. */
export const pbxInitCommand: Command = {
  name: 'pbx init',
  arguments: 'DIR [options]',
  summary: 'writes a ready configuration: certificates, users 1000 to 1019, random passwords',
  options: {
    domain: { type: 'string' },
    ip: { type: 'string', multiple: true },
    bind: { type: 'string' },
  },
  help: {
    domain: 'domain of the users, and a name in the certificates (sotto.localhost)',
    ip: 'address to put into the certificates, beside the one to listen on; may be given more than once',
    bind: 'address to listen on (127.0.0.1)',
  },
  async run(context) {
    const [directory] = context.positionals;
    if (directory === undefined || context.positionals.length > 1) throw new UsageError('one DIR is needed');
    const domain = text(context, 'domain') ?? 'sotto.localhost';
    const bind = text(context, 'bind') ?? '127.0.0.1';
    const ips = (Array.isArray(context.values.ip) ? context.values.ip : []).filter((ip) => typeof ip === 'string');
    const wrong = [bind, ...ips].find((address) => !isNumericHost(address));
    if (wrong !== undefined) throw new UsageError(`"${wrong}" is no IP address`);
    if (!/^(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(domain)) throw new UsageError(`"${domain}" is no domain`);
    const folder = resolve(directory);
    const created = await createPbxFolder(folder, {
      domain,
      bind,
      ips,
      profiles: [INTERNAL_PROFILE, EXTERNAL_PROFILE],
      users: INITIAL_USERS,
    });
    if (!created.ok) throw new CommandFailure(created.error);
    const { config, ca, users } = created.value;
    context.output.success(
      { config, ca, domain, users },
      [
        `✓ ${config}`,
        `  authority for the phones: ${ca}`,
        `  users ${INITIAL_USERS[0] ?? ''} to ${INITIAL_USERS.at(-1) ?? ''}; their passwords are in the file`,
        `  start it with: sotto pbx --config ${join(directory, 'sotto-pbx.yaml')}`,
      ].join('\n'),
    );
    return EXIT.done;
  },
};
