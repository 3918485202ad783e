import { isIPv4, isNumericHost } from '../base/address.ts';
import type { CertificateView } from './certificate-reader.ts';

/** Which rule found the expected name in a certificate, or why none did. */
export type IdentityMatch =
  | { readonly matched: true; readonly name: string; readonly rule: string }
  | {
      readonly matched: false;
      readonly code: 'cert.name-mismatch' | 'cert.ip-mismatch' | 'cert.wildcard';
      /** The names that were compared. */
      readonly names: readonly string[];
    };

/**
 * Looks for the domain or address that was dialled in a certificate (RFC 5922 §7.1, §7.2): the SIP domains among its URIs;
 * where it has none, its DNS names; where it has no subjectAltName at all, its commonName. Names are compared whole and
 * without regard to case; a wildcard matches only where `allowWildcard` says so, and then for one label. A numeric address is
 * looked for among the IP addresses and SIP URIs.
 */
export function matchIdentity(
  certificate: CertificateView,
  serverName: string,
  { allowWildcard = false }: { readonly allowWildcard?: boolean | undefined } = {},
): IdentityMatch {
  const expected = canonicalHost(serverName);
  const sipDomains = certificate.names.uri.map(sipDomain).filter((domain) => domain !== undefined);
  if (isNumericHost(serverName)) return matchAddress(certificate, sipDomains, expected);
  const [names, rule] =
    sipDomains.length > 0
      ? [sipDomains, 'RFC 5922 §7.1: SIP URI in subjectAltName']
      : certificate.names.present
        ? [certificate.names.dns, 'RFC 5922 §7.1: DNS name in subjectAltName']
        : [certificate.commonName === undefined ? [] : [certificate.commonName], 'RFC 5922 §7.1: commonName'];
  const name = names.find((candidate) => canonicalHost(candidate) === expected);
  if (name !== undefined) return { matched: true, name, rule };
  const wildcard = names.find((candidate) => wildcardWouldMatch(canonicalHost(candidate), expected));
  if (wildcard !== undefined && allowWildcard)
    return { matched: true, name: wildcard, rule: 'RFC 9525 §6.3: wildcard' };
  return { matched: false, code: wildcard === undefined ? 'cert.name-mismatch' : 'cert.wildcard', names };
}

/**
 * Looks for an expected subject in a certificate: a SIP URI of a person among its URIs, anything else as
 * {@link matchIdentity} looks for a domain or an address.
 */
export function matchSubject(certificate: CertificateView, subject: string): string | undefined {
  const person = canonicalPerson(subject);
  if (person !== undefined) return usersOf(certificate).find((uri) => canonicalPerson(uri) === person);
  const match = matchIdentity(certificate, subject.replace(/^sips?:/i, ''));
  return match.matched ? match.name : undefined;
}

/** The SIP URIs of persons among the alternative names; they stand for no domain (RFC 5922 §7.1). */
export function usersOf({ names }: CertificateView): readonly string[] {
  return names.uri.filter((uri) => canonicalPerson(uri) !== undefined);
}

/** `user@host` of a SIP URI that names a person, in a form that can be compared: the user as it is, the host in lower case. */
export function canonicalPerson(uri: string): string | undefined {
  const match = /^sips?:([^@:;?]+)(?::[^@]*)?@(\[[^\]]*\]|[^:;?]+)/i.exec(uri);
  const [, user, host] = match ?? [];
  return user === undefined || host === undefined ? undefined : `${user}@${canonicalHost(host)}`;
}

/** The identities that a certificate claims for its owner, strongest kind first (RFC 5922 §7.1). */
export function identitiesOf({ names, commonName }: CertificateView): readonly string[] {
  const sipDomains = names.uri.map(sipDomain).filter((domain) => domain !== undefined);
  if (sipDomains.length > 0) return sipDomains;
  if (names.present) return [...names.dns, ...names.ip];
  return commonName === undefined ? [] : [commonName];
}

function matchAddress(certificate: CertificateView, sipDomains: readonly string[], expected: string): IdentityMatch {
  const ip = certificate.names.ip.find((candidate) => canonicalHost(candidate) === expected);
  if (ip !== undefined) return { matched: true, name: ip, rule: 'RFC 2818 §3.1: IP address in subjectAltName' };
  const domain = sipDomains.find((candidate) => canonicalHost(candidate) === expected);
  if (domain !== undefined) {
    return { matched: true, name: domain, rule: 'RFC 5922 §7.1: SIP URI in subjectAltName' };
  }
  return { matched: false, code: 'cert.ip-mismatch', names: identitiesOf(certificate) };
}

/** The host of a `sip` URI that names a domain; one with a user names a person and does not count. */
function sipDomain(uri: string): string | undefined {
  const rest = /^sip:(.*)$/is.exec(uri)?.[1];
  if (rest === undefined || rest.includes('@')) return undefined;
  const host = /^(\[[^\]]*\]|[^:;?]*)/.exec(rest)?.[1];
  return host === '' ? undefined : host;
}

function wildcardWouldMatch(pattern: string, name: string): boolean {
  return pattern.startsWith('*.') && name.slice(name.indexOf('.')) === pattern.slice(1);
}

/** Lower case, without the dot of the root; an IPv6 address as eight groups. */
function canonicalHost(host: string): string {
  const lower = host.toLowerCase();
  if (!isNumericHost(lower)) return lower.endsWith('.') ? lower.slice(0, -1) : lower;
  if (isIPv4(lower)) return lower.split('.').map(Number).join('.');
  const mapped = /^\[?(.*?)((\d+)\.(\d+)\.(\d+)\.(\d+))?\]?$/.exec(lower);
  const [, text = '', tail, a, b, c, d] = mapped ?? [];
  const last =
    tail === undefined
      ? ''
      : `${(Number(a) * 256 + Number(b)).toString(16)}:${(Number(c) * 256 + Number(d)).toString(16)}`;
  const [head = '', rest] = `${text}${last}`.split('::');
  const before = head === '' ? [] : head.split(':');
  const after = rest === undefined || rest === '' ? [] : rest.split(':');
  const zeros = rest === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].map((group) => group.replace(/^0+(?=.)/, '')).join(':');
}
