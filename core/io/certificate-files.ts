import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { Secret } from '../base/secret.ts';
import { diagnoseFile } from './file-diagnosis.ts';
import { readCertificateBlocks, readIdentity, type LoadedIdentity, type PemCertificate } from './identity-file.ts';
import { REVOCATION_LIST_FILE } from './issued-certificates.ts';
import { readPemFile, type PemFile } from './pem-file.ts';

/** The files of a certificate folder by the names that FreeSWITCH gives them; `both` stands in for one that is missing. */
export const FOLDER_FILES = Object.freeze({
  identity: 'agent.pem',
  trust: 'cafile.pem',
  both: 'tls.pem',
  webSocket: 'wss.pem',
  revocations: REVOCATION_LIST_FILE,
});

/** What a certificate folder holds, ready for a listener. */
export interface CertificateFolder extends LoadedIdentity {
  /** One PEM text for each certificate in `cafile.pem`. */
  readonly trust: readonly string[];
  /** One PEM text for each list in `crl.pem`; none where there is no such file. */
  readonly revocationLists: readonly string[];
  /** The files that were read. */
  readonly files: { readonly identity: string; readonly trust: string; readonly revocations: string | undefined };
}

/**
 * Reads a certificate folder the way a listener uses it: `agent.pem` (certificate, chain and key), `cafile.pem`, or `tls.pem`
 * in place of either that is missing, and `crl.pem` where there is one.
 */
export async function loadCertificateFolder(
  folder: string,
  passphrase?: Secret,
): Promise<Result<CertificateFolder, Diagnosis>> {
  const trustPath = await present(folder, FOLDER_FILES.trust);
  const trustFile = await readPemFile(trustPath);
  if (!trustFile.ok) return trustFile;
  const trust = readCertificateBlocks(trustFile.value);
  if (!trust.ok) return trust;
  const certificate = await present(folder, FOLDER_FILES.identity);
  const identity = await readIdentity({ certificate, passphrase, intermediates: trust.value });
  if (!identity.ok) return identity;
  const revocations = join(folder, FOLDER_FILES.revocations);
  const lists = await readRevocationLists(revocations);
  if (!lists.ok) return lists;
  return ok({
    ...identity.value,
    trust: trust.value.map(({ block }) => block.text),
    revocationLists: lists.value,
    files: { identity: certificate, trust: trustPath, revocations: lists.value.length > 0 ? revocations : undefined },
  });
}

/** Reads a file of trusted authorities, one PEM text for each. */
export async function readTrust(path: string): Promise<Result<readonly string[], Diagnosis>> {
  const certificates = await readCertificateFile(path);
  return certificates.ok ? ok(certificates.value.map(({ block }) => block.text)) : certificates;
}

/** Reads the certificates of a PEM file, at least one. */
export async function readCertificateFile(path: string): Promise<Result<readonly PemCertificate[], Diagnosis>> {
  const file = await readPemFile(path);
  return file.ok ? readCertificateBlocks(file.value) : file;
}

/** The path of a file, or of `tls.pem` where only that is there, as FreeSWITCH looks for them. */
async function present(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  if (await isThere(path)) return path;
  const instead = join(folder, FOLDER_FILES.both);
  return (await isThere(instead)) ? instead : path;
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    // A file that is there and that we may not see is no reason to take another.
    (error: unknown) => error instanceof Error && 'code' in error && error.code !== 'ENOENT',
  );
}

async function readRevocationLists(path: string): Promise<Result<readonly string[], Diagnosis>> {
  if (!(await isThere(path))) return ok([]);
  const file = await readPemFile(path);
  if (!file.ok) return file;
  const lists = file.value.blocks.filter(isRevocationList);
  return lists.length > 0 ? ok(lists.map(({ text }) => text)) : err(noList(file.value));
}

function isRevocationList({ label, octets }: PemFile['blocks'][number]): boolean {
  return label === 'X509 CRL' && octets !== undefined;
}

function noList({ path }: PemFile): Diagnosis {
  return diagnoseFile('file.not-pem', path, {
    detail: 'no revocation list',
    cure: 'Write the list again (sotto cert revoke), or take the file away.',
  });
}
