import { resolve } from 'node:path';
import { checkCertificateFolder } from '../../io/certificate-folder-check.ts';
import { systemClock } from '../../io/node-clock.ts';
import { daysLeft } from '../../tls/certificate-findings.ts';
import { certificateFolder, onePositional } from '../authority-access.ts';
import { findingText, purposesOf, remaining } from '../certificate-text.ts';
import { EXIT, text, type Command } from '../command.ts';
import { givenPassphrase, PASSPHRASE_OPTIONS } from '../passphrase.ts';
import { roleOf } from './cert-create.ts';

/** Checks a certificate folder. */
export const certCheckCommand: Command = {
  name: 'cert check',
  arguments: '[DIR] [--role server,client] [--name NAME]',
  summary: 'checks a folder of certificates the way the listener will: agent.pem, cafile.pem, crl.pem, wss.pem',
  options: { dir: { type: 'string' }, role: { type: 'string' }, name: { type: 'string' }, ...PASSPHRASE_OPTIONS },
  help: {
    dir: 'the same as DIR',
    role: 'what it is used for: server, client, or server,client (server)',
    name: 'name or address that others dial',
    passphrase: 'of the private key; - reads it from standard input',
    'passphrase-file': 'file with the passphrase in its first line',
  },
  async run(context) {
    const given = onePositional(context, 'DIR');
    const folder = given === undefined ? certificateFolder(context) : resolve(given);
    const now = systemClock.wall();
    const { chain, findings } = await checkCertificateFolder(folder, {
      role: roleOf(context) ?? 'server',
      name: text(context, 'name'),
      passphrase: await givenPassphrase(context),
      now,
    });
    const [leaf] = chain;
    const fields = {
      folder,
      chain: chain.map((view) => ({
        subject: view.subject,
        issuer: view.issuer,
        san: view.san,
        notBefore: view.notBefore,
        notAfter: view.notAfter,
        daysLeft: daysLeft(view, now),
        keyType: view.keyType,
        keyBits: view.keyBits ?? null,
        signature: view.signature,
        eku: view.eku,
        sha256: view.sha256,
      })),
      findings,
    };
    const errors = findings.filter(({ severity }) => severity === 'error');
    for (const finding of findings) context.output.event('finding', { ...finding }, findingText(finding));
    if (errors.length > 0) {
      const diagnosis = errors.map(({ severity: _severity, ...one }) => one);
      context.output.event('result', { ok: false, ...fields, diagnosis }, `✗ ${folder}: not usable`);
      return EXIT.failed;
    }
    const summary = leaf === undefined ? '' : `: ${leaf.subject}, for ${purposesOf(leaf)}, ${remaining(leaf, now)}`;
    context.output.success(fields, `✓ ${folder}${summary}`);
    return EXIT.done;
  },
};
