import { join, resolve } from 'node:path';
import { Secret } from '../../base/secret.ts';
import { FOLDER_FILES } from '../../io/certificate-files.ts';
import { renewIdentity } from '../../io/certificate-setup.ts';
import { systemClock } from '../../io/node-clock.ts';
import { DEFAULT_DAYS } from '../../tls/certificate-options.ts';
import { certificateFolder, findAuthorityFolder, onePositional, openAuthority } from '../authority-access.ts';
import { remaining } from '../certificate-text.ts';
import { CommandFailure, EXIT, number, text, type Command } from '../command.ts';
import { PASSPHRASE_OPTIONS } from '../passphrase.ts';
import { askSecret, canAsk } from '../prompt.ts';

/** Issues a certificate again. */
export const certRenewCommand: Command = {
  name: 'cert renew',
  arguments: '[FILE] [-days N] [--keep-key] [--dir DIR] [--passphrase ...]',
  summary:
    'replaces a certificate by a new one with the same names, role and kind of key; switches notice by themselves',
  oneDash: ['days'],
  options: {
    days: { type: 'string' },
    'keep-key': { type: 'boolean' },
    'key-passphrase': { type: 'string' },
    dir: { type: 'string' },
    ...PASSPHRASE_OPTIONS,
  },
  help: {
    days: `how long the new one is valid (${DEFAULT_DAYS.certificate})`,
    'keep-key': 'keeps the private key; else there is a new one, too',
    'key-passphrase': 'of the private key in FILE, where it has one; the new key gets the same',
    dir: 'folder with CA in it (that of FILE, or the one above)',
    passphrase: 'of the authority; - reads it from standard input',
    'passphrase-file': 'file with the passphrase in its first line',
  },
  async run(context) {
    const file = onePositional(context, 'FILE');
    const path = file === undefined ? join(certificateFolder(context), FOLDER_FILES.identity) : resolve(file);
    const start = text(context, 'dir') === undefined ? path : certificateFolder(context);
    const authority = await openAuthority(context, await findAuthorityFolder(start));
    const given = text(context, 'key-passphrase');
    if (given !== undefined) process.title = 'sotto cert';
    const options = {
      days: number(context, 'days', { min: 1, max: 2_900_000 }),
      keepKey: context.values['keep-key'] === true,
    };
    const renew = (passphrase: Secret | undefined): ReturnType<typeof renewIdentity> =>
      renewIdentity(path, authority, { ...options, passphrase });
    let renewed = await renew(given === undefined ? undefined : new Secret(given));
    if (!renewed.ok && renewed.error.code === 'file.passphrase' && given === undefined && canAsk()) {
      const typed = await askSecret('Passphrase of the private key: ', context.signal);
      if (typed !== undefined) renewed = await renew(typed);
    }
    if (!renewed.ok) throw new CommandFailure(renewed.error);
    const { before, after } = renewed.value;
    const { subject, san, eku, serial, notAfter, sha256 } = after;
    context.output.success(
      { file: path, subject, san, eku, serial, notAfter, sha256, replaces: before.serial, keptKey: options.keepKey },
      `✓ ${path}: ${subject}, ${remaining(after, systemClock.wall())} (serial ${serial}, before ${before.serial})`,
    );
    return EXIT.done;
  },
};
