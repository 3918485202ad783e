import { isNumericHost } from '../../base/address.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Random } from '../../base/random.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { Tracer } from '../../trace/tracer.ts';
import type { Via } from '../message/header-values.ts';
import { sipUri, type SipUri } from '../message/uri.ts';
import { DEFAULT_PORTS } from '../transport/default-ports.ts';
import type { Target, TransportProtocol } from '../transport/flow.ts';
import { keyedRandom } from './keyed-random.ts';
import { describedUri, locationDiagnosis } from './location-diagnosis.ts';
import type { LocatedTarget, LocationStep, LookupType } from './location-step.ts';
import type { Answer, LookupFailure, NaptrRecord, Resolver } from './resolver.ts';
import { orderSrv } from './srv-order.ts';
import type { TargetHealth } from './target-health.ts';
import {
  chooseTransport,
  defaultTransport,
  hostToFind,
  isFound,
  isMismatched,
  naptrOffer,
  srvName,
  type FoundProtocol,
} from './transport-choice.ts';
import { naptrText, srvText } from './zone-records.ts';

/** A host and port that DNS led to, not yet an address. */
interface Place {
  readonly protocol: TransportProtocol;
  readonly host: string;
  readonly port: number;
}

/** How a search is to be done. */
export interface LocateOptions {
  /** Told of each step as it is taken; the trace gets the same. */
  readonly onStep?: ((step: LocationStep) => void) | undefined;
  /** Draws by this instead of by lot, so that all messages of one transaction go one way (§4.4). */
  readonly key?: string | undefined;
}

/** What one search found on its way. */
interface Search {
  readonly uri: SipUri;
  readonly random: Random;
  readonly onStep: ((step: LocationStep) => void) | undefined;
  /** The worst failure of a lookup, to explain an empty result. */
  failure: LookupFailure;
  /** Whether there are SIP records, though none for TLS. */
  insecureOnly: boolean;
}

/** Places that one search looks at. */
const MAX_PLACES = 32;

/** Finds the servers of a URI (RFC 3263 §4, RFC 7984). */
export class Locator {
  readonly #resolver: Resolver;
  readonly #random: Random;
  readonly #tracer: Tracer;
  readonly #spoken: readonly TransportProtocol[];
  readonly #health: TargetHealth | undefined;

  /**
   * `spoken`: the transports that may be used, the preferred first; it decides between SRV records without NAPTR. `health`
   * puts targets last that failed not long ago.
   */
  constructor(options: {
    readonly resolver: Resolver;
    readonly random: Random;
    readonly tracer: Tracer;
    readonly spoken?: readonly TransportProtocol[];
    readonly health?: TargetHealth;
  }) {
    this.#resolver = options.resolver;
    this.#random = options.random;
    this.#tracer = options.tracer;
    this.#spoken = options.spoken ?? ['tls', 'tcp', 'udp', 'wss', 'ws'];
    this.#health = options.health;
  }

  /**
   * Where a request to `uri` may go: at least one target, in the order to be tried. Each carries the host of the URI, not
   * the one that SRV led to, as the name that a certificate must show (RFC 5922 §7.3).
   */
  async locate(uri: SipUri, options: LocateOptions = {}): Promise<Result<readonly LocatedTarget[], Diagnosis>> {
    const search = this.#search(uri, options);
    const choice = chooseTransport(uri);
    if (choice.kind === 'impossible' || (choice.kind === 'fixed' && !this.#spoken.includes(choice.protocol))) {
      const reason = choice.kind === 'impossible' ? choice.reason : `transport ${choice.protocol} is switched off here`;
      return this.#finish(search, [], locationDiagnosis('sip.uri-scheme', uri, reason));
    }
    if (choice.kind === 'fixed') this.#decide(search, '4.1', `transport ${choice.protocol}: ${choice.because}`);
    const places =
      choice.kind === 'fixed' ? await this.#placesFor(search, choice.protocol) : await this.#discover(search);
    return this.#arrive(search, places);
  }

  /**
   * Where a response goes when neither the flow of its request nor the address that it came from can be reached: what the
   * topmost Via says (§5).
   */
  async locateSentBy(via: Via, options: LocateOptions = {}): Promise<Result<readonly LocatedTarget[], Diagnosis>> {
    const protocol = (['udp', 'tcp', 'tls', 'ws', 'wss'] as const).find((name) => name === via.transport.toLowerCase());
    const host = via.parameters.get('maddr') ?? via.host;
    const uri = sipUri({ scheme: protocol === 'tls' || protocol === 'wss' ? 'sips' : 'sip', host, port: via.port });
    const search = this.#search(uri, options);
    if (protocol === undefined) {
      const reason = `transport ${via.transport} is not spoken here`;
      return this.#finish(search, [], locationDiagnosis('sip.uri-scheme', uri, reason));
    }
    this.#decide(search, '5', `transport ${protocol}, as the request came`);
    return this.#arrive(search, await this.#placesFor(search, protocol));
  }

  #search(uri: SipUri, { onStep, key }: LocateOptions): Search {
    const random = key === undefined ? this.#random : keyedRandom(key);
    return { uri, random, onStep, failure: 'not-found', insecureOnly: false };
  }

  /** §4.2, the transport being known. */
  async #placesFor(search: Search, protocol: TransportProtocol): Promise<readonly Place[]> {
    const { uri } = search;
    const host = hostToFind(uri);
    const itself = { protocol, host, port: uri.port ?? DEFAULT_PORTS[protocol] };
    if (uri.port !== undefined || isNumericHost(host) || !isFound(protocol)) {
      this.#decide(
        search,
        '4.2',
        `port ${itself.port}, ${uri.port === undefined ? 'the default' : 'as given'}: no SRV`,
      );
      return [itself];
    }
    const places = await this.#placesFromSrv(search, srvName(protocol, host), protocol);
    if (places !== undefined) return places;
    this.#decide(search, '4.2', `no SRV records: the addresses of ${host} with the default port ${itself.port}`);
    return [itself];
  }

  /** §4.1, the transport being open: NAPTR, then SRV for each transport, then the default. */
  async #discover(search: Search): Promise<readonly Place[]> {
    const host = hostToFind(search.uri);
    const records = await this.#resolver.naptr(host);
    this.#tell(search, 'NAPTR', host, records, naptrText);
    const { offers, areSip } = records.ok ? this.#offers(search, records.value.records) : NO_OFFERS;
    const places: Place[] = [];
    for (const { protocol, replacement } of offers) {
      places.push(...((await this.#placesFromSrv(search, replacement, protocol)) ?? []));
    }
    if (places.length > 0) return places;
    const secure = search.uri.scheme === 'sips';
    let isDenied = false;
    for (const protocol of this.#spoken) {
      if (!isFound(protocol) || (secure && protocol !== 'tls')) continue;
      const found = await this.#placesFromSrv(search, srvName(protocol, host), protocol);
      if (found !== undefined && found.length > 0) return found;
      isDenied ||= found !== undefined;
    }
    // Records with the target "." say that there is nothing to be found at the name itself either.
    if (isDenied) return [];
    if (areSip && search.insecureOnly) {
      this.#decide(search, '4.1', 'the domain says how it is reached, and TLS is not among it');
      return [];
    }
    const preferred = defaultTransport(search.uri);
    const protocol = this.#spoken.includes(preferred) ? preferred : (this.#spoken[0] ?? preferred);
    this.#decide(search, '4.1', `neither NAPTR nor SRV records: ${protocol}, port ${DEFAULT_PORTS[protocol]}`);
    return [{ protocol, host, port: DEFAULT_PORTS[protocol] }];
  }

  /** The usable records of the lowest order that has any: others must not be looked at then (RFC 3403 §4.1). */
  #offers(search: Search, records: readonly NaptrRecord[]): typeof NO_OFFERS {
    const sorted = [...records].sort((a, b) => a.order - b.order || a.preference - b.preference);
    const offers: { readonly protocol: FoundProtocol; readonly replacement: string }[] = [];
    let order: number | undefined;
    let areSip = false;
    for (const record of sorted) {
      const offer = naptrOffer(record);
      areSip ||= 'protocol' in offer || offer.isSip;
      const reason =
        order !== undefined && record.order > order
          ? `order ${order} led somewhere already (RFC 3403 §4.1)`
          : 'reason' in offer
            ? offer.reason
            : this.#refusal(search, offer.protocol);
      if (reason !== undefined || !('protocol' in offer)) {
        this.#step(search, { step: 'skipped', record: `NAPTR ${naptrText(record)}`, reason: reason ?? '' });
        continue;
      }
      order = record.order;
      if (isMismatched(record, offer.protocol)) this.#warnOfMismatch(search.uri, record);
      offers.push({ protocol: offer.protocol, replacement: record.replacement });
    }
    search.insecureOnly = search.uri.scheme === 'sips' && areSip && offers.length === 0;
    return { offers, areSip };
  }

  #refusal(search: Search, protocol: TransportProtocol): string | undefined {
    if (search.uri.scheme === 'sips' && protocol !== 'tls') return 'a sips URI needs TLS';
    return this.#spoken.includes(protocol) ? undefined : `transport ${protocol} is switched off here`;
  }

  /** `undefined` where there are no such records; empty where they say that there is no such service. */
  async #placesFromSrv(
    search: Search,
    name: string,
    protocol: TransportProtocol,
  ): Promise<readonly Place[] | undefined> {
    const answer = await this.#resolver.srv(name);
    this.#tell(search, 'SRV', name, answer, srvText);
    if (!answer.ok) {
      note(search, answer.error);
      return undefined;
    }
    const { records } = answer.value;
    for (const record of records.filter(({ target }) => target === '')) {
      this.#step(search, {
        step: 'skipped',
        record: `SRV ${srvText(record)}`,
        reason: 'the target "." says that there is no such service (RFC 2782)',
      });
    }
    const ordered = orderSrv(
      records.filter(({ target }) => target !== ''),
      search.random,
    );
    if (ordered.length > 1) {
      const names = ordered.map(({ target, port }) => `${target}:${port}`).join(', ');
      this.#decide(search, 'RFC 2782', `by priority, and by lot according to weight: ${names}`);
    }
    return ordered.map(({ target, port }) => ({ protocol, host: target, port }));
  }

  /** The addresses of all places, and the end of the search. */
  async #arrive(search: Search, places: readonly Place[]): Promise<Result<readonly LocatedTarget[], Diagnosis>> {
    const targets = await Promise.all(places.slice(0, MAX_PLACES).map((place) => this.#targetsAt(search, place)));
    return this.#finish(search, this.#healthyFirst(search, withoutRepeats(targets.flat())), explain(search));
  }

  async #targetsAt(search: Search, { protocol, host, port }: Place): Promise<readonly LocatedTarget[]> {
    const serverName = search.uri.host;
    if (isNumericHost(host)) return [{ protocol, address: host, port, serverName, host }];
    const answer = await this.#resolver.addresses(host);
    this.#tell(search, 'A/AAAA', host, answer, (address) => address);
    if (answer.ok) return answer.value.records.map((address) => ({ protocol, address, port, serverName, host }));
    note(search, answer.error);
    return [];
  }

  #healthyFirst(search: Search, targets: readonly LocatedTarget[]): readonly LocatedTarget[] {
    const health = this.#health;
    if (health === undefined) return targets;
    const resting = targets.filter((target) => health.isResting(target));
    if (resting.length === 0 || resting.length === targets.length) return targets;
    this.#decide(search, '4.3', `last, since they failed not long ago: ${resting.map(targetText).join(', ')}`);
    return [
      ...targets.filter((target) => !resting.includes(target)),
      ...resting.map((target) => ({ ...target, resting: true })),
    ];
  }

  #finish(
    search: Search,
    targets: readonly LocatedTarget[],
    failure: Diagnosis,
  ): Result<readonly LocatedTarget[], Diagnosis> {
    if (targets.length === 0) {
      this.#tracer.emit('sresolv', 3, 'diagnosis', { diagnosis: failure, uri: describedUri(search.uri) });
      return err(failure);
    }
    this.#step(search, { step: 'located', targets });
    return ok(targets);
  }

  #decide(search: Search, rule: string, text: string): void {
    this.#step(search, { step: 'decision', rule, text });
  }

  #tell<T>(
    search: Search,
    type: LookupType,
    name: string,
    answer: Result<Answer<T>, LookupFailure>,
    text: (record: T) => string,
  ): void {
    if (!answer.ok) {
      this.#step(search, { step: 'no-answer', type, name, failure: answer.error });
      return;
    }
    const { records, ttl, cached = false, aliases = [] } = answer.value;
    this.#step(search, { step: 'answer', type, name, records: records.map(text), ttl, cached, aliases });
  }

  #step(search: Search, step: LocationStep): void {
    const { step: kind, ...fields } = step;
    const level = kind === 'located' ? 5 : 7;
    this.#tracer.emit('sresolv', level, `dns.${kind}`, { uri: describedUri(search.uri), ...fields });
    search.onStep?.(step);
  }

  #warnOfMismatch(uri: SipUri, record: NaptrRecord): void {
    const reason = `its NAPTR record for ${record.service} leads to ${record.replacement}`;
    const diagnosis = locationDiagnosis('dns.service-mismatch', uri, reason);
    this.#tracer.emit('sresolv', 3, 'diagnosis', { diagnosis });
  }
}

const NO_OFFERS: {
  readonly offers: readonly { readonly protocol: FoundProtocol; readonly replacement: string }[];
  readonly areSip: boolean;
} = { offers: [], areSip: false };

/** A timeout explains more than a missing record, for it may hide one. */
function note(search: Search, failure: LookupFailure): void {
  if (search.failure !== 'timeout') search.failure = failure;
}

function explain(search: Search): Diagnosis {
  const { uri, failure, insecureOnly } = search;
  if (failure === 'timeout') return locationDiagnosis('dns.timeout', uri, 'the name servers did not answer');
  if (insecureOnly) {
    return locationDiagnosis('dns.no-sips-records', uri, 'its records offer SIP only without TLS');
  }
  return locationDiagnosis('dns.not-found', uri, 'the name has no address');
}

function targetText({ protocol, address, port }: Target): string {
  return `${protocol} ${address} ${port}`;
}

function withoutRepeats(targets: readonly LocatedTarget[]): readonly LocatedTarget[] {
  const seen = new Set<string>();
  return targets.filter((target) => {
    const key = targetText(target);
    return !seen.has(key) && seen.add(key);
  });
}
