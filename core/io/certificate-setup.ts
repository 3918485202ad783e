import { mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isNumericHost } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import { CertificateAuthority, type IssuedCertificate } from '../tls/certificate-authority.ts';
import type { CertificateOptions, Lifetime } from '../tls/certificate-options.ts';
import type { CertificateView } from '../tls/certificate-reader.ts';
import { readPem } from '../tls/pem.ts';
import type { KeyType } from '../tls/signing-key.ts';
import { createFileAtomically, writeFileAtomically } from './atomic-file.ts';
import { AUTHORITY_FILES, authorityContext, encryptKey, FILE_MODE, writeAuthority } from './authority-files.ts';
import { FOLDER_FILES } from './certificate-files.ts';
import { diagnoseFile, diagnoseFileError } from './file-diagnosis.ts';
import { readIdentity } from './identity-file.ts';
import { recordIssued } from './issued-certificates.ts';

/** The folder of the authority beside those of the profiles. */
export const AUTHORITY_FOLDER = 'CA';

/** An authority and where it keeps its records. */
export interface AuthorityInFolder {
  readonly authority: CertificateAuthority;
  readonly authorityFolder: string;
}

/** A group may read a key that replaces one that it could read: that is how a service gets at it. */
const GROUP_READ = 0o040;

/**
 * Writes a certificate with its chain and key into one file, as `agent.pem` has them: readable by its owner only. Where it
 * replaces a file, owner and group stay, and the group reads on; a link is followed.
 */
export async function writeIdentity(path: string, issued: IssuedCertificate): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const old = await stat(target).catch(() => undefined);
  const mode = FILE_MODE.secret | ((old?.mode ?? 0) & GROUP_READ);
  await writeFileAtomically(target, issued.certificateChain + issued.key.reveal(), mode, old);
}

/**
 * Issues a certificate into a file, remembers it, and puts `cafile.pem` beside it where there is none, so that the folder is
 * complete for a listener.
 */
export async function issueInto(
  path: string,
  { authority, authorityFolder }: AuthorityInFolder,
  options: CertificateOptions,
): Promise<Result<CertificateView, Diagnosis>> {
  const issued = await authority.issue(options);
  if (!issued.ok) return issued;
  try {
    const view = await recordIssued(authorityFolder, issued.value.certificateChain);
    await mkdir(dirname(path), { recursive: true, mode: FILE_MODE.folder });
    await writeIdentity(path, issued.value);
    const trust = join(dirname(path), FOLDER_FILES.trust);
    await createFileAtomically(trust, authority.anchor, FILE_MODE.public).catch(unlessThere);
    return ok(view);
  } catch (error) {
    return err(diagnoseFileError(path, error));
  }
}

/** How {@link renewIdentity} goes about it. */
export interface RenewalOptions extends Lifetime {
  /** Of the old key, and then of the new one. */
  readonly passphrase?: Secret | undefined;
  /** The old key stays; else there is a new one. */
  readonly keepKey?: boolean | undefined;
}

/**
 * Replaces the certificate in a file by a new one for the same subject, names, purposes and type of key. Fails where it was
 * issued by somebody else, or its key does not open.
 */
export async function renewIdentity(
  path: string,
  { authority, authorityFolder }: AuthorityInFolder,
  options: RenewalOptions,
): Promise<Result<{ readonly before: CertificateView; readonly after: CertificateView }, Diagnosis>> {
  const { passphrase, keepKey = false, ...lifetime } = options;
  const old = await readIdentity({ certificate: path, passphrase });
  if (!old.ok) return old;
  const { identity, chain } = old.value;
  const [before] = chain;
  const der = readPem(identity.certificateChain)[0]?.octets;
  if (before === undefined || der === undefined) return err(diagnoseFile('file.no-certificate', path));
  if (!(await authority.signed(der))) return err(foreign(path, before));
  let renewed: IssuedCertificate;
  if (keepKey) renewed = { ...(await authority.renewKeepingKey(der, lifetime)), key: identity.key };
  else {
    const { certificateChain, key } = await authority.renew(der, lifetime);
    renewed = { certificateChain, key: passphrase === undefined ? key : encryptKey(key, passphrase) };
  }
  try {
    const after = await recordIssued(authorityFolder, renewed.certificateChain);
    await writeIdentity(path, renewed);
    return ok({ before, after });
  } catch (error) {
    return err(diagnoseFileError(path, error));
  }
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
  const { keyType, names, now } = setup;
  const organization = setup.organization === undefined ? undefined : shorten(setup.organization);
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
  const authorityFolder = join(folder, AUTHORITY_FOLDER);
  const written = await writeAuthority(authorityFolder, authority);
  if (!written.ok) return written;
  for (const profile of setup.profiles) {
    const path = join(folder, profile, FOLDER_FILES.identity);
    const options = { ...common, commonName: shorten(names[0]), role: 'both', dns, ips } as const;
    const issued = await issueInto(path, { authority, authorityFolder }, options);
    if (!issued.ok) return issued;
  }
  return ok({ caFile: join(authorityFolder, AUTHORITY_FILES.certificate) });
}

/** RFC 5280 §A.1 allows 64 characters. */
function shorten(name: string): string {
  return name.slice(0, 64);
}

function foreign(path: string, { subject, issuer }: CertificateView): Diagnosis {
  return {
    code: 'cert.unknown-ca',
    side: 'here',
    summary: `${path}: this authority did not issue the certificate of ${subject}.`,
    cure: 'Renew it where it came from, or make a new one with sotto cert create_server.',
    evidence: { path, subject, issuer },
  };
}

function unlessThere(error: unknown): void {
  if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
}
