import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FOLDER_FILES } from '../../io/certificate-files.ts';
import { readBoundedFile } from '../../io/bounded-file.ts';
import { diagnoseFile } from '../../io/file-diagnosis.ts';
import { systemClock } from '../../io/node-clock.ts';
import { isEncrypted, isKeyLabel } from '../../io/identity-file.ts';
import { readPemFile } from '../../io/pem-file.ts';
import { isCertificateLabel, readCertificate, type CertificateView } from '../../tls/certificate-reader.ts';
import { certificateFolder, onePositional } from '../authority-access.ts';
import { certificateFields, certificateText } from '../certificate-text.ts';
import { CommandFailure, EXIT, type Command } from '../command.ts';

const LARGEST_CERTIFICATE = 64 * 1024;

/** What a file holds. */
interface ShownFile {
  readonly path: string;
  readonly certificates: readonly { readonly view: CertificateView; readonly der: Uint8Array }[];
  /** `undefined` where there is none. */
  readonly key: 'open' | 'encrypted' | undefined;
}

/** Shows certificates. */
export const certShowCommand: Command = {
  name: 'cert show',
  arguments: '[FILE|DIR]',
  summary:
    'shows the certificates of a file, PEM or DER, or of a folder (agent.pem and cafile.pem), as people read them',
  options: { dir: { type: 'string' } },
  help: { dir: 'the same as DIR' },
  async run(context) {
    const given = onePositional(context, 'FILE');
    const path = given === undefined ? certificateFolder(context) : resolve(given);
    const status = await stat(path).catch(() => undefined);
    const files = status?.isDirectory() === true ? await showFolder(path) : [await showFile(path)];
    const now = systemClock.wall();
    const certificates = files.flatMap((file) =>
      file.certificates.map(({ view, der }) => ({ file: file.path, ...certificateFields(view, der, now) })),
    );
    const keys = files.flatMap(({ path: file, key }) =>
      key === undefined ? [] : [{ file, encrypted: key === 'encrypted' }],
    );
    const text = files.map((file) =>
      [
        files.length > 1 ? `${file.path}\n` : '',
        ...file.certificates.map(({ view, der }) => `${certificateText(view, der, now)}\n`),
        file.key === undefined ? '' : `private key: ${file.key === 'open' ? 'not encrypted' : 'encrypted'}\n`,
      ]
        .filter((part) => part !== '')
        .join('\n'),
    );
    context.output.success({ certificates, keys }, text.join('\n').trimEnd());
    return EXIT.done;
  },
};

/** The files that a listener reads, as far as they are there. */
async function showFolder(folder: string): Promise<readonly ShownFile[]> {
  const files: ShownFile[] = [];
  for (const name of [FOLDER_FILES.identity, FOLDER_FILES.trust, FOLDER_FILES.both, FOLDER_FILES.webSocket]) {
    const path = join(folder, name);
    const present = await stat(path).then(
      () => true,
      () => false,
    );
    if (present) files.push(await showFile(path));
  }
  if (files.length === 0) throw new CommandFailure(diagnoseFile('file.missing', join(folder, FOLDER_FILES.identity)));
  return files;
}

async function showFile(path: string): Promise<ShownFile> {
  const binary = await readBoundedFile(path, LARGEST_CERTIFICATE);
  const der = binary.ok ? readCertificate(binary.value.octets) : undefined;
  if (binary.ok && der?.ok === true) {
    return { path, certificates: [{ view: der.value, der: binary.value.octets }], key: undefined };
  }
  const file = await readPemFile(path);
  if (!file.ok) throw new CommandFailure(file.error);
  const certificates = file.value.blocks
    .filter(({ label }) => isCertificateLabel(label))
    .map(({ octets }, index) => {
      const view = octets === undefined ? undefined : readCertificate(octets);
      if (octets !== undefined && view?.ok === true) return { view: view.value, der: octets };
      const why = view?.ok === false ? view.error : 'is not base64';
      throw new CommandFailure(
        diagnoseFile('file.no-certificate', path, { detail: `certificate ${index + 1} ${why}` }),
      );
    });
  const key = file.value.blocks.find(({ label }) => isKeyLabel(label));
  if (certificates.length === 0 && key === undefined) {
    throw new CommandFailure(diagnoseFile('file.no-certificate', path));
  }
  return { path, certificates, key: key === undefined ? undefined : isEncrypted(key) ? 'encrypted' : 'open' };
}
