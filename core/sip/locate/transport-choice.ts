import { isNumericHost } from '../../base/address.ts';
import type { SipUri } from '../message/uri.ts';
import type { TransportProtocol } from '../transport/flow.ts';
import type { NaptrRecord } from './resolver.ts';

/** What is known about the transport before any DNS. */
export type TransportChoice =
  | { readonly kind: 'fixed'; readonly protocol: TransportProtocol }
  /** NAPTR and SRV records decide. */
  | { readonly kind: 'open' }
  | { readonly kind: 'impossible'; readonly reason: string };

/** RFC 3263 §4.1 as far as the URI decides; `sips` means TLS whatever else is said (RFC 5630 §3.1). */
export function chooseTransport(uri: SipUri): TransportChoice {
  const asked = uri.parameters.get('transport')?.toLowerCase();
  if (asked !== undefined) {
    if (asked === 'tls' || (asked === 'tcp' && uri.scheme === 'sips')) return { kind: 'fixed', protocol: 'tls' };
    if (uri.scheme === 'sips') return { kind: 'impossible', reason: `sips with transport=${asked} cannot be secure` };
    if (asked === 'udp' || asked === 'tcp') return { kind: 'fixed', protocol: asked };
    return { kind: 'impossible', reason: `transport=${asked} is not spoken here` };
  }
  if (uri.port === undefined && !isNumericHost(hostToFind(uri))) return { kind: 'open' };
  return { kind: 'fixed', protocol: defaultTransport(uri) };
}

/** What is taken where neither URI nor DNS says anything. */
export function defaultTransport(uri: SipUri): TransportProtocol {
  return uri.scheme === 'sips' ? 'tls' : 'udp';
}

/** The TARGET of RFC 3263 §4: `maddr`, otherwise the host. */
export function hostToFind(uri: SipUri): string {
  return uri.parameters.get('maddr') ?? uri.host;
}

/** The owner name of the SRV records for a transport (RFC 3263 §4.1). */
export function srvName(protocol: TransportProtocol, domain: string): string {
  return `${SRV_LABELS[protocol]}.${domain}`;
}

const SRV_LABELS: Readonly<Record<TransportProtocol, string>> = {
  udp: '_sip._udp',
  tcp: '_sip._tcp',
  tls: '_sips._tcp',
};

const SERVICES: Readonly<Record<string, TransportProtocol>> = {
  'SIP+D2U': 'udp',
  'SIP+D2T': 'tcp',
  'SIPS+D2T': 'tls',
};

/** What a NAPTR record offers; `undefined` where it is not about a SIP transport that we speak. */
export function naptrProtocol(record: NaptrRecord): TransportProtocol | undefined {
  return record.flags.toLowerCase() === 's' ? SERVICES[record.service.toUpperCase()] : undefined;
}

/** Whether a NAPTR record points at the SRV records of another transport than its service names. */
export function isMismatched(record: NaptrRecord, protocol: TransportProtocol): boolean {
  const replacement = record.replacement.toLowerCase();
  return Object.entries(SRV_LABELS).some(([other, label]) => other !== protocol && replacement.startsWith(`${label}.`));
}
