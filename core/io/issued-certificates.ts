import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { CertificateAuthority } from '../tls/certificate-authority.ts';
import { readCertificate, type CertificateView } from '../tls/certificate-reader.ts';
import { readPem } from '../tls/pem.ts';
import { REVOCATION_REASONS, type Revocation, type RevocationReason } from '../tls/revocation-list-issuer.ts';
import { createFileAtomically, writeFileAtomically } from './atomic-file.ts';
import { FILE_MODE } from './authority-files.ts';
import { readBoundedFile } from './bounded-file.ts';
import { diagnoseFile, diagnoseFileError } from './file-diagnosis.ts';

/**
 * What an authority remembers, one file for each certificate: `issued/SERIAL.pem` and `revoked/SERIAL.json`. Files are only
 * ever added, so that processes that work at the same time need no lock, and a damaged file takes no other with it.
 */
export const RECORD_FOLDERS = Object.freeze({ issued: 'issued', revoked: 'revoked' });

/** The list of revoked certificates, by the name that it has in every folder. */
export const REVOCATION_LIST_FILE = 'crl.pem';

const LARGEST_RECORD = 64 * 1024;

/** One certificate that an authority remembers. */
export interface IssuedRecord {
  readonly view: CertificateView;
  readonly revocation: Revocation | undefined;
}

/** Remembers a certificate; PEM, only the first block is kept. Throws what the system says. */
export async function recordIssued(authorityFolder: string, certificateChain: string): Promise<CertificateView> {
  const [block] = readPem(certificateChain);
  const view = block?.octets === undefined ? undefined : readCertificate(block.octets);
  if (block === undefined || view?.ok !== true) throw new Error('a certificate that was just made cannot be read');
  const folder = join(authorityFolder, RECORD_FOLDERS.issued);
  await mkdir(folder, { recursive: true, mode: FILE_MODE.folder });
  // The same certificate once more is the same record.
  await createFileAtomically(join(folder, `${view.value.serial}.pem`), block.text, FILE_MODE.public).catch(unlessThere);
  return view.value;
}

/** All certificates that were issued, those that end first before the others; files that cannot be read are problems. */
export async function listIssued(
  authorityFolder: string,
): Promise<{ readonly records: readonly IssuedRecord[]; readonly problems: readonly Diagnosis[] }> {
  const problems: Diagnosis[] = [];
  const records: IssuedRecord[] = [];
  const revocations = await readRevocations(authorityFolder);
  problems.push(...revocations.problems);
  const folder = join(authorityFolder, RECORD_FOLDERS.issued);
  for (const name of await namesIn(folder, '.pem', problems)) {
    const path = join(folder, name);
    const file = await readBoundedFile(path, LARGEST_RECORD);
    const [block] = file.ok ? readPem(file.value.octets.toString('latin1')) : [];
    const view = block?.octets === undefined ? undefined : readCertificate(block.octets);
    if (view?.ok !== true) {
      problems.push(file.ok ? diagnoseFile('file.no-certificate', path) : file.error);
      continue;
    }
    const { serial } = view.value;
    records.push({ view: view.value, revocation: revocations.revoked.find((one) => one.serial === serial) });
  }
  records.sort((a, b) => a.view.notAfter.localeCompare(b.view.notAfter));
  return { records, problems };
}

/** Remembers that a certificate is taken back. What was taken back before stays as it was; `false` then. */
export async function recordRevocation(
  authorityFolder: string,
  { serial, at, reason }: Revocation,
): Promise<Result<boolean, Diagnosis>> {
  const folder = join(authorityFolder, RECORD_FOLDERS.revoked);
  const path = join(folder, `${serial}.json`);
  const record = `${JSON.stringify({ at: new Date(at).toISOString(), reason })}\n`;
  try {
    await mkdir(folder, { recursive: true, mode: FILE_MODE.folder });
    await createFileAtomically(path, record, FILE_MODE.public);
    return ok(true);
  } catch (error) {
    return isThere(error) ? ok(false) : err(diagnoseFileError(path, error));
  }
}

/** When a list is written, and until when it holds; wall-clock milliseconds. */
export interface ListDates {
  readonly now: number;
  readonly nextUpdate: number;
}

/**
 * Signs the list of all that was taken back and writes it to `paths`. Another process may have taken back something more
 * meanwhile; the list is written again until it is complete.
 */
export async function publishRevocations(
  authority: CertificateAuthority,
  authorityFolder: string,
  paths: readonly string[],
  { now, nextUpdate }: ListDates,
): Promise<Result<readonly Revocation[], Diagnosis>> {
  for (let attempt = 0; ; attempt++) {
    const { revoked, problems } = await readRevocations(authorityFolder);
    const [problem] = problems;
    // A list that forgot a certificate would let it in again.
    if (problem !== undefined) return err(problem);
    const list = await authority.revocationList({ revoked, number: now + attempt, thisUpdate: now, nextUpdate });
    for (const path of paths) {
      try {
        await writeFileAtomically(path, list, FILE_MODE.public);
      } catch (error) {
        return err(diagnoseFileError(path, error));
      }
    }
    const names = await namesIn(join(authorityFolder, RECORD_FOLDERS.revoked), '.json', []);
    if (names.length === revoked.length) return ok(revoked);
  }
}

async function readRevocations(
  authorityFolder: string,
): Promise<{ readonly revoked: readonly Revocation[]; readonly problems: readonly Diagnosis[] }> {
  const folder = join(authorityFolder, RECORD_FOLDERS.revoked);
  const revoked: Revocation[] = [];
  const problems: Diagnosis[] = [];
  for (const name of await namesIn(folder, '.json', problems)) {
    const path = join(folder, name);
    const file = await readBoundedFile(path, LARGEST_RECORD);
    const read = file.ok ? parseRevocation(name.replace(/\.json$/, ''), file.value.octets.toString('utf8')) : undefined;
    if (read !== undefined) revoked.push(read);
    else problems.push(file.ok ? diagnoseFile('file.unreadable', path, { detail: 'damaged' }) : file.error);
  }
  return { revoked, problems };
}

function parseRevocation(serial: string, text: string): Revocation | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('at' in value) || !('reason' in value)) return undefined;
  const at = typeof value.at === 'string' ? Date.parse(value.at) : NaN;
  const reason: RevocationReason | undefined = REVOCATION_REASONS.find((one) => one === value.reason);
  return Number.isNaN(at) || reason === undefined ? undefined : { serial, at, reason };
}

/** Records of a folder; files that are just being written have other names. None where there is no folder. */
async function namesIn(folder: string, ending: string, problems: Diagnosis[]): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names.filter((name) => /^[0-9a-f]{1,40}\.\w+$/.test(name) && name.endsWith(ending)).sort();
  } catch (error) {
    const diagnosis = diagnoseFileError(folder, error);
    if (diagnosis.code !== 'file.missing') problems.push(diagnosis);
    return [];
  }
}

function isThere(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}

function unlessThere(error: unknown): void {
  if (!isThere(error)) throw error;
}
