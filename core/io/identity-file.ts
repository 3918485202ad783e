import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import { isCertificateLabel, readCertificate, type CertificateView } from '../tls/certificate-reader.ts';
import { keyDerivationRounds } from '../tls/key-encryption.ts';
import type { PemBlock } from '../tls/pem.ts';
import type { TlsIdentity } from '../tls/tls-settings.ts';
import { exposureOf } from './file-access.ts';
import { diagnoseFile } from './file-diagnosis.ts';
import { readPemFile, type PemFile } from './pem-file.ts';

/** An identity that can be used, and what should still be mended about its files. */
export interface LoadedIdentity {
  readonly identity: TlsIdentity;
  /** The chain that will be sent, leaf first. */
  readonly chain: readonly CertificateView[];
  readonly warnings: readonly Diagnosis[];
}

/** A certificate with its PEM block. */
export interface PemCertificate {
  readonly block: PemBlock;
  readonly view: CertificateView;
}

/** Opening a key may take this many rounds, which is about ten seconds. */
const MOST_ROUNDS = 10_000_000;

/**
 * Reads certificate and key, from one file such as `agent.pem` or from two, in any order of their blocks. The certificate
 * that a key belongs to becomes the leaf, and its intermediates follow in the order of the chain, also out of
 * `intermediates`, where FreeSWITCH wants them.
 */
export async function readIdentity(files: {
  readonly certificate: string;
  /** Where not given, the key is in the file of the certificate. */
  readonly key?: string | undefined;
  readonly passphrase?: Secret | undefined;
  /** More certificates to build the chain from; roots among them are not sent. */
  readonly intermediates?: readonly PemCertificate[] | undefined;
}): Promise<Result<LoadedIdentity, Diagnosis>> {
  const certificateFile = await readPemFile(files.certificate);
  if (!certificateFile.ok) return certificateFile;
  const keyFile = files.key === undefined ? certificateFile : await readPemFile(files.key);
  if (!keyFile.ok) return keyFile;
  const certificates = readCertificateBlocks(certificateFile.value);
  if (!certificates.ok) return certificates;
  const pair = findPair(keyFile.value, certificates.value, files.passphrase);
  if (!pair.ok) return pair;
  const { leaf, key } = pair.value;
  const more = (files.intermediates ?? []).filter(({ view }) => !view.selfSigned);
  const chain = linkChain(leaf, [...certificates.value, ...more]);
  const exposure = await exposureOf(keyFile.value.path, keyFile.value.status);
  return ok({
    identity: {
      certificateChain: chain.map(({ block: { text } }) => text).join(''),
      key,
      passphrase: files.passphrase,
    },
    chain: chain.map(({ view }) => view),
    warnings:
      exposure === undefined ? [] : [diagnoseFile('file.key-exposed', keyFile.value.path, { detail: exposure })],
  });
}

/** The key in a PEM block; `undefined` where it cannot be read with this passphrase. */
export function openPrivateKey(block: PemBlock, passphrase: Secret | undefined): KeyObject | undefined {
  const { label, octets, text } = block;
  if (label === 'ENCRYPTED PRIVATE KEY' && octets !== undefined && keyDerivationRounds(octets) > MOST_ROUNDS) {
    return undefined;
  }
  try {
    return createPrivateKey({
      key: text,
      ...(passphrase === undefined ? {} : { passphrase: passphrase.reveal() }),
    });
  } catch {
    // The library's error is of no use: it may quote what it could not read.
    return undefined;
  }
}

/** Whether a block holds a private key, in any form. */
export function isKeyLabel(label: string): boolean {
  return label.endsWith('PRIVATE KEY');
}

/** Whether a key needs a passphrase: PKCS#8 says it in its label, the older forms in a header. */
export function isEncrypted({ text }: PemBlock): boolean {
  return text.includes('ENCRYPTED');
}

/** All certificates of a file, at least one. */
export function readCertificateBlocks(file: PemFile): Result<readonly PemCertificate[], Diagnosis> {
  const certificates: PemCertificate[] = [];
  for (const block of file.blocks) {
    if (!isCertificateLabel(block.label)) continue;
    const view = block.octets === undefined ? err('is not base64') : readCertificate(block.octets);
    if (!view.ok) {
      const detail = `certificate ${certificates.length + 1} ${view.error}`;
      return err(diagnoseFile('file.no-certificate', file.path, { detail }));
    }
    certificates.push({ block, view: view.value });
  }
  return certificates.length === 0
    ? err(diagnoseFile('file.no-certificate', file.path, { detail: `it holds ${labelsOf(file)}` }))
    : ok(certificates);
}

/** Whether a key is the one of a certificate. */
export function belongsTo({ block }: PemCertificate, key: KeyObject): boolean {
  try {
    return new X509Certificate(block.text).checkPrivateKey(key);
  } catch {
    return false;
  }
}

/** From the leaf upwards as far as the issuers are there. */
export function linkChain(leaf: PemCertificate, candidates: readonly PemCertificate[]): readonly PemCertificate[] {
  const chain = [leaf];
  for (let last = leaf; !last.view.selfSigned;) {
    const issuer = candidates.find((candidate) => issued(candidate, last) && !chain.includes(candidate));
    if (issuer === undefined) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

/** A key of the file and its certificate; after a renewal by hand there may be more keys than one. */
function findPair(
  file: PemFile,
  certificates: readonly PemCertificate[],
  passphrase: Secret | undefined,
): Result<{ readonly leaf: PemCertificate; readonly key: Secret }, Diagnosis> {
  const blocks = file.blocks.filter(({ label }) => isKeyLabel(label));
  if (blocks.length === 0) {
    return err(diagnoseFile('file.no-key', file.path, { detail: `it holds ${labelsOf(file)}` }));
  }
  let problem: Diagnosis | undefined;
  for (const block of blocks) {
    const key = openPrivateKey(block, passphrase);
    if (key === undefined) {
      problem ??= keyProblem(file, block, passphrase);
      continue;
    }
    const leaf = certificates.find((certificate) => belongsTo(certificate, key));
    if (leaf !== undefined) return ok({ leaf, key: new Secret(block.text) });
  }
  return err(problem ?? diagnoseFile('file.key-mismatch', file.path));
}

/** Why a key cannot be opened. */
export function keyProblem({ path }: PemFile, block: PemBlock, passphrase: Secret | undefined): Diagnosis {
  if (block.label === 'OPENSSH PRIVATE KEY') {
    return diagnoseFile('file.no-key', path, {
      detail: 'its key is in the form of OpenSSH',
      cure: 'Convert a copy of the key: ssh-keygen -p -m PKCS8 -f COPY.',
    });
  }
  if (!isEncrypted(block)) return diagnoseFile('file.no-key', path, { detail: 'its key is damaged' });
  return diagnoseFile('file.passphrase', path, {
    detail: passphrase === undefined ? 'none was given' : 'this is not the one',
  });
}

function labelsOf({ blocks }: PemFile): string {
  return [...new Set(blocks.map(({ label }) => label))].slice(0, 5).join(', ');
}

/** By name and identifier, and where these say yes, by the signature: two authorities may have one name. */
function issued(issuer: PemCertificate, subject: PemCertificate): boolean {
  const { subjectKeyId, isCa } = issuer.view;
  const { authorityKeyId } = subject.view;
  if (issuer.view.subject !== subject.view.issuer || !isCa) return false;
  if (subjectKeyId !== undefined && authorityKeyId !== undefined && subjectKeyId !== authorityKeyId) return false;
  try {
    return new X509Certificate(subject.block.text).verify(new X509Certificate(issuer.block.text).publicKey);
  } catch {
    return false;
  }
}
