import { isNumericHost } from '../../base/address.ts';
import type { SipUri } from '../message/uri.ts';
import type { TransportProtocol } from '../transport/flow.ts';
import type { NaptrRecord } from './resolver.ts';

/** What is known about the transport before any DNS. */
export type TransportChoice =
  | { readonly kind: 'fixed'; readonly protocol: TransportProtocol; readonly because: string }
  /** NAPTR and SRV records decide. */
  | { readonly kind: 'open' }
  | { readonly kind: 'impossible'; readonly reason: string };

/** The transports that DNS tells of; WebSocket servers are named, not found (RFC 7118 §5). */
export type FoundProtocol = Exclude<TransportProtocol, 'ws' | 'wss'>;

/** Whether DNS has records for servers of a transport. */
export function isFound(protocol: TransportProtocol): protocol is FoundProtocol {
  return protocol !== 'ws' && protocol !== 'wss';
}

/** RFC 3263 §4.1 as far as the URI decides; `sips` means TLS whatever else is said (RFC 5630 §3.1). */
export function chooseTransport(uri: SipUri): TransportChoice {
  const asked = uri.parameters.get('transport')?.toLowerCase();
  if (asked !== undefined) {
    const because = `transport=${asked}${uri.scheme === 'sips' ? ' in a sips URI' : ''}`;
    if (asked === 'tls' || (asked === 'tcp' && uri.scheme === 'sips'))
      return { kind: 'fixed', protocol: 'tls', because };
    // RFC 7118 §5.2.4: the parameter is `ws` with and without TLS.
    if (asked === 'wss' || (asked === 'ws' && uri.scheme === 'sips'))
      return { kind: 'fixed', protocol: 'wss', because };
    if (uri.scheme === 'sips') return { kind: 'impossible', reason: `sips with transport=${asked} cannot be secure` };
    if (asked === 'udp' || asked === 'tcp' || asked === 'ws') return { kind: 'fixed', protocol: asked, because };
    return { kind: 'impossible', reason: `transport=${asked} is not spoken here` };
  }
  const isNumeric = isNumericHost(hostToFind(uri));
  if (uri.port === undefined && !isNumeric) return { kind: 'open' };
  const because = `${uri.scheme} with ${isNumeric ? 'a numeric address' : 'a port'} and no transport parameter`;
  return { kind: 'fixed', protocol: defaultTransport(uri), because };
}

/** What is taken where neither URI nor DNS says anything. */
export function defaultTransport(uri: SipUri): FoundProtocol {
  return uri.scheme === 'sips' ? 'tls' : 'udp';
}

/** The TARGET of RFC 3263 §4: `maddr`, otherwise the host. */
export function hostToFind(uri: SipUri): string {
  return uri.parameters.get('maddr') ?? uri.host;
}

/** The owner name of the SRV records for a transport (RFC 3263 §4.1). */
export function srvName(protocol: FoundProtocol, domain: string): string {
  return `${SRV_LABELS[protocol]}.${domain}`;
}

const SRV_LABELS: Readonly<Record<FoundProtocol, string>> = {
  udp: '_sip._udp',
  tcp: '_sip._tcp',
  tls: '_sips._tcp',
};

/** The service field of NAPTR for each transport (RFC 3263 §4.1). */
export const NAPTR_SERVICES: Readonly<Record<FoundProtocol, string>> = {
  udp: 'SIP+D2U',
  tcp: 'SIP+D2T',
  tls: 'SIPS+D2T',
};

/** Transports of SIP that we know and do not speak (RFC 4168, RFC 7118). */
const NOT_SPOKEN: Readonly<Record<string, string>> = {
  'SIP+D2S': 'SCTP is not spoken here',
  'SIPS+D2S': 'SCTP is not spoken here',
  'SIP+D2W': 'WebSocket is not spoken here',
  'SIPS+D2W': 'WebSocket is not spoken here',
};

/** What a NAPTR record is to us: a transport that it offers, or why it is passed over. */
export type NaptrOffer =
  | { readonly protocol: FoundProtocol }
  | { readonly reason: string; /** Whether it is about SIP at all. */ readonly isSip: boolean };

/** Reads flags and service of a NAPTR record (RFC 3263 §4.1): only `s` with an empty regexp leads to SRV records. */
export function naptrOffer(record: NaptrRecord): NaptrOffer {
  const service = record.service.toUpperCase();
  const unspoken = NOT_SPOKEN[service];
  if (unspoken !== undefined) return { reason: unspoken, isSip: true };
  const protocol = (['udp', 'tcp', 'tls'] as const).find((candidate) => NAPTR_SERVICES[candidate] === service);
  if (protocol === undefined) return { reason: `${record.service} is no service of SIP`, isSip: false };
  if (record.flags.toLowerCase() !== 's') return { reason: `flag "${record.flags}" instead of "s"`, isSip: true };
  if (record.regexp !== '') return { reason: 'its regexp is not empty', isSip: true };
  return { protocol };
}

/** Whether a NAPTR record points at the SRV records of another transport than its service names. */
export function isMismatched(record: NaptrRecord, protocol: TransportProtocol): boolean {
  const replacement = record.replacement.toLowerCase();
  return Object.entries(SRV_LABELS).some(([other, label]) => other !== protocol && replacement.startsWith(`${label}.`));
}
