import 'reflect-metadata';
import { KeyUsageFlags, KeyUsagesExtension, Name, type X509Certificate } from '@peculiar/x509';
import { isNumericHost } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { toHex } from './der.ts';
import type { KeyType, WebCrypto } from './signing-key.ts';

/** What a certificate is for: an end that is dialled, one that dials, or a node that does both. */
export type CertificateRole = 'server' | 'client' | 'both';

/** How long it lives. */
export interface Lifetime {
  /** Days from now; {@link DEFAULT_DAYS} where not given. */
  readonly days?: number | undefined;
  /** Wall-clock milliseconds of the first valid moment; a day before now where not given, for clocks that are slow. */
  readonly notBefore?: number | undefined;
  /** Wall-clock milliseconds of the last one; goes before `days`. */
  readonly notAfter?: number | undefined;
}

/** A name and a life. */
export interface SubjectOptions extends Lifetime {
  readonly commonName: string;
  readonly organization?: string | undefined;
  readonly keyType?: KeyType | undefined;
}

/** Alternative names by type. */
export interface SubjectNames {
  readonly dns?: readonly string[] | undefined;
  /** Numeric addresses. */
  readonly ips?: readonly string[] | undefined;
  /** Such as `sip:example.com`. With one of these RFC 5922 no longer looks at the DNS names. */
  readonly uris?: readonly string[] | undefined;
}

/** What an authority puts into a certificate. */
export interface CertificateOptions extends SubjectOptions, SubjectNames {
  readonly role: CertificateRole;
}

/**
 * Life in days where nothing was said. With the day in the past, a certificate lives for 397 days, the longest that every
 * device takes: Apple's refuse 399 from public authorities, and {@link LONGEST_DAYS} from private ones.
 */
export const DEFAULT_DAYS = Object.freeze({ authority: 3650, certificate: 396 });

/** Apple's devices refuse server certificates that live for more days than this, whoever issued them. */
export const LONGEST_DAYS = 825;

const DAY_MS = 86_400_000;
/** RFC 5280 §4.1.2.5: the time that stands for "no end", and the last that can be written. */
const END_OF_TIME = Date.UTC(9999, 11, 31, 23, 59, 59);

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/** Object identifiers of the purposes of a role (RFC 5280 §4.2.1.12). */
export const PURPOSES: Readonly<Record<CertificateRole, string[]>> = {
  server: [SERVER_AUTH],
  client: [CLIENT_AUTH],
  both: [SERVER_AUTH, CLIENT_AUTH],
};

/** What a leaf's key is used for: BoringSSL refuses certificates without `digitalSignature`; RSA keys also carry keys. */
export function leafKeyUsage(isRsa: boolean): KeyUsagesExtension {
  return isRsa
    ? new KeyUsagesExtension(KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true)
    : new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true);
}

/** The subject: organisation, then commonName, as UTF-8 whatever they hold. */
export function nameOf({ commonName, organization }: SubjectOptions): Name {
  // As typed values: plain strings would be searched for quotes and escapes.
  return new Name([
    ...(organization === undefined || organization === '' ? [] : [{ O: [{ utf8String: organization }] }]),
    { CN: [{ utf8String: commonName }] },
  ]);
}

/** The names as the certificate library takes them. */
export function alternativeNames({
  dns = [],
  ips = [],
  uris = [],
}: SubjectNames): { type: 'dns' | 'ip' | 'url'; value: string }[] {
  return [
    ...dns.map((value) => ({ type: 'dns' as const, value })),
    ...ips.map((value) => ({ type: 'ip' as const, value: value.replace(/[[\]]/g, '') })),
    ...uris.map((value) => ({ type: 'url' as const, value })),
  ];
}

/** First and last moment. Where there is an issuer, nothing outlives it, for it would be refused from then on. */
export function validity(
  options: Lifetime,
  defaultDays: number,
  now: number,
  issuer?: X509Certificate,
): { notBefore: Date; notAfter: Date } {
  // Dates in certificates have no fractions of a second.
  const second = (time: number): Date => new Date(Math.floor(Math.min(time, END_OF_TIME) / 1000) * 1000);
  const end = options.notAfter ?? now + (options.days ?? defaultDays) * DAY_MS;
  return {
    notBefore: second(options.notBefore ?? now - DAY_MS),
    notAfter: second(Math.min(end, issuer?.notAfter.getTime() ?? Infinity)),
  };
}

/** 127 random bits; RFC 5280 §4.1.2.2 wants a positive number. */
export function serialFrom(crypto: WebCrypto): string {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  octets[0] = ((octets[0] ?? 0) & 0x7f) | 0x40;
  return toHex(octets);
}

/** What is wrong with the subject or the life. */
export function subjectProblem({ commonName, organization = '', days }: SubjectOptions): Diagnosis | undefined {
  // RFC 5280 §A.1: ub-common-name, ub-organization-name.
  if (commonName === '' || commonName.length > 64) {
    return refuseOptions('The commonName of a certificate has 1 to 64 characters.');
  }
  if (organization.length > 64) return refuseOptions('The organisation of a certificate has at most 64 characters.');
  // They would make what shows the name lie.
  if (/[\u0000-\u001f\u007f]/.test(commonName + organization)) {
    return refuseOptions('A name in a certificate has no control characters.');
  }
  if (days !== undefined && !(days > 0)) return refuseOptions('A certificate lives for at least one day.');
  return undefined;
}

/** What is wrong with the alternative names. */
export function namesProblem({ dns = [], ips = [], uris = [] }: SubjectNames): Diagnosis | undefined {
  const bad =
    dns.find((name) => !isDnsName(name)) ??
    ips.find((ip) => !isNumericHost(ip)) ??
    uris.find((uri) => !/^[a-z][a-z0-9+.-]*:[\x21-\x7e]+$/i.test(uri));
  return bad === undefined ? undefined : refuseOptions(`"${bad}" cannot be an alternative name of a certificate.`);
}

/** Whether a text can be a DNS name of a certificate; a wildcard may stand for its first label. */
export function isDnsName(text: string): boolean {
  return (
    text.length <= 253 &&
    /^(\*\.)?[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/i.test(text)
  );
}

function refuseOptions(summary: string): Diagnosis {
  return { code: 'config.invalid', side: 'here', summary, cure: 'Correct the value.', evidence: {} };
}
