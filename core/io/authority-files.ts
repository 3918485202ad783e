import { webcrypto } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import { CertificateAuthority, type AuthorityContext } from '../tls/certificate-authority.ts';
import { readPem } from '../tls/pem.ts';
import { createFileAtomically } from './atomic-file.ts';
import { exposureOf } from './file-access.ts';
import { diagnoseFile, diagnoseFileError } from './file-diagnosis.ts';
import { belongsTo, isKeyLabel, keyProblem, openPrivateKey, readCertificateBlocks } from './identity-file.ts';
import { readPemFile } from './pem-file.ts';

/** The files of an authority by the names that FreeSWITCH gives them. */
export const AUTHORITY_FILES = Object.freeze({ certificate: 'cacert.pem', key: 'cakey.pem' });

/** Only the owner reads keys; certificates are public. */
export const FILE_MODE = Object.freeze({ secret: 0o600, public: 0o644, folder: 0o700 });

/** What an authority needs of this machine, with a clock of the caller's choice (wall milliseconds). */
export function authorityContext(now: () => number): AuthorityContext {
  return { now, crypto: webcrypto };
}

/**
 * Writes an authority into a folder that has none; the key is encrypted where there is a passphrase. Of several processes
 * that try at once, one succeeds.
 */
export async function writeAuthority(
  folder: string,
  authority: CertificateAuthority,
  passphrase?: Secret,
): Promise<Result<void, Diagnosis>> {
  const certificatePath = join(folder, AUTHORITY_FILES.certificate);
  const keyPath = join(folder, AUTHORITY_FILES.key);
  const key = passphrase === undefined ? authority.key : encryptKey(authority.key, passphrase);
  try {
    await mkdir(folder, { recursive: true, mode: FILE_MODE.folder });
    if (await exists(certificatePath)) return err(authorityExists(folder));
    await createFileAtomically(keyPath, key.reveal(), FILE_MODE.secret);
    await createFileAtomically(certificatePath, authority.certificate, FILE_MODE.public);
    return ok(undefined);
  } catch (error) {
    const taken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    return err(taken ? authorityExists(folder) : diagnoseFileError(folder, error));
  }
}

/** An authority that was read, and what should still be mended about its files. */
export interface LoadedAuthority {
  readonly authority: CertificateAuthority;
  readonly warnings: readonly Diagnosis[];
}

/** Reads an authority; its key may be in any PEM form that OpenSSL writes. */
export async function readAuthority(
  folder: string,
  context: AuthorityContext,
  passphrase?: Secret,
): Promise<Result<LoadedAuthority, Diagnosis>> {
  const certificateFile = await readPemFile(join(folder, AUTHORITY_FILES.certificate));
  if (!certificateFile.ok) return certificateFile;
  const keyFile = await readPemFile(join(folder, AUTHORITY_FILES.key));
  if (!keyFile.ok) return keyFile;
  const certificates = readCertificateBlocks(certificateFile.value);
  if (!certificates.ok) return certificates;
  const { path, blocks, status } = keyFile.value;
  const block = blocks.find(({ label }) => isKeyLabel(label));
  if (block === undefined) return err(diagnoseFile('file.no-key', path));
  const key = openPrivateKey(block, passphrase);
  if (key === undefined) return err(keyProblem(keyFile.value, block, passphrase));
  const [own] = certificates.value;
  if (own === undefined || !belongsTo(own, key)) return err(diagnoseFile('file.key-mismatch', path));
  const pkcs8 = new Secret(key.export({ type: 'pkcs8', format: 'pem' }).toString());
  const text = certificates.value.map((certificate) => certificate.block.text).join('');
  const authority = await CertificateAuthority.load(text, pkcs8, context);
  if (!authority.ok) return authority;
  const exposure = await exposureOf(path, status);
  return ok({
    authority: authority.value,
    warnings: exposure === undefined ? [] : [diagnoseFile('file.key-exposed', path, { detail: exposure })],
  });
}

/** A private key as encrypted PKCS#8 (AES-256). */
export function encryptKey(key: Secret, passphrase: Secret): Secret {
  const [block] = readPem(key.reveal());
  const opened = block === undefined ? undefined : openPrivateKey(block, undefined);
  if (opened === undefined) throw new Error('a key that was just made cannot be read');
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: passphrase.reveal() } as const;
  return new Secret(opened.export(options).toString());
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function authorityExists(folder: string): Diagnosis {
  return {
    code: 'config.conflict',
    side: 'here',
    summary: `Existing CA found in "${folder}"; nothing was changed.`,
    cure: 'Use that one, or remove it first (sotto cert remove): what it issued will then no longer be trusted.',
    evidence: { path: join(folder, AUTHORITY_FILES.key) },
  };
}
