import { webcrypto } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import { CertificateAuthority, type AuthorityContext } from '../tls/certificate-authority.ts';
import { writeFileAtomically } from './atomic-file.ts';
import { diagnoseFile, diagnoseFileError } from './file-diagnosis.ts';
import { openPrivateKey } from './identity-file.ts';
import { readPemFile } from './pem-file.ts';

/** The files of an authority by the names that FreeSWITCH gives them. */
export const AUTHORITY_FILES = Object.freeze({ certificate: 'cacert.pem', key: 'cakey.pem' });

/** Only the owner reads keys; certificates are public. */
export const FILE_MODE = Object.freeze({ secret: 0o600, public: 0o644, folder: 0o700 });

/** What an authority needs of this machine, with a clock of the caller's choice (wall milliseconds). */
export function authorityContext(now: () => number): AuthorityContext {
  return { now, crypto: webcrypto };
}

/** Writes an authority into a folder that has none; the key is encrypted where there is a passphrase. */
export async function writeAuthority(
  folder: string,
  authority: CertificateAuthority,
  passphrase?: Secret,
): Promise<Result<void, Diagnosis>> {
  const keyPath = join(folder, AUTHORITY_FILES.key);
  if (await authorityExists(folder)) {
    return err({
      code: 'config.conflict',
      side: 'here',
      summary: `There is an authority in ${folder} already; nothing was changed.`,
      cure: 'Use that one, or remove it first: certificates that it issued will then no longer be trusted.',
      evidence: { path: keyPath },
    });
  }
  const key = passphrase === undefined ? authority.key : encryptKey(authority.key, passphrase);
  try {
    await mkdir(folder, { recursive: true, mode: FILE_MODE.folder });
    await writeFileAtomically(keyPath, key.reveal(), FILE_MODE.secret);
    await writeFileAtomically(join(folder, AUTHORITY_FILES.certificate), authority.certificate, FILE_MODE.public);
    return ok(undefined);
  } catch (error) {
    return err(diagnoseFileError(folder, error));
  }
}

/** Reads an authority; its key may be in any PEM form that OpenSSL writes. */
export async function readAuthority(
  folder: string,
  context: AuthorityContext,
  passphrase?: Secret,
): Promise<Result<CertificateAuthority, Diagnosis>> {
  const certificate = await readPemFile(join(folder, AUTHORITY_FILES.certificate));
  if (!certificate.ok) return certificate;
  const keyFile = await readPemFile(join(folder, AUTHORITY_FILES.key));
  if (!keyFile.ok) return keyFile;
  const { path, blocks } = keyFile.value;
  const block = blocks.find(({ label }) => label.endsWith('PRIVATE KEY'));
  if (block === undefined) return err(diagnoseFile('file.no-key', path));
  const key = openPrivateKey(new Secret(block.text), passphrase);
  if (key === undefined) return err(diagnoseFile('file.passphrase', path));
  const pkcs8 = new Secret(key.export({ type: 'pkcs8', format: 'pem' }).toString());
  const text = certificate.value.blocks.map((one) => one.text).join('');
  return CertificateAuthority.load(text, pkcs8, context);
}

/** Whether a folder holds the key or the certificate of an authority. */
export async function authorityExists(folder: string): Promise<boolean> {
  for (const name of Object.values(AUTHORITY_FILES)) {
    try {
      await stat(join(folder, name));
      return true;
    } catch {
      continue;
    }
  }
  return false;
}

function encryptKey(key: Secret, passphrase: Secret): Secret {
  const opened = openPrivateKey(key, undefined);
  if (opened === undefined) throw new Error('the key of an authority that was just made cannot be read');
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: passphrase.reveal() } as const;
  return new Secret(opened.export(options).toString());
}
