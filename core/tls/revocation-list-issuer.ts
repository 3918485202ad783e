import 'reflect-metadata';
import {
  AuthorityKeyIdentifierExtension,
  Extension,
  X509CrlGenerator,
  X509CrlReason,
  type X509Certificate,
} from '@peculiar/x509';
import { derInteger } from './der-writer.ts';
import { writePem } from './pem.ts';
import { signingAlgorithm, type SigningKey } from './signing-key.ts';

/** Why a certificate is taken back (RFC 5280 §5.3.1), by the names of the standard. */
export const REVOCATION_REASONS = [
  'unspecified',
  'keyCompromise',
  'cACompromise',
  'affiliationChanged',
  'superseded',
  'cessationOfOperation',
  'privilegeWithdrawn',
] as const;
export type RevocationReason = (typeof REVOCATION_REASONS)[number];

/** One certificate that is good no more. */
export interface Revocation {
  /** Hex. */
  readonly serial: string;
  /** Wall-clock milliseconds. */
  readonly at: number;
  readonly reason: RevocationReason;
}

/** What a list says. */
export interface RevocationListOptions {
  readonly revoked: readonly Revocation[];
  /** Greater than that of every list before (RFC 5280 §5.2.3). */
  readonly number: number;
  /** Wall-clock milliseconds. */
  readonly thisUpdate: number;
  /** Wall-clock milliseconds; after this moment nobody relies on the list, and most refuse everything. */
  readonly nextUpdate: number;
}

const CRL_NUMBER = '2.5.29.20';

/** A version 2 list (RFC 5280 §5.1), signed, as PEM with the label that OpenSSL and Node expect. */
export async function writeRevocationList(
  issuer: X509Certificate,
  signingKey: SigningKey,
  { revoked, number, thisUpdate, nextUpdate }: RevocationListOptions,
): Promise<string> {
  const list = await X509CrlGenerator.create({
    issuer: issuer.subjectName,
    signingKey,
    signingAlgorithm: signingAlgorithm(signingKey),
    thisUpdate: wholeSecond(thisUpdate),
    nextUpdate: wholeSecond(nextUpdate),
    entries: revoked.map(({ serial, at, reason }) => ({
      serialNumber: serial.length % 2 === 0 ? serial : `0${serial}`,
      revocationDate: wholeSecond(at),
      // RFC 5280 §5.3.1: "unspecified" is said by leaving the reason out.
      ...(reason === 'unspecified' ? {} : { reason: X509CrlReason[reason] }),
    })),
    extensions: [
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      new Extension(CRL_NUMBER, false, derInteger(number)),
    ],
  });
  return writePem('X509 CRL', new Uint8Array(list.rawData));
}

function wholeSecond(time: number): Date {
  return new Date(Math.floor(time / 1000) * 1000);
}
