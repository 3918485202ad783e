import { createPrivateKey } from 'node:crypto';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { Secret } from '../../base/secret.ts';
import { writeFileAtomically } from '../../io/atomic-file.ts';
import { FILE_MODE } from '../../io/authority-files.ts';
import { FOLDER_FILES, readCertificateFile } from '../../io/certificate-files.ts';
import { isKeyLabel, linkChain, readIdentity, type PemCertificate } from '../../io/identity-file.ts';
import { nodePkcs12Crypto } from '../../io/node-pkcs12-crypto.ts';
import { readPemFile } from '../../io/pem-file.ts';
import { writePkcs12 } from '../../tls/pkcs12.ts';
import { certificateFolder, onePositional, writing } from '../authority-access.ts';
import { choice, CommandFailure, EXIT, text, UsageError, type Command, type CommandContext } from '../command.ts';
import { givenPassphrase, makePassphrase, PASSPHRASE_OPTIONS } from '../passphrase.ts';
import { askSecret, canAsk } from '../prompt.ts';

const FORMATS = ['pem', 'der', 'pkcs12'] as const;
const ENDINGS = { pem: '-export.pem', der: '.cer', pkcs12: '.p12' } as const;

/** What can be exported of a file. */
interface Exported {
  /** Leaf first, up to the root where that is at hand. */
  readonly chain: readonly PemCertificate[];
  /** PKCS#8 PEM; `undefined` where the file has no key or it shall not leave it. */
  readonly key: Secret | undefined;
}

/** Writes a certificate in the form that a phone or a system takes. */
export const certExportCommand: Command = {
  name: 'cert export',
  arguments: '[FILE] --format pem|der|pkcs12 [-out FILE] [options]',
  summary: 'writes a certificate for phones and systems: PEM, DER (.cer) or PKCS#12 (.p12, with chain and key)',
  oneDash: ['out'],
  options: {
    format: { type: 'string' },
    out: { type: 'string' },
    dir: { type: 'string' },
    'with-key': { type: 'boolean' },
    'without-key': { type: 'boolean' },
    legacy: { type: 'boolean' },
    'key-passphrase': { type: 'string' },
    ...PASSPHRASE_OPTIONS,
  },
  help: {
    format: 'pem (the default), der, or pkcs12',
    out: 'file (beside FILE, with the ending of the format)',
    dir: 'folder whose agent.pem is meant where no FILE is given (the current one)',
    'with-key': 'pem: writes the private key, too',
    'without-key': 'pkcs12: leaves the private key out',
    legacy: 'pkcs12: 3DES and SHA-1 instead of AES-256 and SHA-256, for devices that know nothing else',
    'key-passphrase': 'of the private key in FILE',
    passphrase: 'password of the PKCS#12 file; asked for, or made, where left out; - reads it from standard input',
    'passphrase-file': 'file with the password in its first line',
  },
  async run(context) {
    const given = onePositional(context, 'FILE');
    const path = given === undefined ? join(certificateFolder(context), FOLDER_FILES.identity) : resolve(given);
    const format = choice(context, 'format', FORMATS) ?? 'pem';
    const withKey = keyWanted(context, format);
    const exported = await read(context, path, withKey);
    const name = basename(path, extname(path));
    const out = resolve(text(context, 'out') ?? join(dirname(path), name + ENDINGS[format]));
    if (out === path) throw new UsageError('-out must be another file than the one that is exported');
    const mode = exported.key === undefined ? FILE_MODE.public : FILE_MODE.secret;
    const password = format === 'pkcs12' ? await passwordFor(context) : undefined;
    const content =
      password === undefined
        ? plainContent(format, exported)
        : pkcs12Content(exported, password.value, context.values.legacy === true);
    await writing(out, () => writeFileAtomically(out, content, mode));
    const [leaf] = exported.chain;
    const passphrase = password?.made === true ? password.value.reveal() : undefined;
    const holdsKey = exported.key !== undefined;
    context.output.success(
      {
        file: out,
        format,
        subject: leaf?.view.subject ?? '',
        certificates: format === 'der' ? 1 : exported.chain.length,
        privateKey: holdsKey,
        ...(passphrase === undefined ? {} : { passphrase }),
      },
      [
        `✓ ${out}: ${leaf?.view.subject ?? ''}${holdsKey ? ', with its private key' : ''}`,
        ...(passphrase === undefined ? [] : [`  password: ${passphrase}  (shown only now)`]),
      ].join('\n'),
    );
    return EXIT.done;
  },
};

function keyWanted(context: CommandContext, format: (typeof FORMATS)[number]): 'no' | 'yes' | 'if-there' {
  if (context.values['without-key'] === true) return 'no';
  if (context.values['with-key'] === true) {
    if (format === 'der') throw new UsageError('--with-key: a DER file holds one certificate and nothing else');
    return 'yes';
  }
  return format === 'pkcs12' ? 'if-there' : 'no';
}

async function read(context: CommandContext, path: string, key: 'no' | 'yes' | 'if-there'): Promise<Exported> {
  const file = await readPemFile(path);
  if (!file.ok) throw new CommandFailure(file.error);
  const beside = await readCertificateFile(join(dirname(path), FOLDER_FILES.trust));
  const more = beside.ok ? beside.value : [];
  const hasKey = file.value.blocks.some(({ label }) => isKeyLabel(label));
  const certificates = await readCertificateFile(path);
  if (!certificates.ok) throw new CommandFailure(certificates.error);
  const [first] = certificates.value;
  if (first === undefined) throw new Error('a file of certificates without one');
  if (key === 'no' || (key === 'if-there' && !hasKey)) {
    return { chain: linkChain(first, [...certificates.value, ...more]), key: undefined };
  }
  const given = text(context, 'key-passphrase');
  if (given !== undefined) process.title = 'sotto cert';
  let passphrase = given === undefined ? undefined : new Secret(given);
  let identity = await readIdentity({ certificate: path, passphrase });
  if (!identity.ok && identity.error.code === 'file.passphrase' && passphrase === undefined && canAsk()) {
    passphrase = await askSecret('Passphrase of the private key: ', context.signal);
    identity = await readIdentity({ certificate: path, passphrase });
  }
  if (!identity.ok) throw new CommandFailure(identity.error);
  const [leafView] = identity.value.chain;
  const leaf = certificates.value.find(({ view }) => view.sha256 === leafView?.sha256) ?? first;
  const opened = createPrivateKey({
    key: identity.value.identity.key.reveal(),
    ...(passphrase === undefined ? {} : { passphrase: passphrase.reveal() }),
  });
  return {
    chain: linkChain(leaf, [...certificates.value, ...more]),
    key: new Secret(opened.export({ type: 'pkcs8', format: 'pem' }).toString()),
  };
}

function plainContent(format: (typeof FORMATS)[number], { chain, key }: Exported): string | Uint8Array {
  if (format === 'der') return chain[0]?.block.octets ?? new Uint8Array(0);
  return chain.map(({ block }) => block.text).join('') + (key?.reveal() ?? '');
}

function pkcs12Content({ chain, key }: Exported, password: Secret, legacy: boolean): Uint8Array {
  const pkcs8 = key === undefined ? undefined : createPrivateKey(key.reveal()).export({ type: 'pkcs8', format: 'der' });
  const content = writePkcs12(
    {
      key: pkcs8,
      certificates: chain.flatMap(({ block }) => (block.octets === undefined ? [] : [block.octets])),
      friendlyName: chain[0]?.view.commonName ?? 'certificate',
      password: password.reveal(),
      strength: legacy ? 'legacy' : 'modern',
    },
    nodePkcs12Crypto,
  );
  pkcs8?.fill(0);
  return content;
}

async function passwordFor(context: CommandContext): Promise<{ readonly value: Secret; readonly made: boolean }> {
  const given = await givenPassphrase(context);
  if (given !== undefined) return { value: given, made: false };
  if (canAsk()) {
    const typed = await askSecret('Password for the PKCS#12 file (empty: one is made): ', context.signal);
    if (typed !== undefined && typed.reveal() !== '') return { value: typed, made: false };
  }
  return { value: makePassphrase(), made: true };
}
