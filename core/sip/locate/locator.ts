import { formatHost, isNumericHost } from '../../base/address.ts';
import type { Diagnosis, DiagnosisCode } from '../../base/diagnosis.ts';
import type { Random } from '../../base/random.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Tracer } from '../../trace/tracer.ts';
import type { SipUri } from '../message/uri.ts';
import { DEFAULT_PORTS } from '../transport/default-ports.ts';
import type { Target, TransportProtocol } from '../transport/flow.ts';
import type { LookupFailure, NaptrRecord, Resolver } from './resolver.ts';
import { orderSrv } from './srv-order.ts';
import {
  chooseTransport,
  defaultTransport,
  hostToFind,
  isMismatched,
  naptrProtocol,
  srvName,
} from './transport-choice.ts';

/** A host and port that DNS led to, not yet an address. */
interface Place {
  readonly protocol: TransportProtocol;
  readonly host: string;
  readonly port: number;
}

/** What one search found on its way. */
interface Search {
  readonly uri: SipUri;
  /** The worst failure of a lookup, to explain an empty result. */
  failure: LookupFailure;
  /** Whether there are SIP records, though none for TLS. */
  insecureOnly: boolean;
}

/** Finds the servers of a URI (RFC 3263 §4). */
export class Locator {
  readonly #resolver: Resolver;
  readonly #random: Random;
  readonly #tracer: Tracer;
  readonly #spoken: readonly TransportProtocol[];

  /** `spoken`: the transports that may be used, the preferred first; it decides between SRV records without NAPTR. */
  constructor(options: {
    readonly resolver: Resolver;
    readonly random: Random;
    readonly tracer: Tracer;
    readonly spoken?: readonly TransportProtocol[];
  }) {
    this.#resolver = options.resolver;
    this.#random = options.random;
    this.#tracer = options.tracer;
    this.#spoken = options.spoken ?? ['tls', 'tcp', 'udp'];
  }

  /**
   * Where a request to `uri` may go: at least one target, in the order to be tried. Each carries the host of the URI, not
   * the one that SRV led to, as the name that a certificate must show (RFC 5922 §7.3).
   */
  async locate(uri: SipUri): Promise<Result<readonly Target[], Diagnosis>> {
    const search: Search = { uri, failure: 'not-found', insecureOnly: false };
    const choice = chooseTransport(uri);
    if (choice.kind === 'impossible' || (choice.kind === 'fixed' && !this.#spoken.includes(choice.protocol))) {
      const reason = choice.kind === 'impossible' ? choice.reason : `transport ${choice.protocol} is switched off here`;
      return this.#finish(search, [], diagnose('sip.uri-scheme', uri, reason));
    }
    const places =
      choice.kind === 'fixed' ? await this.#placesFor(search, choice.protocol) : await this.#discover(search);
    const targets: Target[] = [];
    for (const place of places) targets.push(...(await this.#targetsAt(search, place)));
    return this.#finish(search, withoutRepeats(targets), explain(search));
  }

  /** §4.2, the transport being known. */
  async #placesFor(search: Search, protocol: TransportProtocol): Promise<readonly Place[]> {
    const { uri } = search;
    const host = hostToFind(uri);
    const itself = { protocol, host, port: uri.port ?? DEFAULT_PORTS[protocol] };
    if (uri.port !== undefined || isNumericHost(host)) return [itself];
    const places = await this.#placesFromSrv(search, srvName(protocol, host), protocol);
    return places ?? [itself];
  }

  /** §4.1, the transport being open: NAPTR, then SRV for each transport, then the default. */
  async #discover(search: Search): Promise<readonly Place[]> {
    const host = hostToFind(search.uri);
    const places: Place[] = [];
    for (const { protocol, replacement } of await this.#naptr(search, host)) {
      places.push(...((await this.#placesFromSrv(search, replacement, protocol)) ?? []));
    }
    if (places.length > 0) return places;
    for (const protocol of this.#spoken) {
      if (search.uri.scheme === 'sips' && protocol !== 'tls') continue;
      const found = await this.#placesFromSrv(search, srvName(protocol, host), protocol);
      if (found !== undefined) return found;
    }
    const protocol = defaultTransport(search.uri);
    if (!this.#spoken.includes(protocol)) {
      const fallback = this.#spoken[0] ?? protocol;
      return [{ protocol: fallback, host, port: DEFAULT_PORTS[fallback] }];
    }
    return [{ protocol, host, port: DEFAULT_PORTS[protocol] }];
  }

  async #naptr(
    search: Search,
    host: string,
  ): Promise<readonly { readonly protocol: TransportProtocol; readonly replacement: string }[]> {
    const records = await this.#resolver.naptr(host);
    this.#trace('naptr', host, records);
    if (!records.ok) return [];
    const usable: { record: NaptrRecord; protocol: TransportProtocol }[] = [];
    for (const record of records.value) {
      const protocol = naptrProtocol(record);
      if (protocol === undefined) continue;
      if (isMismatched(record, protocol)) this.#warnOfMismatch(search.uri, record);
      if (search.uri.scheme === 'sips' && protocol !== 'tls') search.insecureOnly = true;
      else if (this.#spoken.includes(protocol)) usable.push({ record, protocol });
    }
    if (usable.some(({ protocol }) => protocol === 'tls')) search.insecureOnly = false;
    usable.sort(({ record: one }, { record: other }) => one.order - other.order || one.preference - other.preference);
    return usable.map(({ record, protocol }) => ({ protocol, replacement: record.replacement }));
  }

  /** `undefined` where there are no such records; empty where they say that there is no such service. */
  async #placesFromSrv(
    search: Search,
    name: string,
    protocol: TransportProtocol,
  ): Promise<readonly Place[] | undefined> {
    const records = await this.#resolver.srv(name);
    this.#trace('srv', name, records);
    if (!records.ok) {
      note(search, records.error);
      return undefined;
    }
    const offered = records.value.filter((record) => record.target !== '');
    return orderSrv(offered, this.#random).map(({ target, port }) => ({ protocol, host: target, port }));
  }

  async #targetsAt(search: Search, { protocol, host, port }: Place): Promise<readonly Target[]> {
    const serverName = search.uri.host;
    if (isNumericHost(host)) return [{ protocol, address: host, port, serverName }];
    const addresses = await this.#resolver.addresses(host);
    this.#trace('addresses', host, addresses);
    if (addresses.ok) return addresses.value.map((address) => ({ protocol, address, port, serverName }));
    note(search, addresses.error);
    return [];
  }

  #finish(search: Search, targets: readonly Target[], failure: Diagnosis): Result<readonly Target[], Diagnosis> {
    const uri = described(search.uri);
    if (targets.length === 0) {
      this.#tracer.emit('sresolv', 3, 'diagnosis', { diagnosis: failure, uri });
      return err(failure);
    }
    this.#tracer.emit('sresolv', 5, 'dns.located', { uri, targets });
    return ok(targets);
  }

  #trace(record: string, name: string, result: Result<readonly unknown[], LookupFailure>): void {
    this.#tracer.emit('sresolv', 7, 'dns.lookup', {
      record,
      name,
      ...(result.ok ? { found: result.value } : { failure: result.error }),
    });
  }

  #warnOfMismatch(uri: SipUri, record: NaptrRecord): void {
    const reason = `its NAPTR record for ${record.service} leads to ${record.replacement}`;
    this.#tracer.emit('sresolv', 3, 'diagnosis', { diagnosis: diagnose('dns.service-mismatch', uri, reason) });
  }
}

/** A timeout explains more than a missing record, for it may hide one. */
function note(search: Search, failure: LookupFailure): void {
  if (search.failure !== 'timeout') search.failure = failure;
}

function explain(search: Search): Diagnosis {
  if (search.failure === 'timeout') return diagnose('dns.timeout', search.uri, 'the name servers did not answer');
  if (search.insecureOnly) return diagnose('dns.no-sips-records', search.uri, 'its records offer SIP only without TLS');
  return diagnose('dns.not-found', search.uri, 'the name has no address');
}

const CURES = {
  'dns.not-found': 'Check the spelling of the domain, or name the server with its address and port.',
  'dns.timeout': 'Check the network connection and the name servers of this machine.',
  'dns.no-sips-records': 'Add a _sips._tcp SRV record for port 5061, or name the server with its port.',
  'dns.service-mismatch': 'Let SIPS+D2T lead to _sips._tcp, SIP+D2T to _sip._tcp and SIP+D2U to _sip._udp.',
  'sip.uri-scheme': 'Change the transport of the address, or allow that transport in the settings.',
} as const satisfies Partial<Record<DiagnosisCode, string>>;

function diagnose(code: keyof typeof CURES, uri: SipUri, reason: string): Diagnosis {
  return {
    code,
    side: code === 'dns.timeout' || code === 'sip.uri-scheme' ? 'here' : 'there',
    summary: `No way to ${hostToFind(uri)} was found: ${reason}.`,
    cure: CURES[code],
    evidence: { uri: described(uri), host: hostToFind(uri), reason },
  };
}

/** The URI without user and password, which the search does not need. */
function described({ scheme, host, port }: SipUri): string {
  return `${scheme}:${formatHost(host)}${port === undefined ? '' : `:${port}`}`;
}

function withoutRepeats(targets: readonly Target[]): readonly Target[] {
  const seen = new Set<string>();
  return targets.filter(({ protocol, address, port }) => {
    const key = `${protocol}|${address}|${port}`;
    return !seen.has(key) && seen.add(key);
  });
}
