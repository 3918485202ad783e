import { isIPv6 } from '../../base/address.ts';
import type { NaptrRecord, SrvRecord } from './resolver.ts';
import { NAPTR_SERVICES, srvName, type FoundProtocol } from './transport-choice.ts';

/** The data of a NAPTR record as in a zone file (RFC 3403 §4.1, RFC 1035 §5.1). */
export function naptrText({ order, preference, flags, service, regexp, replacement }: NaptrRecord): string {
  return `${order} ${preference} ${quoted(flags)} ${quoted(service)} ${quoted(regexp)} ${replacement}.`;
}

/** The data of an SRV record as in a zone file (RFC 2782). */
export function srvText({ priority, weight, port, target }: SrvRecord): string {
  return `${priority} ${weight} ${port} ${target}.`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

/** What a domain is to say about its SIP server. */
export interface ZoneWishes {
  readonly domain: string;
  /** The server; a name without a dot is below the domain. */
  readonly host: string;
  /** Addresses of the server, where its name needs records, too. */
  readonly addresses: readonly string[];
  /** The port of each transport that the server listens on. */
  readonly ports: Readonly<Partial<Record<FoundProtocol, number>>>;
  readonly priority: number;
  readonly weight: number;
  /** Seconds. */
  readonly ttl: number;
}

/** One line of a zone. */
export interface ZoneRecord {
  /** With the final dot. */
  readonly name: string;
  readonly ttl: number;
  readonly type: 'NAPTR' | 'SRV' | 'A' | 'AAAA';
  readonly data: string;
}

/** The preferred transport first: TLS, then TCP, then UDP. */
const PREFERRED = ['tls', 'tcp', 'udp'] as const;

/**
 * The records by which RFC 3263 finds the server: NAPTR for the transports, each of an order of its own so that nobody falls
 * back from TLS by a failure (RFC 3403 §4.1), SRV for host and port, A and AAAA for addresses.
 */
export function zoneRecords(wishes: ZoneWishes): readonly ZoneRecord[] {
  const { ttl, priority, weight, addresses } = wishes;
  const domain = wishes.domain.replace(/\.$/, '').toLowerCase();
  const written = wishes.host.replace(/\.$/, '').toLowerCase();
  const target = written.includes('.') ? written : `${written}.${domain}`;
  const offered = PREFERRED.flatMap((protocol) => {
    const port = wishes.ports[protocol];
    return port === undefined ? [] : [{ protocol, port }];
  });
  return [
    ...offered.map(({ protocol }, index): ZoneRecord => {
      const replacement = srvName(protocol, domain);
      const service = NAPTR_SERVICES[protocol];
      const data = naptrText({ order: 10 * (index + 1), preference: 10, flags: 's', service, regexp: '', replacement });
      return { name: `${domain}.`, ttl, type: 'NAPTR', data };
    }),
    ...offered.map(({ protocol, port }): ZoneRecord => {
      const data = srvText({ priority, weight, port, target });
      return { name: `${srvName(protocol, domain)}.`, ttl, type: 'SRV', data };
    }),
    ...addresses.map((address): ZoneRecord => {
      return { name: `${target}.`, ttl, type: isIPv6(address) ? 'AAAA' : 'A', data: address };
    }),
  ];
}

/** A record as one line of a zone file (RFC 1035 §5.1). */
export function zoneLine({ name, ttl, type, data }: ZoneRecord): string {
  return `${name} ${ttl} IN ${type} ${data}`;
}
