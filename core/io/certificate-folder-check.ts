import 'reflect-metadata';
import { X509Certificate as ReadableCertificate, X509Crl } from '@peculiar/x509';
import { X509Certificate } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { getCACertificates, rootCertificates } from 'node:tls';
import type { Diagnosis } from '../base/diagnosis.ts';
import type { Secret } from '../base/secret.ts';
import { examineChain, expiresSoon, daysLeft, worstFirst, type Finding } from '../tls/certificate-findings.ts';
import type { CertificateRole } from '../tls/certificate-options.ts';
import { readCertificates, type CertificateView } from '../tls/certificate-reader.ts';
import { dateProblem, describeCertificate } from '../tls/chain-diagnosis.ts';
import { readPem } from '../tls/pem.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS } from '../tls/tls-settings.ts';
import { AUTHORITY_FILES } from './authority-files.ts';
import {
  FOLDER_FILES,
  loadCertificateFolder,
  readCertificateFile,
  type CertificateFolder,
} from './certificate-files.ts';
import { AUTHORITY_FOLDER } from './certificate-setup.ts';
import { exposureOf } from './file-access.ts';
import { diagnoseFile } from './file-diagnosis.ts';
import { readIdentity, type LoadedIdentity } from './identity-file.ts';
import { contextOptions } from './node-tls-context.ts';

/** What a folder is checked for. */
export interface FolderCheck {
  readonly role: CertificateRole;
  /** A name that others dial. */
  readonly name: string | undefined;
  /** Of the private key. */
  readonly passphrase: Secret | undefined;
  /** Wall-clock milliseconds. */
  readonly now: number;
}

/** What was found, worst first, and the chain that a listener would send. */
export interface FolderReport {
  readonly chain: readonly CertificateView[];
  readonly findings: readonly Finding[];
}

/** The end of an authority is everybody's end, so it is told early. */
const AUTHORITY_SOON_DAYS = 180;

/** Checks a certificate folder the way a listener reads it, and then the way others look at what the listener shows. */
export async function checkCertificateFolder(folder: string, check: FolderCheck): Promise<FolderReport> {
  const loaded = await loadCertificateFolder(folder, check.passphrase);
  const findings: Finding[] = loaded.ok
    ? examineFolder(loaded.value, check)
    : [{ severity: 'error', ...loaded.error }, ...(await otherProblems(folder, loaded.error, check))];
  findings.push(...(await checkWebSocketFile(folder, check)), ...(await checkAuthority(folder, check.now)));
  findings.push(...(await checkFolder(folder)));
  return { chain: loaded.ok ? loaded.value.chain : [], findings: worstFirst(findings) };
}

function examineFolder(loaded: CertificateFolder, check: FolderCheck): Finding[] {
  const { chain, identity, trust, warnings } = loaded;
  const trusted = trust.flatMap(viewsOf);
  const findings: Finding[] = warnings.map((warning) => ({ severity: 'warning', ...warning }));
  findings.push(...examineChain({ chain, trusted, anchored: isAnchored(loaded), ...check }));
  // What the TLS library itself refuses, such as a key that is too short for it.
  const options = contextOptions({ ...DEFAULT_TLS_CLIENT_SETTINGS, trust, identity });
  if (!options.ok) findings.push({ severity: 'error', ...options.error });
  for (const authority of trusted) {
    const problem = dateProblem(authority, check.now);
    if (problem === undefined || chain.some(({ sha256 }) => sha256 === authority.sha256)) continue;
    findings.push({
      severity: 'warning',
      ...describeCertificate(problem, 'here', authority, { file: loaded.files.trust }),
    });
  }
  findings.push(...loaded.revocationLists.flatMap((list) => examineRevocationList(list, loaded, check.now)));
  return findings;
}

/** Whether a list still holds, and whether it names our own certificate. */
function examineRevocationList(
  pem: string,
  { chain: [leaf], identity, files }: CertificateFolder,
  now: number,
): readonly Finding[] {
  const path = files.revocations ?? '';
  const list = readRevocationList(pem);
  if (list === undefined) {
    return [{ severity: 'error', ...diagnoseFile('file.not-pem', path, { detail: 'a damaged revocation list' }) }];
  }
  const findings: Finding[] = [];
  const { issuer, nextUpdate } = list;
  if (nextUpdate !== undefined && nextUpdate.getTime() < now) {
    const evidence = { path, nextUpdate: nextUpdate.toISOString() };
    findings.push({ severity: 'error', ...describeCertificate('cert.crl-expired', 'here', undefined, evidence) });
  }
  const own = readPem(identity.certificateChain)[0]?.octets;
  const certificate = own === undefined ? undefined : new ReadableCertificate(own);
  if (certificate?.issuer === issuer && list.findRevoked(certificate) !== null) {
    findings.push({ severity: 'error', ...describeCertificate('cert.revoked', 'here', leaf, { path }) });
  }
  return findings;
}

function readRevocationList(pem: string): X509Crl | undefined {
  const octets = readPem(pem)[0]?.octets;
  try {
    return octets === undefined ? undefined : new X509Crl(octets);
  } catch {
    return undefined;
  }
}

/** Whether the top of the chain was issued by an authority that is at hand or that every system knows. */
function isAnchored({ identity, chain, trust }: CertificateFolder): boolean {
  const top = readPem(identity.certificateChain).at(-1);
  const last = chain.at(-1);
  if (top === undefined || last === undefined) return false;
  const candidates = [...trust, ...getCACertificates('system'), ...rootCertificates];
  const certificate = new X509Certificate(top.text);
  return candidates.some((pem) => {
    try {
      const issuer = new X509Certificate(pem);
      if (last.selfSigned) return issuer.fingerprint256 === certificate.fingerprint256 && issuer.ca;
      return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
    } catch {
      return false;
    }
  });
}

/** The listener stops at the first problem; who mends the folder wants to know the others, too. */
async function otherProblems(folder: string, first: Diagnosis, { passphrase }: FolderCheck): Promise<Finding[]> {
  const found: Finding[] = [];
  const add = (diagnosis: Diagnosis): void => {
    if (diagnosis.summary !== first.summary) found.push({ severity: 'error', ...diagnosis });
  };
  const identity = await readIdentity({ certificate: join(folder, FOLDER_FILES.identity), passphrase });
  if (!identity.ok && identity.error.code !== 'file.missing') add(identity.error);
  const trust = await readCertificateFile(join(folder, FOLDER_FILES.trust));
  if (!trust.ok && trust.error.code !== 'file.missing') add(trust.error);
  return found;
}

/** `wss.pem` belongs to the listener for secure WebSocket, which is optional. */
async function checkWebSocketFile(folder: string, check: FolderCheck): Promise<readonly Finding[]> {
  const identity = await readIdentity({
    certificate: join(folder, FOLDER_FILES.webSocket),
    passphrase: check.passphrase,
  });
  if (!identity.ok) return identity.error.code === 'file.missing' ? [] : [{ severity: 'error', ...identity.error }];
  return webSocketFindings(identity.value, check);
}

function webSocketFindings({ chain, warnings }: LoadedIdentity, check: FolderCheck): readonly Finding[] {
  return [
    ...warnings.map((warning): Finding => ({ severity: 'warning', ...warning })),
    ...examineChain({ ...check, chain, trusted: [], anchored: true, role: 'server', name: undefined }),
  ];
}

/** The authority beside the folder or inside it, where there is one. */
async function checkAuthority(folder: string, now: number): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const parent of [folder, dirname(folder)]) {
    const key = join(parent, AUTHORITY_FOLDER, AUTHORITY_FILES.key);
    const status = await stat(key).catch(() => undefined);
    if (status === undefined) continue;
    const detail = await exposureOf(key, status);
    if (detail !== undefined)
      findings.push({ severity: 'warning', ...diagnoseFile('file.key-exposed', key, { detail }) });
    const certificates = await readCertificateFile(join(parent, AUTHORITY_FOLDER, AUTHORITY_FILES.certificate));
    if (!certificates.ok) findings.push({ severity: 'warning', ...certificates.error });
    else findings.push(...certificates.value.flatMap(({ view }) => examineAuthority(view, now)));
    break;
  }
  return findings;
}

function examineAuthority(view: CertificateView, now: number): readonly Finding[] {
  const problem = dateProblem(view, now);
  if (problem !== undefined) return [{ severity: 'error', ...describeCertificate(problem, 'here', view) }];
  const left = daysLeft(view, now);
  const findings: Finding[] = left > AUTHORITY_SOON_DAYS ? [] : [{ severity: 'warning', ...expiresSoon(view, left) }];
  if (view.keyUsage === undefined || !view.isCa) {
    findings.push({
      severity: 'warning',
      ...describeCertificate('cert.invalid-ca', 'here', view, { isCa: view.isCa, keyUsage: view.keyUsage ?? [] }),
    });
  }
  return findings;
}

const WRITABLE_BY_OTHERS = 0o002;
const STICKY = 0o1000;

/** Whoever may write to a folder can put another certificate there. */
async function checkFolder(folder: string): Promise<readonly Finding[]> {
  const status = await stat(folder).catch(() => undefined);
  if (status === undefined || process.platform === 'win32') return [];
  if ((status.mode & WRITABLE_BY_OTHERS) === 0 || (status.mode & STICKY) !== 0) return [];
  return [
    {
      severity: 'warning',
      ...diagnoseFile('file.key-exposed', folder, {
        detail: 'every user may put other files into this folder',
        cure: 'Take the right away: chmod o-w.',
      }),
    },
  ];
}

function viewsOf(pem: string): readonly CertificateView[] {
  const views = readCertificates(pem);
  return views.ok ? views.value : [];
}
