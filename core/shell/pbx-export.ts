import { readFile } from 'node:fs/promises';
import type { Diagnosis } from '../base/diagnosis.ts';
import { ok, type Result } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import { loadCertificateFolder } from '../io/certificate-files.ts';
import { nodeDigestHash } from '../io/node-digest-hash.ts';
import { systemRandom } from '../io/node-random.ts';
import { readPemFile } from '../io/pem-file.ts';
import type { Exported, ExportSource } from '../pbx/export/exported.ts';
import { exportFreeswitch } from '../pbx/export/freeswitch.ts';
import { exportKamailio } from '../pbx/export/kamailio.ts';
import { packageRoot } from './package-root.ts';
import { certificateFolders, type PbxFolder } from './pbx-folder.ts';

/** The programs that a configuration can be written for. */
export const EXPORTS: Readonly<Record<'freeswitch' | 'kamailio', (source: ExportSource) => Exported>> = {
  freeswitch: exportFreeswitch,
  kamailio: (source) => exportKamailio(source, nodeDigestHash),
};

/** Writes the configuration of a switch as that of another program, with its certificates and their keys. */
export async function exportPbx(
  { configuration, folder }: PbxFolder,
  target: keyof typeof EXPORTS,
): Promise<Result<Exported, Diagnosis>> {
  const certificates = new Map<string, { readonly agent: string; readonly cafile: string }>();
  for (const [name, path] of certificateFolders(folder, configuration)) {
    const passphrase = configuration.profiles[name]?.['tls-passphrase'];
    const loaded = await loadCertificateFolder(path, passphrase === undefined ? undefined : new Secret(passphrase));
    if (!loaded.ok) return loaded;
    const agent = await readPemFile(loaded.value.files.identity);
    if (!agent.ok) return agent;
    const cafile = await readPemFile(loaded.value.files.trust);
    if (!cafile.ok) return cafile;
    const text = ({ value }: typeof agent): string => value.blocks.map((block) => `${block.text.trim()}\n`).join('');
    certificates.set(name, { agent: text(agent), cafile: text(cafile) });
  }
  const holdMusic = await readFile(new URL('resources/sounds/hold-music.wav', packageRoot()));
  return ok(EXPORTS[target]({ configuration, certificates, holdMusic, random: systemRandom }));
}
