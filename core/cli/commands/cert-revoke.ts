import { readdir } from 'node:fs/promises';
import { join, resolve, dirname } from 'node:path';
import { FOLDER_FILES, readCertificateFile } from '../../io/certificate-files.ts';
import type { AuthorityInFolder } from '../../io/certificate-setup.ts';
import {
  listIssued,
  publishRevocations,
  recordIssued,
  recordRevocation,
  REVOCATION_LIST_FILE,
} from '../../io/issued-certificates.ts';
import { systemClock } from '../../io/node-clock.ts';
import type { CertificateView } from '../../tls/certificate-reader.ts';
import { REVOCATION_REASONS } from '../../tls/revocation-list-issuer.ts';
import { certificateFolder, findAuthorityFolder, notice, onePositional, openAuthority } from '../authority-access.ts';
import { CommandFailure, EXIT, number, text, UsageError, type Command } from '../command.ts';
import { PASSPHRASE_OPTIONS } from '../passphrase.ts';

const DAY_MS = 86_400_000;
/** A list that ended refuses everybody, so it lives long; every revocation writes a new one at once. */
const LIST_DAYS = 365;

/** Takes a certificate back. */
export const certRevokeCommand: Command = {
  name: 'cert revoke',
  arguments: '[FILE|SERIAL] [--reason REASON] [-days N] [-out FILE] [--dir DIR] [--passphrase ...]',
  summary: 'takes a certificate back, and writes the list crl.pem; without FILE only writes the list anew',
  oneDash: ['days', 'out'],
  options: {
    reason: { type: 'string' },
    days: { type: 'string' },
    out: { type: 'string' },
    dir: { type: 'string' },
    ...PASSPHRASE_OPTIONS,
  },
  help: {
    reason: `why: ${REVOCATION_REASONS.join(', ')}`,
    days: `until when the list holds (${LIST_DAYS}); after that nobody gets in until it is written anew`,
    out: 'one more file for the list; CA, DIR and the folders in it that trust the authority get it by themselves',
    dir: 'folder with CA in it (that of FILE, or the current one)',
    passphrase: 'of the authority; - reads it from standard input',
    'passphrase-file': 'file with the passphrase in its first line',
  },
  async run(context) {
    const target = onePositional(context, 'FILE');
    const reason = REVOCATION_REASONS.find(
      (one) => one.toLowerCase() === (text(context, 'reason') ?? 'unspecified').toLowerCase(),
    );
    if (reason === undefined) throw new UsageError(`--reason must be one of ${REVOCATION_REASONS.join(', ')}`);
    const days = number(context, 'days', { min: 1, max: 36_500 }) ?? LIST_DAYS;
    const isSerial = target !== undefined && /^(?:[0-9a-f]{2}:?){4,20}$/i.test(target);
    const start =
      text(context, 'dir') === undefined && target !== undefined && !isSerial
        ? resolve(target)
        : certificateFolder(context);
    const authority = await openAuthority(context, await findAuthorityFolder(start));
    const now = systemClock.wall();
    let revoked: CertificateView | undefined;
    if (target !== undefined) {
      revoked = isSerial ? await findSerial(authority, target) : await findFile(authority, resolve(target));
      const recorded = await recordRevocation(authority.authorityFolder, { serial: revoked.serial, at: now, reason });
      if (!recorded.ok) throw new CommandFailure(recorded.error);
      if (!recorded.value)
        notice(context, 'The certificate was revoked before; its date and reason stay as they were.');
    }
    const extra = text(context, 'out');
    const paths = [...(await listPlaces(authority)), ...(extra === undefined ? [] : [resolve(extra)])];
    const nextUpdate = now + days * DAY_MS;
    const published = await publishRevocations(authority.authority, authority.authorityFolder, paths, {
      now,
      nextUpdate,
    });
    if (!published.ok) throw new CommandFailure(published.error);
    context.output.success(
      {
        ...(revoked === undefined ? {} : { serial: revoked.serial, subject: revoked.subject, reason }),
        revoked: published.value.length,
        crl: paths,
        nextUpdate: new Date(nextUpdate).toISOString(),
      },
      [
        revoked === undefined ? '✓ the list was written anew' : `✓ ${revoked.subject} is revoked (${reason})`,
        ...paths.map((path) => `  ${path}`),
        `  ${published.value.length} on the list; write it anew (sotto cert revoke) before ${new Date(nextUpdate).toISOString().slice(0, 10)}`,
      ].join('\n'),
    );
    return EXIT.done;
  },
};

async function findSerial({ authorityFolder }: AuthorityInFolder, text: string): Promise<CertificateView> {
  const serial = text.toLowerCase().replace(/:/g, '').replace(/^0+(?=.)/, ''); // prettier-ignore
  const { records } = await listIssued(authorityFolder);
  const record = records.find(({ view }) => view.serial === serial);
  if (record !== undefined) return record.view;
  throw new CommandFailure({
    code: 'config.invalid',
    side: 'here',
    summary: `The authority issued no certificate with the serial number ${serial}.`,
    cure: 'Look it up with sotto cert list, or name the file of the certificate.',
    evidence: { serial, folder: authorityFolder },
  });
}

/** The certificate of a file; one that an older program issued is remembered from now on. */
async function findFile({ authority, authorityFolder }: AuthorityInFolder, path: string): Promise<CertificateView> {
  const file = await readCertificateFile(path);
  if (!file.ok) throw new CommandFailure(file.error);
  for (const { block, view } of file.value) {
    if (block.octets === undefined || view.isCa || !(await authority.signed(block.octets))) continue;
    return recordIssued(authorityFolder, block.text);
  }
  throw new CommandFailure({
    code: 'cert.unknown-ca',
    side: 'here',
    summary: `${path}: this authority did not issue any certificate in the file.`,
    cure: 'Have it revoked by its own authority.',
    evidence: { path, issuers: file.value.map(({ view }) => view.issuer) },
  });
}

/** Where listeners look for the list: beside each cafile.pem that trusts this authority. */
async function listPlaces({ authority, authorityFolder }: AuthorityInFolder): Promise<readonly string[]> {
  const parent = dirname(authorityFolder);
  const entries = await readdir(parent, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(parent, name));
  const places = [join(authorityFolder, REVOCATION_LIST_FILE)];
  for (const folder of [parent, ...folders]) {
    const trust = await readCertificateFile(join(folder, FOLDER_FILES.trust));
    const trusts = trust.ok && trust.value.some(({ block }) => block.text === authority.anchor);
    if (trusts) places.push(join(folder, REVOCATION_LIST_FILE));
  }
  return places;
}
