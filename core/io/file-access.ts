import { execFile } from 'node:child_process';
import type { Stats } from 'node:fs';
import { exposedBy } from './windows-access.ts';

const READABLE_BY_OTHERS = 0o004;
const WRITABLE_BY_OTHERS = 0o002;

/**
 * Who else can get at a file that only its owner should: `undefined` where nobody, else a short reason. On Unix by mode and
 * owner (a group may read: that is how a service that does not run as root gets its key), on Windows by the access list.
 */
export function exposureOf(path: string, status: Stats): Promise<string | undefined> {
  if (process.platform === 'win32') return windowsExposure(path);
  return Promise.resolve(unixExposure(status, process.getuid?.() ?? 0));
}

function unixExposure({ mode, uid }: Stats, ownUid: number): string | undefined {
  const octal = (mode & 0o777).toString(8).padStart(3, '0');
  if ((mode & READABLE_BY_OTHERS) !== 0) return `mode ${octal}: every user may read it`;
  if ((mode & WRITABLE_BY_OTHERS) !== 0) return `mode ${octal}: every user may replace it`;
  // Root may look after the files of a service that runs as somebody else.
  const foreign = ownUid !== 0 && uid !== 0 && uid !== ownUid;
  return foreign ? `it belongs to the user ${uid}, and this program runs as ${ownUid}` : undefined;
}

/** The list in the security descriptor language, which no translation of Windows changes. */
function windowsExposure(path: string): Promise<string | undefined> {
  const script = '(Get-Acl -LiteralPath $env:SOTTO_ACL_PATH).Sddl';
  return new Promise((resolve) => {
    execFile(
      'powershell.exe',
      ['-NoProfile', '-NonInteractive', '-Command', script],
      { env: { ...process.env, SOTTO_ACL_PATH: path }, timeout: 10_000, windowsHide: true },
      (error, stdout) => {
        // A machine on which the question cannot be asked gets no answer rather than a false alarm.
        resolve(error === null ? exposedBy(stdout) : undefined);
      },
    );
  });
}
