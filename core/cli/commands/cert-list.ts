import { resolve } from 'node:path';
import { systemClock } from '../../io/node-clock.ts';
import { listIssued } from '../../io/issued-certificates.ts';
import { daysLeft } from '../../tls/certificate-findings.ts';
import { certificateFolder, findAuthorityFolder, onePositional, warn } from '../authority-access.ts';
import { purposesOf, remaining } from '../certificate-text.ts';
import { EXIT, type Command } from '../command.ts';

/** Lists what an authority issued. */
export const certListCommand: Command = {
  name: 'cert list',
  arguments: '[DIR]',
  summary: 'lists the certificates that the authority in DIR/CA issued, those that end first before the others',
  options: { dir: { type: 'string' } },
  help: { dir: 'the same as DIR' },
  async run(context) {
    const given = onePositional(context, 'DIR');
    const folder = await findAuthorityFolder(given === undefined ? certificateFolder(context) : resolve(given));
    const { records, problems } = await listIssued(folder);
    for (const problem of problems) warn(context, problem);
    const now = systemClock.wall();
    const certificates = records.map(({ view, revocation }) => ({
      serial: view.serial,
      subject: view.subject,
      san: view.san,
      role: view.eku.flatMap((purpose) => ROLES[purpose] ?? []),
      notBefore: view.notBefore,
      notAfter: view.notAfter,
      daysLeft: daysLeft(view, now),
      revoked:
        revocation === undefined ? null : { at: new Date(revocation.at).toISOString(), reason: revocation.reason },
      sha256: view.sha256,
    }));
    const lines = records.map(({ view, revocation }) => {
      const state = revocation === undefined ? remaining(view, now) : `revoked (${revocation.reason})`;
      return `${view.serial}  ${view.subject}  ${purposesOf(view)}  ${state}`;
    });
    context.output.success(
      { folder, certificates },
      lines.length === 0 ? `${folder}: nothing was issued` : lines.join('\n'),
    );
    return EXIT.done;
  },
};

const ROLES: Readonly<Record<string, string>> = { serverAuth: 'server', clientAuth: 'client' };
