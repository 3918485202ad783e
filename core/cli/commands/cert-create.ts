import { dirname, join, resolve } from 'node:path';
import { FOLDER_FILES } from '../../io/certificate-files.ts';
import { issueInto } from '../../io/certificate-setup.ts';
import { systemClock } from '../../io/node-clock.ts';
import { readPemFile } from '../../io/pem-file.ts';
import { DEFAULT_DAYS, LONGEST_DAYS, type CertificateRole } from '../../tls/certificate-options.ts';
import { isCertificateLabel, type CertificateView } from '../../tls/certificate-reader.ts';
import { certificateFolder, findAuthorityFolder, notice, onePositional, openAuthority } from '../authority-access.ts';
import { GENTLS_OPTIONS, givenNames, NAME_OPTIONS } from '../certificate-names.ts';
import { purposesOf, remaining } from '../certificate-text.ts';
import {
  choice,
  CommandFailure,
  EXIT,
  number,
  text,
  UsageError,
  type Command,
  type CommandContext,
} from '../command.ts';
import { PASSPHRASE_OPTIONS } from '../passphrase.ts';

const DAY_MS = 86_400_000;

/** Issues a certificate for a server. */
export const certCreateServerCommand: Command = createCommand('cert create_server', 'server', FOLDER_FILES.identity);

/** The same by the name that gentls_cert does not document. */
export const certCreateCommand: Command = createCommand('cert create', 'server', FOLDER_FILES.identity);

/** Issues a certificate for a client. */
export const certCreateClientCommand: Command = createCommand('cert create_client', 'client', 'client.pem');

function createCommand(name: string, defaultRole: CertificateRole, defaultFile: string): Command {
  return {
    name,
    arguments: '[-cn NAME] [-alt DNS:NAME,IP:ADDRESS,URI:sip:NAME] [-org ORGANISATION] [-out FILE] [-days N] [options]',
    summary: `issues a certificate for a ${defaultRole}: certificate and key in DIR/${defaultFile}`,
    oneDash: GENTLS_OPTIONS,
    options: {
      ...NAME_OPTIONS,
      out: { type: 'string' },
      days: { type: 'string' },
      key: { type: 'string' },
      role: { type: 'string' },
      dir: { type: 'string' },
      yes: { type: 'boolean' },
      ...PASSPHRASE_OPTIONS,
    },
    help: {
      cn: 'commonName; the first alternative name where left out',
      alt: 'alternative names as OpenSSL writes them: DNS:, IP:, URI:, with commas; may be given more than once',
      org: 'organisation',
      out: `file, in DIR where it is relative (${defaultFile})`,
      days: `how long it is valid (${DEFAULT_DAYS.certificate}; some devices refuse more than ${LONGEST_DAYS})`,
      ip: 'address that is dialled; may be given more than once',
      uri: 'such as sip:example.com; may be given more than once',
      key: 'kind of key: ec (P-256) or rsa (2048 bits, for old devices)',
      role: `server, client, or server,client for a node that dials and is dialled (${defaultRole})`,
      dir: 'folder of the certificates, with CA in it (the current one)',
      yes: 'overwrites FILE even where it holds something else than a certificate',
      passphrase: 'of the authority; - reads it from standard input',
      'passphrase-file': 'file with the passphrase in its first line',
    },
    async run(context) {
      if (onePositional(context, 'command') !== undefined) throw new UsageError('unexpected argument');
      const role = roleOf(context) ?? defaultRole;
      const { commonName, names } = givenNames(context, role);
      const days = number(context, 'days', { min: 1, max: 2_900_000 });
      const keyType = choice(context, 'key', ['ec', 'rsa']);
      const folder = certificateFolder(context);
      const path = resolve(folder, text(context, 'out') ?? defaultFile);
      const authority = await openAuthority(context, await findAuthorityFolder(folder));
      const replaced = await whatIsThere(context, path);
      const organization = text(context, 'org');
      const issued = await issueInto(path, authority, { commonName, organization, role, days, keyType, ...names });
      if (!issued.ok) {
        if (issued.error.code === 'config.invalid') throw new UsageError(issued.error.summary);
        throw new CommandFailure(issued.error);
      }
      tellAboutLife(context, issued.value, days, role);
      const cafile = join(dirname(path), FOLDER_FILES.trust);
      const { serial, subject, san, eku, notAfter, keyType: key, sha256 } = issued.value;
      const now = systemClock.wall();
      context.output.success(
        {
          file: path,
          cafile,
          subject,
          san,
          role: rolesOf(role),
          serial,
          eku,
          notAfter,
          keyType: key,
          sha256,
          replaced,
        },
        [
          `✓ ${subject}, for ${purposesOf(issued.value)}, ${remaining(issued.value, now)}`,
          `  names        ${san.join(', ') || 'none'}`,
          `  certificate and key  ${path}${replaced ? ' (replaced)' : ''}`,
        ].join('\n'),
      );
      return EXIT.done;
    },
  };
}

/** `--role` as the certificates know it; throws {@link UsageError} for other words. */
export function roleOf(context: CommandContext): CertificateRole | undefined {
  const given = text(context, 'role');
  if (given === undefined) return undefined;
  const words = new Set(given.toLowerCase().split(/[,|]/).map((word) => word.trim())); // prettier-ignore
  const unknown = [...words].find((word) => word !== 'server' && word !== 'client');
  if (unknown !== undefined) throw new UsageError(`--role must be server, client or server,client, not "${given}"`);
  return words.size === 2 ? 'both' : words.has('server') ? 'server' : 'client';
}

function rolesOf(role: CertificateRole): readonly string[] {
  return role === 'both' ? ['server', 'client'] : [role];
}

/** Whether a certificate will be replaced; refuses to replace anything else. */
async function whatIsThere(context: CommandContext, path: string): Promise<boolean> {
  const file = await readPemFile(path);
  if (!file.ok) {
    if (file.error.code === 'file.missing') return false;
    if (file.error.code === 'file.unreadable') throw new CommandFailure(file.error);
  }
  const own = file.ok && file.value.blocks.some(({ label }) => isCertificateLabel(label));
  const hasKey = file.ok && file.value.blocks.some(({ label }) => label.endsWith('PRIVATE KEY'));
  if (!(own && hasKey) && context.values.yes !== true) {
    throw new CommandFailure({
      code: 'config.conflict',
      side: 'here',
      summary: `${path} is there already, and is no certificate with its key; it was not overwritten.`,
      cure: 'Choose another file with -out, or give --yes.',
      evidence: { path },
    });
  }
  return true;
}

function tellAboutLife(
  context: CommandContext,
  { notBefore, notAfter }: CertificateView,
  days: number | undefined,
  role: CertificateRole,
): void {
  const life = (Date.parse(notAfter) - Date.parse(notBefore)) / DAY_MS;
  if (life > LONGEST_DAYS && role !== 'client') {
    notice(context, `Apple's devices refuse servers whose certificate lives longer than ${LONGEST_DAYS} days.`);
  }
  const left = (Date.parse(notAfter) - systemClock.wall()) / DAY_MS;
  if (left + 1 < (days ?? DEFAULT_DAYS.certificate)) {
    notice(context, `The certificate ends on ${notAfter.slice(0, 10)}, together with its authority.`);
  }
}
