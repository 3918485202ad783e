import { mkdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { writeFileAtomically } from '../io/atomic-file.ts';
import { FILE_MODE } from '../io/authority-files.ts';
import { FOLDER_FILES, loadCertificateFolder } from '../io/certificate-files.ts';
import { readFreeswitchFolder } from '../io/freeswitch-files.ts';
import { systemRandom } from '../io/node-random.ts';
import { importFreeswitch } from '../pbx/import/freeswitch.ts';
import type { ParameterNote } from '../pbx/import/freeswitch-profile.ts';
import { writePbxFolder, type WrittenPbx } from './pbx-folder.ts';

/** Where FreeSWITCH keeps certificates that no profile names a folder for, relative to its configuration. */
const USUAL_FOLDERS = ['tls', 'ssl', '../certs'] as const;

/** Makes a configuration in `folder` out of FreeSWITCH's, with its certificates where they can be used. */
export async function importPbxFolder(
  folder: string,
  options: {
    readonly freeswitch: string;
    readonly bind: string;
    readonly ips: readonly string[];
    readonly domain: string | undefined;
  },
): Promise<Result<WrittenPbx & { readonly domain: string; readonly notes: readonly ParameterNote[] }, Diagnosis>> {
  const { freeswitch, bind, ips } = options;
  const files = await readFreeswitchFolder(freeswitch, { local_ip_v4: bind, domain: bind });
  if (!files.ok) return files;
  const imported = importFreeswitch(files.value, { bind, random: systemRandom, domain: options.domain });
  if (!imported.ok) {
    return err({
      code: 'config.invalid',
      side: 'here',
      summary: imported.error,
      cure: 'Give the folder with freeswitch.xml of a FreeSWITCH that starts.',
      evidence: { folder: resolve(freeswitch) },
    });
  }
  const { text, domain, users, certificates } = imported.value;
  const notes = [
    ...imported.value.notes,
    ...files.value.notes.map((became) => ({ where: 'preprocessor', name: '', value: '', became })),
  ];
  const found = new Map<string, string>();
  for (const [profile, named] of certificates) {
    const candidates =
      named === undefined ? USUAL_FOLDERS.map((name) => join(freeswitch, name)) : [resolve(freeswitch, named)];
    const source = await firstUsable(candidates);
    if (source !== undefined) found.set(profile, source);
    notes.push({
      where: `profile ${profile}`,
      name: 'certificates',
      value: source ?? candidates[0] ?? '',
      became: source === undefined ? 'new ones were made: there were none that can be used' : 'copied',
    });
  }
  const profiles = [...certificates.keys()].filter((profile) => !found.has(profile));
  const written = await writePbxFolder(folder, { domain, bind, ips, profiles, text, users });
  if (!written.ok) return written;
  for (const [profile, source] of found) {
    const target = join(folder, 'ssl', profile);
    await mkdir(target, { recursive: true, mode: 0o700 });
    for (const name of [FOLDER_FILES.identity, FOLDER_FILES.trust]) await copy(source, name, target);
  }
  return ok({ ...written.value, domain, notes });
}

/** The first folder whose certificate and authorities can be read; a key with a passphrase counts. */
async function firstUsable(folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const loaded = await loadCertificateFolder(folder);
    if (loaded.ok || loaded.error.code === 'file.passphrase') return folder;
  }
  return undefined;
}

/** FreeSWITCH takes tls.pem for whichever of the two is missing; ours then has both. */
async function copy(source: string, name: string, target: string): Promise<void> {
  const content = await readFile(join(source, name)).catch(() => readFile(join(source, FOLDER_FILES.both)));
  const mode = name === FOLDER_FILES.identity ? FILE_MODE.secret : FILE_MODE.public;
  await writeFileAtomically(join(target, name), content, mode);
}
