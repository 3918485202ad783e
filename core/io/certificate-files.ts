import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isNumericHost } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { ok, type Result } from '../base/result.ts';
import type { Secret } from '../base/secret.ts';
import { CertificateAuthority, type IssuedCertificate } from '../tls/certificate-authority.ts';
import type { KeyType } from '../tls/signing-key.ts';
import { writeFileAtomically } from './atomic-file.ts';
import { AUTHORITY_FILES, authorityContext, FILE_MODE, writeAuthority } from './authority-files.ts';
import { diagnoseFileError } from './file-diagnosis.ts';
import { readCertificateBlocks, readIdentity, type LoadedIdentity } from './identity-file.ts';
import { readPemFile } from './pem-file.ts';

/** The files of a certificate folder by the names that FreeSWITCH gives them. */
export const FOLDER_FILES = Object.freeze({ identity: 'agent.pem', trust: 'cafile.pem' });

/** What a certificate folder holds, ready for a listener. */
export interface CertificateFolder extends LoadedIdentity {
  /** One PEM text for each certificate in `cafile.pem`. */
  readonly trust: readonly string[];
}

/** Reads a certificate folder the way a listener uses it: `agent.pem` (certificate, chain and key) and `cafile.pem`. */
export async function loadCertificateFolder(
  folder: string,
  passphrase?: Secret,
): Promise<Result<CertificateFolder, Diagnosis>> {
  const trustFile = await readPemFile(join(folder, FOLDER_FILES.trust));
  if (!trustFile.ok) return trustFile;
  const trust = readCertificateBlocks(trustFile.value);
  if (!trust.ok) return trust;
  const certificate = join(folder, FOLDER_FILES.identity);
  const identity = await readIdentity({ certificate, passphrase, intermediates: trust.value });
  if (!identity.ok) return identity;
  return ok({ ...identity.value, trust: trust.value.map(({ block }) => block.text) });
}

/** Reads a file of trusted authorities, one PEM text for each. */
export async function readTrust(path: string): Promise<Result<readonly string[], Diagnosis>> {
  const file = await readPemFile(path);
  if (!file.ok) return file;
  const certificates = readCertificateBlocks(file.value);
  return certificates.ok ? ok(certificates.value.map(({ block }) => block.text)) : certificates;
}

/** Writes a certificate with its chain and key into one file, as `agent.pem` has them. */
export function writeIdentity(path: string, issued: IssuedCertificate): Promise<void> {
  return writeFileAtomically(path, issued.certificateChain + issued.key.reveal(), FILE_MODE.secret);
}

/** What {@link setupCertificates} makes. */
export interface CertificateSetup {
  /** Organisation in all subjects; none where not given. */
  readonly organization?: string | undefined;
  /** Names in every certificate; the first is its commonName, and part of the authority's. */
  readonly names: readonly [string, ...string[]];
  readonly ips: readonly string[];
  /** One folder and certificate for each. */
  readonly profiles: readonly string[];
  readonly keyType?: KeyType | undefined;
  /** Wall-clock milliseconds. */
  readonly now: number;
}

/**
 * Makes an authority and a certificate for each profile of a switch: `FOLDER/CA/{cacert,cakey}.pem` and
 * `FOLDER/PROFILE/{agent,cafile}.pem`. The certificates are for both roles, since a switch dials too. Refuses where there is
 * an authority already.
 */
export async function setupCertificates(
  folder: string,
  setup: CertificateSetup,
): Promise<Result<{ readonly caFile: string }, Diagnosis>> {
  const { organization, keyType, names, now } = setup;
  // An address among the names is an address all the same.
  const dns = names.filter((name) => !isNumericHost(name));
  const ips = [...new Set([...names.filter(isNumericHost), ...setup.ips])];
  const common = { organization, keyType };
  const created = await CertificateAuthority.create(
    { ...common, commonName: shorten(`Authority of ${names[0]}`) },
    authorityContext(() => now),
  );
  if (!created.ok) return created;
  const authority = created.value;
  const written = await writeAuthority(join(folder, 'CA'), authority);
  if (!written.ok) return written;
  for (const profile of setup.profiles) {
    const issued = await authority.issue({ ...common, commonName: shorten(names[0]), role: 'both', dns, ips });
    if (!issued.ok) return issued;
    const profileFolder = join(folder, profile);
    try {
      await mkdir(profileFolder, { recursive: true, mode: FILE_MODE.folder });
      await writeIdentity(join(profileFolder, FOLDER_FILES.identity), issued.value);
      await writeFileAtomically(join(profileFolder, FOLDER_FILES.trust), authority.certificate, FILE_MODE.public);
    } catch (error) {
      return { ok: false, error: diagnoseFileError(profileFolder, error) };
    }
  }
  return ok({ caFile: join(folder, 'CA', AUTHORITY_FILES.certificate) });
}

/** RFC 5280 §A.1 allows 64 characters. */
function shorten(commonName: string): string {
  return commonName.slice(0, 64);
}
