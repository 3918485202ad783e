import { createHash } from 'node:crypto';
import { daysLeft, type Finding } from '../tls/certificate-findings.ts';
import type { CertificateView } from '../tls/certificate-reader.ts';
import { diagnosisText, type ResultFields } from './output.ts';

/** Everything that a certificate says, as fields of a result; `der` for the fingerprint that some devices still show. */
export function certificateFields(view: CertificateView, der: Uint8Array, now: number): ResultFields {
  const { subject, issuer, serial, san, notBefore, notAfter, keyType, keyBits, signature, eku } = view;
  return {
    subject,
    issuer,
    commonName: view.commonName ?? null,
    serial,
    san,
    notBefore,
    notAfter,
    daysLeft: daysLeft(view, now),
    keyType,
    keyBits: keyBits ?? null,
    signature,
    eku,
    keyUsage: view.keyUsage ?? null,
    isCa: view.isCa,
    pathLength: view.pathLength ?? null,
    selfSigned: view.selfSigned,
    subjectKeyId: view.subjectKeyId ?? null,
    authorityKeyId: view.authorityKeyId ?? null,
    sha256: view.sha256,
    sha1: createHash('sha1').update(der).digest('hex'),
  };
}

/** A certificate as people read it. */
export function certificateText(view: CertificateView, der: Uint8Array, now: number): string {
  const rows: [string, string][] = [
    ['issued by', view.selfSigned ? 'itself' : view.issuer],
    ['names', view.san.join(', ') || 'none'],
    ['valid', `${day(view.notBefore)} to ${day(view.notAfter)}, ${remaining(view, now)}`],
    ['for', purposesOf(view)],
    ['key', `${keyOf(view)}, signed with ${view.signature}`],
    ['serial', view.serial],
    ['SHA-256', colons(view.sha256)],
    ['SHA-1', colons(createHash('sha1').update(der).digest('hex'))],
  ];
  const lines = rows.map(([label, value]) => `  ${label.padEnd(9)}  ${value}`);
  return [view.subject || '(no subject)', ...lines].join('\n');
}

/** How much time is left, or how long ago it ended. */
export function remaining(view: CertificateView, now: number): string {
  const left = daysLeft(view, now);
  if (left < 0) return `expired ${countDays(-left)} ago`;
  return now < Date.parse(view.notBefore) ? 'not valid yet' : `${countDays(left)} left`;
}

function countDays(days: number): string {
  return days === 1 ? '1 day' : `${days} days`;
}

/** What a certificate is for, in words. */
export function purposesOf({ isCa, eku }: CertificateView): string {
  if (isCa) return 'an authority';
  if (eku.length === 0) return 'every purpose';
  return eku.map((purpose) => PURPOSES[purpose] ?? purpose).join(', ');
}

const PURPOSES: Readonly<Record<string, string>> = {
  serverAuth: 'servers (serverAuth)',
  clientAuth: 'clients (clientAuth)',
};

/** A finding as people read it, with a sign for how bad it is. */
export function findingText(finding: Finding): string {
  const sign = { error: '✗', warning: '!', info: '·' }[finding.severity];
  return diagnosisText(finding).replace('✗', sign);
}

function keyOf({ keyType, keyBits }: CertificateView): string {
  return keyType.startsWith('EC ') || keyBits === undefined ? keyType : `${keyType} ${keyBits} bits`;
}

function day(time: string): string {
  return time.slice(0, 10);
}

function colons(hex: string): string {
  return hex.toUpperCase().replace(/(..)(?=.)/g, '$1:');
}
