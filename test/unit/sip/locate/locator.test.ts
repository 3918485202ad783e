import { describe, expect, it } from 'vitest';
import { err, ok, type Result } from '../../../../core/base/result.ts';
import { Locator } from '../../../../core/sip/locate/locator.ts';
import { TargetHealth } from '../../../../core/sip/locate/target-health.ts';
import type { Answer, LookupFailure, NaptrRecord, Resolver, SrvRecord } from '../../../../core/sip/locate/resolver.ts';
import { parseUri, isSipUri, type SipUri } from '../../../../core/sip/message/uri.ts';
import { parseVia } from '../../../../core/sip/message/via.ts';
import type { Target, TransportProtocol } from '../../../../core/sip/transport/flow.ts';
import { Tracer, type TraceEvent } from '../../../../core/trace/tracer.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

interface Zone {
  readonly naptr?: Readonly<Record<string, readonly NaptrRecord[]>>;
  readonly srv?: Readonly<Record<string, readonly SrvRecord[]>>;
  readonly addresses?: Readonly<Record<string, readonly string[]>>;
  /** Names whose lookups get no answer. */
  readonly silent?: readonly string[];
}

class ZoneResolver implements Resolver {
  readonly #zone: Zone;
  readonly asked: string[] = [];

  constructor(zone: Zone) {
    this.#zone = zone;
  }

  naptr(name: string): Promise<Result<Answer<NaptrRecord>, LookupFailure>> {
    return this.#answer('naptr', name, this.#zone.naptr?.[name]);
  }

  srv(name: string): Promise<Result<Answer<SrvRecord>, LookupFailure>> {
    return this.#answer('srv', name, this.#zone.srv?.[name]);
  }

  addresses(name: string): Promise<Result<Answer<string>, LookupFailure>> {
    return this.#answer('addresses', name, this.#zone.addresses?.[name]);
  }

  #answer<T>(type: string, name: string, records: readonly T[] | undefined): Promise<Result<Answer<T>, LookupFailure>> {
    this.asked.push(`${type} ${name}`);
    if (this.#zone.silent?.includes(name) === true) return Promise.resolve(err('timeout'));
    return Promise.resolve(records === undefined ? err('not-found') : ok({ records, ttl: 60 }));
  }
}

const srv = (target: string, port: number, priority = 10, weight = 0): SrvRecord => ({
  target,
  port,
  priority,
  weight,
});
const naptr = (order: number, service: string, replacement: string): NaptrRecord => ({
  order,
  preference: 50,
  flags: 's',
  service,
  regexp: '',
  replacement,
});

function uriOf(text: string): SipUri {
  const uri = parseUri(text);
  if (!uri.ok || !isSipUri(uri.value)) throw new Error(`not a SIP URI: ${text}`);
  return uri.value;
}

const skippedOf = (events: readonly TraceEvent[]): unknown[] =>
  events.filter(({ kind }) => kind === 'dns.skipped').map(({ reason }) => reason);

async function locate(text: string, zone: Zone = {}, spoken?: readonly TransportProtocol[]) {
  const resolver = new ZoneResolver(zone);
  const tracer = new Tracer(new VirtualClock());
  const events: TraceEvent[] = [];
  tracer.subscribe((event) => events.push(event));
  const locator = new Locator({
    resolver,
    random: new SeededRandom(3),
    tracer,
    ...(spoken === undefined ? {} : { spoken }),
  });
  const result = await locator.locate(uriOf(text));
  return {
    targets: result.ok ? result.value.map((t) => `${t.protocol} ${t.address} ${t.port} ${t.serverName}`) : [],
    failure: result.ok ? undefined : result.error,
    asked: resolver.asked,
    events,
  };
}

describe('Locator, RFC 3263 §4: what the URI decides', () => {
  it.each([
    ['sip:192.0.2.1', 'udp 192.0.2.1 5060 192.0.2.1'],
    ['sips:192.0.2.1', 'tls 192.0.2.1 5061 192.0.2.1'],
    ['sip:192.0.2.1:5070', 'udp 192.0.2.1 5070 192.0.2.1'],
    ['sip:[2001:db8::1]:5070;transport=tcp', 'tcp 2001:db8::1 5070 2001:db8::1'],
    ['sip:192.0.2.1;transport=TLS', 'tls 192.0.2.1 5061 192.0.2.1'],
    ['sips:192.0.2.1;transport=tcp', 'tls 192.0.2.1 5061 192.0.2.1'],
    ['sip:192.0.2.1;transport=ws', 'ws 192.0.2.1 80 192.0.2.1'],
    ['sips:192.0.2.1;transport=ws', 'wss 192.0.2.1 443 192.0.2.1'],
    ['sip:example.org;maddr=192.0.2.9', 'udp 192.0.2.9 5060 example.org'],
  ])('%s goes to %s without any lookup', async (uri, target) => {
    const { targets, asked } = await locate(uri);
    expect(targets).toEqual([target]);
    expect(asked).toEqual([]);
  });

  it('§4.2 a name with a port is looked up as A and AAAA only, in the order given', async () => {
    const { targets, asked } = await locate('sips:pbx.example.org:5071', {
      addresses: { 'pbx.example.org': ['2001:db8::5', '192.0.2.5'] },
      srv: { '_sips._tcp.pbx.example.org': [srv('wrong.example.org', 1)] },
    });
    expect(targets).toEqual(['tls 2001:db8::5 5071 pbx.example.org', 'tls 192.0.2.5 5071 pbx.example.org']);
    expect(asked).toEqual(['addresses pbx.example.org']);
  });

  it.each(['sips:example.org;transport=udp', 'sip:example.org;transport=sctp', 'sips:example.org;transport=sctp'])(
    '%s is impossible',
    async (uri) => {
      const { failure, asked } = await locate(uri);
      expect(failure?.code).toBe('sip.uri-scheme');
      expect(asked).toEqual([]);
    },
  );

  it('a transport that is switched off is not used even where the URI asks for it', async () => {
    const { failure } = await locate('sip:192.0.2.1', {}, ['tls']);
    expect(failure?.code).toBe('sip.uri-scheme');
  });
});

describe('Locator, RFC 3263 §4.1 and §4.2: what DNS decides', () => {
  const addresses = { 'a.example.org': ['192.0.2.1'], 'b.example.org': ['192.0.2.2'], 'example.org': ['192.0.2.9'] };

  it('a transport parameter leaves port and host to the SRV records of that transport', async () => {
    const { targets, asked } = await locate('sip:example.org;transport=tls', {
      srv: { '_sips._tcp.example.org': [srv('b.example.org', 5062, 20), srv('a.example.org', 5061, 10)] },
      addresses,
    });
    expect(targets).toEqual(['tls 192.0.2.1 5061 example.org', 'tls 192.0.2.2 5062 example.org']);
    expect(asked[0]).toBe('srv _sips._tcp.example.org');
  });

  it('RFC 5922 §7.3 the certificate MUST show the domain that was asked for, not the host that SRV led to', async () => {
    const { targets } = await locate('sips:example.org', {
      srv: { '_sips._tcp.example.org': [srv('a.example.org', 5061)] },
      addresses,
    });
    expect(targets).toEqual(['tls 192.0.2.1 5061 example.org']);
  });

  it('§4.1 NAPTR records are followed by order, however they arrive; what is not SIP, or not spoken, is passed over with a reason', async () => {
    const { targets, events } = await locate('sip:example.org', {
      naptr: {
        'example.org': [
          naptr(30, 'SIP+D2U', '_sip._udp.example.org'),
          naptr(5, 'SIP+D2S', '_sip._sctp.example.org'),
          naptr(6, 'E2U+email', 'example.org'),
          { ...naptr(7, 'SIP+D2T', ''), flags: 'u', regexp: '!^.*$!sip:a@b!' },
          naptr(10, 'sips+d2t', '_sips._tcp.example.org'),
        ],
      },
      srv: {
        '_sip._udp.example.org': [srv('b.example.org', 5060)],
        '_sips._tcp.example.org': [srv('a.example.org', 5061)],
      },
      addresses,
    });
    expect(targets).toEqual(['tls 192.0.2.1 5061 example.org']);
    expect(skippedOf(events)).toEqual([
      'SCTP is not spoken here',
      'E2U+email is no service of SIP',
      'flag "u" instead of "s"',
      'order 10 led somewhere already (RFC 3403 §4.1)',
    ]);
  });

  it('RFC 3403 §4.1 MUST NOT look at a higher order once one has matched: a failing TLS server is no way to UDP', async () => {
    const zone = {
      naptr: {
        'example.org': [naptr(10, 'SIPS+D2T', '_sips._tcp.example.org'), naptr(20, 'SIP+D2U', '_sip._udp.example.org')],
      },
      srv: {
        '_sips._tcp.example.org': [srv('a.example.org', 5061)],
        '_sip._udp.example.org': [srv('b.example.org', 5060)],
      },
      addresses,
    };
    expect((await locate('sip:example.org', zone)).targets).toEqual(['tls 192.0.2.1 5061 example.org']);
  });

  it('RFC 3403 §4.1 of one order the lesser preference comes first, and the others follow', async () => {
    const { targets } = await locate('sip:example.org', {
      naptr: {
        'example.org': [
          { ...naptr(10, 'SIP+D2U', '_sip._udp.example.org'), preference: 60 },
          naptr(10, 'SIPS+D2T', '_sips._tcp.example.org'),
        ],
      },
      srv: {
        '_sips._tcp.example.org': [srv('a.example.org', 5061)],
        '_sip._udp.example.org': [srv('b.example.org', 5060)],
      },
      addresses,
    });
    expect(targets).toEqual(['tls 192.0.2.1 5061 example.org', 'udp 192.0.2.2 5060 example.org']);
  });

  it('§4.4 without state the lot follows from the key: the same key MUST lead the same way, others spread', async () => {
    const records = [1, 2, 3, 4].map((port) => srv('a.example.org', port, 10, 10));
    const resolver = new ZoneResolver({ srv: { '_sip._udp.example.org': records }, addresses });
    const first = async (key: string, seed: number): Promise<number | undefined> => {
      const locator = new Locator({ resolver, random: new SeededRandom(seed), tracer: new Tracer(new VirtualClock()) });
      const targets = await locator.locate(uriOf('sip:example.org;transport=udp'), { key });
      return targets.ok ? targets.value[0]?.port : undefined;
    };
    const ports = new Set<number | undefined>();
    for (let key = 0; key < 40; key++) {
      const port = await first(`z9hG4bK${key}`, 1);
      expect(await first(`z9hG4bK${key}`, 2)).toBe(port);
      ports.add(port);
    }
    expect(ports.size).toBe(4);
  });

  it('§4.3 a target that failed not long ago comes last, not never', async () => {
    const clock = new VirtualClock();
    const health = new TargetHealth(clock);
    const resolver = new ZoneResolver({
      srv: { '_sip._udp.example.org': [srv('a.example.org', 1, 1), srv('b.example.org', 2, 2)] },
      addresses,
    });
    const locator = new Locator({ resolver, random: new SeededRandom(1), tracer: new Tracer(clock), health });
    const ports = async (): Promise<(number | undefined)[]> => {
      const targets = await locator.locate(uriOf('sip:example.org;transport=udp'));
      return targets.ok ? targets.value.map(({ port }) => port) : [];
    };
    const bad: Target = { protocol: 'udp', address: '192.0.2.1', port: 1, serverName: 'example.org' };
    health.failed(bad);
    expect(await ports()).toEqual([2, 1]);
    clock.advance(30_000);
    expect(await ports()).toEqual([1, 2]);
    health.failed(bad);
    clock.advance(59_000);
    expect(await ports()).toEqual([2, 1]);
    clock.advance(1000);
    expect(await ports()).toEqual([1, 2]);
    health.failed(bad, 3600);
    clock.advance(3_599_000);
    expect(await ports()).toEqual([2, 1]);
    health.succeeded(bad);
    expect(await ports()).toEqual([1, 2]);
    health.failed(bad);
    health.failed({ ...bad, address: '192.0.2.2', port: 2 });
    expect(await ports()).toEqual([1, 2]);
  });

  it.each([
    [
      'SIP/2.0/TLS sip.example.org;branch=z9hG4bK1',
      ['tls 192.0.2.1 5061 sip.example.org'],
      '_sips._tcp.sip.example.org',
    ],
    [
      'SIP/2.0/UDP sip.example.org;branch=z9hG4bK1',
      ['udp 192.0.2.2 5060 sip.example.org'],
      '_sip._udp.sip.example.org',
    ],
    ['SIP/2.0/TCP a.example.org:5070;branch=z9hG4bK1', ['tcp 192.0.2.1 5070 a.example.org'], undefined],
  ])('§5 a response goes where the Via says: %s', async (text, expected, asked) => {
    const via = parseVia(text);
    if (!via.ok) throw new Error(via.error);
    const resolver = new ZoneResolver({
      srv: {
        '_sips._tcp.sip.example.org': [srv('a.example.org', 5061)],
        '_sip._udp.sip.example.org': [srv('b.example.org', 5060)],
      },
      addresses,
    });
    const locator = new Locator({ resolver, random: new SeededRandom(1), tracer: new Tracer(new VirtualClock()) });
    const found = await locator.locateSentBy(via.value);
    expect(found.ok && found.value.map((t) => `${t.protocol} ${t.address} ${t.port} ${t.serverName}`)).toEqual(
      expected,
    );
    expect(resolver.asked.find((question) => question.startsWith('srv'))).toBe(
      asked === undefined ? undefined : `srv ${asked}`,
    );
  });

  it('sips MUST take only SIPS services', async () => {
    const { targets } = await locate('sips:example.org', {
      naptr: {
        'example.org': [naptr(10, 'SIP+D2U', '_sip._udp.example.org'), naptr(20, 'SIPS+D2T', '_sips._tcp.example.org')],
      },
      srv: {
        '_sip._udp.example.org': [srv('b.example.org', 5060)],
        '_sips._tcp.example.org': [srv('a.example.org', 5061)],
      },
      addresses,
    });
    expect(targets).toEqual(['tls 192.0.2.1 5061 example.org']);
  });

  it('without NAPTR the SRV records of the preferred transport are taken', async () => {
    const { targets } = await locate(
      'sip:example.org',
      {
        srv: {
          '_sip._udp.example.org': [srv('b.example.org', 5060)],
          '_sip._tcp.example.org': [srv('a.example.org', 5060)],
        },
        addresses,
      },
      ['tcp', 'udp'],
    );
    expect(targets).toEqual(['tcp 192.0.2.1 5060 example.org']);
  });

  it('without NAPTR and SRV the address of the domain is taken, UDP for sip and TLS for sips', async () => {
    expect((await locate('sip:example.org', { addresses })).targets).toEqual(['udp 192.0.2.9 5060 example.org']);
    expect((await locate('sips:example.org', { addresses })).targets).toEqual(['tls 192.0.2.9 5061 example.org']);
  });

  it('RFC 2782 a target of "." says that there is no such service: the address is not tried', async () => {
    const { failure } = await locate('sip:example.org;transport=tcp', {
      srv: { '_sip._tcp.example.org': [srv('', 0)] },
      addresses,
    });
    expect(failure?.code).toBe('dns.not-found');
  });

  it('RFC 2782 weight decides how often a record comes first', async () => {
    const zone = { srv: { '_sip._udp.example.org': [srv('a.example.org', 1, 10, 90), srv('b.example.org', 2, 10, 10)] }, addresses }; // prettier-ignore
    const resolver = new ZoneResolver(zone);
    const locator = new Locator({ resolver, random: new SeededRandom(1), tracer: new Tracer(new VirtualClock()) });
    let first = 0;
    for (let round = 0; round < 500; round++) {
      const targets = await locator.locate(uriOf('sip:example.org;transport=udp'));
      expect(targets.ok && targets.value.length).toBe(2);
      if (targets.ok && targets.value[0]?.port === 1) first++;
    }
    expect(first).toBeGreaterThan(400);
    expect(first).toBeLessThan(490);
  });

  it('a place without an address does not hinder the next one', async () => {
    const { targets } = await locate('sip:example.org;transport=tcp', {
      srv: { '_sip._tcp.example.org': [srv('gone.example.org', 5060, 1), srv('a.example.org', 5060, 2)] },
      addresses,
    });
    expect(targets).toEqual(['tcp 192.0.2.1 5060 example.org']);
  });
});

describe('Locator, diagnoses', () => {
  it('tells an unknown name from name servers that do not answer', async () => {
    expect((await locate('sip:nowhere.example.org')).failure?.code).toBe('dns.not-found');
    expect((await locate('sip:example.org', { silent: ['example.org'] })).failure?.code).toBe('dns.timeout');
  });

  it('says so where a domain offers SIP, but not with TLS', async () => {
    const { failure } = await locate('sips:example.org', {
      naptr: { 'example.org': [naptr(10, 'SIP+D2U', '_sip._udp.example.org')] },
    });
    expect(failure?.code).toBe('dns.no-sips-records');
  });

  it('§4.1 MUST NOT try the address of a domain that offers SIP without TLS alone, where sips is asked for', async () => {
    const { failure, asked } = await locate('sips:example.org', {
      naptr: { 'example.org': [naptr(10, 'SIP+D2U', '_sip._udp.example.org')] },
      addresses: { 'example.org': ['192.0.2.9'] },
    });
    expect(failure?.code).toBe('dns.no-sips-records');
    expect(asked).not.toContain('addresses example.org');
  });

  it('every step of a search is an event: what was asked, what came, what was passed over, what was decided', async () => {
    const { events } = await locate('sip:example.org', {
      naptr: {
        'example.org': [naptr(5, 'SIP+D2S', '_sip._sctp.example.org'), naptr(10, 'SIP+D2T', '_sip._tcp.example.org')],
      },
      srv: { '_sip._tcp.example.org': [srv('a.example.org', 5060, 1), srv('b.example.org', 5060, 2)] },
      addresses: { 'a.example.org': ['192.0.2.1'] },
    });
    expect(events.map(({ component, kind }) => `${component} ${kind}`)).toEqual([
      'sresolv dns.answer', // NAPTR
      'sresolv dns.skipped', // SCTP
      'sresolv dns.answer', // SRV
      'sresolv dns.decision', // their order
      'sresolv dns.answer', // a
      'sresolv dns.no-answer', // b
      'sresolv dns.located',
    ]);
    expect(events[0]).toMatchObject({
      type: 'NAPTR',
      name: 'example.org',
      ttl: 60,
      records: ['5 50 "s" "SIP+D2S" "" _sip._sctp.example.org.', '10 50 "s" "SIP+D2T" "" _sip._tcp.example.org.'],
    });
  });

  it('warns of a NAPTR record whose service and replacement contradict each other', async () => {
    const { targets, events } = await locate('sip:example.org', {
      naptr: { 'example.org': [naptr(10, 'SIP+D2T', '_sips._tcp.example.org')] },
      srv: { '_sips._tcp.example.org': [srv('a.example.org', 5061)] },
      addresses: { 'a.example.org': ['192.0.2.1'] },
    });
    expect(targets).toEqual(['tcp 192.0.2.1 5061 example.org']);
    expect(events.some((event) => JSON.stringify(event).includes('dns.service-mismatch'))).toBe(true);
  });
});
