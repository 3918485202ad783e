import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import { isCertificateLabel, readCertificate, type CertificateView } from '../tls/certificate-reader.ts';
import type { PemBlock } from '../tls/pem.ts';
import type { TlsIdentity } from '../tls/tls-settings.ts';
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

/**
 * Reads certificate and key, from one file such as `agent.pem` or from two, in any order of their blocks. The certificate
 * that the key belongs to becomes the leaf, and its intermediates follow in the order of the chain, also out of
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
  const block = keyFile.value.blocks.find(({ label }) => label.endsWith('PRIVATE KEY'));
  if (block === undefined) return err(diagnoseFile('file.no-key', keyFile.value.path));
  const key = openPrivateKey(new Secret(block.text), files.passphrase);
  if (key === undefined) {
    const encrypted = block.text.includes('ENCRYPTED');
    return err(diagnoseFile(encrypted ? 'file.passphrase' : 'file.no-key', keyFile.value.path));
  }
  const leaf = certificates.value.find((certificate) => belongsTo(certificate, key));
  if (leaf === undefined) return err(diagnoseFile('file.key-mismatch', keyFile.value.path));
  const more = (files.intermediates ?? []).filter(({ view }) => !view.selfSigned);
  const chain = linkChain(leaf, [...certificates.value, ...more]);
  return ok({
    identity: {
      certificateChain: chain.map(({ block: { text } }) => text).join(''),
      key: new Secret(block.text),
      passphrase: files.passphrase,
    },
    chain: chain.map(({ view }) => view),
    warnings: keyFile.value.exposed ? [diagnoseFile('file.key-exposed', keyFile.value.path)] : [],
  });
}

/** The key in a PEM block; `undefined` where it cannot be read with this passphrase. */
export function openPrivateKey(pem: Secret, passphrase: Secret | undefined): KeyObject | undefined {
  try {
    return createPrivateKey({
      key: pem.reveal(),
      ...(passphrase === undefined ? {} : { passphrase: passphrase.reveal() }),
    });
  } catch {
    // The library's error is of no use: it may quote what it could not read.
    return undefined;
  }
}

/** All certificates of a file, at least one. */
export function readCertificateBlocks(file: PemFile): Result<readonly PemCertificate[], Diagnosis> {
  const certificates: PemCertificate[] = [];
  for (const block of file.blocks) {
    if (!isCertificateLabel(block.label)) continue;
    const view = block.octets === undefined ? err('is not base64') : readCertificate(block.octets);
    if (!view.ok) {
      return err(
        diagnoseFile('file.no-certificate', file.path, `certificate ${certificates.length + 1} ${view.error}`),
      );
    }
    certificates.push({ block, view: view.value });
  }
  return certificates.length === 0 ? err(diagnoseFile('file.no-certificate', file.path)) : ok(certificates);
}

function belongsTo({ block }: PemCertificate, key: KeyObject): boolean {
  try {
    return new X509Certificate(block.text).checkPrivateKey(key);
  } catch {
    return false;
  }
}

/** From the leaf upwards as far as the issuers are there. */
function linkChain(leaf: PemCertificate, candidates: readonly PemCertificate[]): readonly PemCertificate[] {
  const chain = [leaf];
  for (let last = leaf; !last.view.selfSigned;) {
    const issuer = candidates.find((candidate) => issued(candidate.view, last.view) && !chain.includes(candidate));
    if (issuer === undefined) break;
    chain.push(issuer);
    last = issuer;
  }
  return chain;
}

function issued(issuer: CertificateView, subject: CertificateView): boolean {
  if (issuer.subject !== subject.issuer || !issuer.isCa) return false;
  return (
    issuer.subjectKeyId === undefined ||
    subject.authorityKeyId === undefined ||
    issuer.subjectKeyId === subject.authorityKeyId
  );
}
