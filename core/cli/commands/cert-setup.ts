import { mkdir, rename, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { writeFileAtomically } from '../../io/atomic-file.ts';
import { AUTHORITY_FILES, authorityContext, FILE_MODE, writeAuthority } from '../../io/authority-files.ts';
import { FOLDER_FILES } from '../../io/certificate-files.ts';
import { AUTHORITY_FOLDER } from '../../io/certificate-setup.ts';
import { systemClock } from '../../io/node-clock.ts';
import { CertificateAuthority } from '../../tls/certificate-authority.ts';
import { DEFAULT_DAYS } from '../../tls/certificate-options.ts';
import { readCertificates } from '../../tls/certificate-reader.ts';
import { certificateFolder, notice, onePositional, writing } from '../authority-access.ts';
import { GENTLS_OPTIONS, isHostName } from '../certificate-names.ts';
import { remaining } from '../certificate-text.ts';
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
import { givenPassphrase, PASSPHRASE_OPTIONS } from '../passphrase.ts';

/** Makes an authority. */
export const certSetupCommand: Command = {
  name: 'cert setup',
  arguments: '[-cn NAME] [-org ORGANISATION] [-days N] [--key ec|rsa] [--passphrase ...] [--dir DIR]',
  summary:
    'makes an authority of your own: DIR/CA/cacert.pem, DIR/CA/cakey.pem, and DIR/cafile.pem for who shall trust it',
  oneDash: GENTLS_OPTIONS,
  options: {
    cn: { type: 'string' },
    org: { type: 'string' },
    days: { type: 'string' },
    key: { type: 'string' },
    dir: { type: 'string' },
    ...PASSPHRASE_OPTIONS,
  },
  help: {
    cn: 'name of the authority; from a host name NAME it becomes "Authority of NAME", so that no certificate has the same',
    org: 'organisation',
    days: `how long it is valid (${DEFAULT_DAYS.authority})`,
    key: 'kind of key: ec (P-256) or rsa (2048 bits, for old devices)',
    dir: 'folder of the certificates (the current one)',
    passphrase: 'encrypts the key of the authority; - reads it from standard input',
    'passphrase-file': 'file with the passphrase in its first line',
  },
  async run(context) {
    if (onePositional(context, 'command') !== undefined) throw new UsageError('unexpected argument');
    const folder = certificateFolder(context);
    const wanted = text(context, 'cn') ?? hostname();
    const commonName = isHostName(wanted) || text(context, 'cn') === undefined ? `Authority of ${wanted}` : wanted;
    const passphrase = await givenPassphrase(context);
    const created = await CertificateAuthority.create(
      {
        commonName: commonName.slice(0, Math.max(64, wanted.length)),
        organization: text(context, 'org'),
        days: number(context, 'days', { min: 1, max: 2_900_000 }),
        keyType: choice(context, 'key', ['ec', 'rsa']),
      },
      authorityContext(() => systemClock.wall()),
    );
    if (!created.ok) throw new UsageError(created.error.summary);
    const authority = created.value;
    const authorityFolder = join(folder, AUTHORITY_FOLDER);
    await writing(folder, () => mkdir(folder, { recursive: true, mode: FILE_MODE.folder }));
    const written = await writeAuthority(authorityFolder, authority, passphrase);
    if (!written.ok) throw new CommandFailure(written.error);
    const cafile = join(folder, FOLDER_FILES.trust);
    await setAside(context, cafile, 'Copy from it what shall still be trusted.');
    // A list of another authority: a listener that found none of this one would refuse everybody.
    await setAside(context, join(folder, FOLDER_FILES.revocations), 'It was of another authority.');
    await writing(cafile, () => writeFileAtomically(cafile, authority.anchor, FILE_MODE.public));
    const views = readCertificates(authority.certificate);
    const view = views.ok ? views.value[0] : undefined;
    if (view === undefined) throw new Error('the certificate of a new authority cannot be read');
    const keyProtection = passphrase === undefined ? 'mode 600' : 'passphrase';
    const { subject, serial, notAfter, sha256, keyType } = view;
    context.output.success(
      {
        ca: join(authorityFolder, AUTHORITY_FILES.certificate),
        key: join(authorityFolder, AUTHORITY_FILES.key),
        cafile,
        subject,
        serial,
        notAfter,
        keyType,
        sha256,
        keyProtection,
      },
      [
        `✓ ${subject}, ${remaining(view, systemClock.wall())}`,
        `  certificate  ${join(authorityFolder, AUTHORITY_FILES.certificate)}`,
        `  key          ${join(authorityFolder, AUTHORITY_FILES.key)} (${
          passphrase === undefined
            ? 'not encrypted, only you can read it: mode 600; --passphrase encrypts it'
            : 'encrypted with the passphrase, AES-256'
        })`,
        `  to trust it  ${cafile}: give this file to every phone`,
      ].join('\n'),
    );
    return EXIT.done;
  },
};

/** What an authority before this one left is kept under another name. */
async function setAside(context: CommandContext, path: string, why: string): Promise<void> {
  const present = await stat(path).then(
    () => true,
    () => false,
  );
  if (!present) return;
  await writing(path, () => rename(path, `${path}.old`));
  notice(context, `${path} was there already; it is now ${path}.old. ${why}`);
}
