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
 * without regard to case; a wildcard never matches. A numeric address is looked for among the IP addresses and SIP URIs.
 */
export function matchIdentity(certificate: CertificateView, serverName: string): IdentityMatch {
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
  const byWildcard = names.some((candidate) => wildcardWouldMatch(canonicalHost(candidate), expected));
  return { matched: false, code: byWildcard ? 'cert.wildcard' : 'cert.name-mismatch', names };
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
