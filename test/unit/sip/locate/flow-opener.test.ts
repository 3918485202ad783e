import { beforeEach, describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../../core/base/diagnosis.ts';
import { err, ok, type Result } from '../../../../core/base/result.ts';
import { FlowOpener, type FailedFlow } from '../../../../core/sip/locate/flow-opener.ts';
import { createRequest } from '../../../../core/sip/message/factory.ts';
import { sipUri } from '../../../../core/sip/message/uri.ts';
import type { Flow, Target } from '../../../../core/sip/transport/flow.ts';
import type { Transports } from '../../../../core/sip/transport/transports.ts';
import { Tracer } from '../../../../core/trace/tracer.ts';
import { MemoryFlow } from '../../../support/memory-flow.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

const REFUSED: Diagnosis = { code: 'tcp.refused', side: 'there', summary: '', cure: '', evidence: {} };

/** How long dialling an address takes, and whether it leads somewhere. */
type Way = readonly [afterMs: number, outcome: 'open' | 'refused'];

let clock: VirtualClock;
let ways: Record<string, Way>;
/** Addresses with the time at which each was dialled. */
let dialled: [address: string, at: number][];
let flows: MemoryFlow[];
let addresses: Record<string, readonly string[]>;
let noWayTo: readonly string[];
let opener: FlowOpener;

function connect({ protocol, address, port }: Target): Promise<Result<Flow, Diagnosis>> {
  dialled.push([address, clock.now()]);
  const [afterMs, outcome] = ways[address] ?? [10, 'open'];
  return new Promise((resolve) => {
    clock.after(afterMs, () => {
      if (outcome === 'refused') {
        resolve(err({ ...REFUSED, evidence: { address } }));
        return;
      }
      const flow = new MemoryFlow({ id: address, protocol, remote: { address, port } });
      flows.push(flow);
      resolve(ok(flow));
    });
  });
}

beforeEach(() => {
  clock = new VirtualClock();
  ways = {};
  dialled = [];
  flows = [];
  addresses = {};
  noWayTo = [];
  opener = newOpener(connect);
});

function newOpener(dial: Transports['connect'], responseFlow?: Transports['responseFlow']): FlowOpener {
  const transports: Transports = {
    listen: () => Promise.reject(new Error('no listener')),
    connect: dial,
    responseFlow: responseFlow ?? (() => Promise.resolve(err(REFUSED))),
    requestFlow: (_request, flow) => Promise.resolve(flow),
    networkChanged: () => Promise.resolve(),
    flows: () => flows,
    onMessage: () => undefined,
    onDiagnosis: () => undefined,
    close: () => Promise.resolve(),
  };
  return new FlowOpener({
    resolver: {
      naptr: () => Promise.resolve(err('not-found')),
      srv: (name) =>
        Promise.resolve(
          name === '_sips._tcp.example.org'
            ? ok({
                records: [
                  { priority: 1, weight: 0, port: 5061, target: 'a.example.org' },
                  { priority: 2, weight: 0, port: 5061, target: 'b.example.org' },
                ],
              })
            : err('not-found'),
        ),
      addresses: (name) => {
        const records = addresses[name];
        return Promise.resolve(records === undefined ? err('not-found') : ok({ records }));
      },
    },
    transports,
    network: {
      localAddressToward: ({ address }) => Promise.resolve(noWayTo.includes(address) ? undefined : '192.0.2.99'),
    },
    clock,
    random: new SeededRandom(1),
    tracer: new Tracer(clock),
  });
}

async function open(
  host: string,
  tried: readonly FailedFlow[] = [],
  afterMs = 20_000,
): Promise<Result<Flow, Diagnosis>> {
  let result: Result<Flow, Diagnosis> | undefined;
  const uri = sipUri({ scheme: 'sips', host, port: host === 'example.org' ? undefined : 5061 });
  void opener.open(uri, { tried }).then((value) => (result = value));
  await clock.advanceAsync(afterMs);
  if (result === undefined) throw new Error('still dialling');
  return result;
}

const idOf = (result: Result<Flow, Diagnosis>): string => (result.ok ? result.value.id : result.error.code);

describe('RFC 8305 happy eyeballs', () => {
  const V6 = ['2001:db8::1', '2001:db8::2'];
  const V4 = ['192.0.2.1', '192.0.2.2'];

  it('§4 the families take turns, beginning with that of the first address', async () => {
    addresses = { 'pbx.example.org': [...V6, ...V4] };
    ways = Object.fromEntries([...V6, ...V4].map((address) => [address, [1, 'refused']]));
    expect(idOf(await open('pbx.example.org'))).toBe('tcp.refused');
    expect(dialled.map(([address]) => address)).toEqual(['2001:db8::1', '192.0.2.1', '2001:db8::2', '192.0.2.2']);
  });

  it('§5 a new attempt begins each 250 ms while none is through; the first to be open wins, the losers are closed', async () => {
    addresses = { 'pbx.example.org': [...V6, ...V4] };
    ways = { '2001:db8::1': [5000, 'open'], '192.0.2.1': [400, 'open'], '2001:db8::2': [5000, 'refused'] };
    const result = await open('pbx.example.org');
    expect(idOf(result)).toBe('192.0.2.1');
    expect(dialled).toEqual([
      ['2001:db8::1', 0],
      ['192.0.2.1', 250],
      ['2001:db8::2', 500],
    ]);
    expect(flows.map(({ id, open: isOpen }) => [id, isOpen])).toEqual([
      ['192.0.2.1', true],
      ['2001:db8::1', false],
    ]);
    expect(clock.pending).toBe(0);
  });

  it('§5 a quick first address is the only one that is dialled', async () => {
    addresses = { 'pbx.example.org': [...V6, ...V4] };
    ways = { '2001:db8::1': [249, 'open'] };
    expect(idOf(await open('pbx.example.org'))).toBe('2001:db8::1');
    expect(dialled).toHaveLength(1);
  });

  it('§5 a failed attempt does not keep the next one waiting', async () => {
    addresses = { 'pbx.example.org': [...V6] };
    ways = { '2001:db8::1': [5, 'refused'] };
    expect(idOf(await open('pbx.example.org'))).toBe('2001:db8::2');
    expect(dialled.map(([, at]) => at)).toEqual([0, 5]);
  });

  it('a connection that somebody else has is not closed because it lost', async () => {
    addresses = { 'pbx.example.org': ['192.0.2.1', '192.0.2.2'], 'other.example.org': ['192.0.2.1'] };
    const shared = new MemoryFlow({ id: 'shared', protocol: 'tls' });
    flows.push(shared);
    opener = newOpener((target) =>
      target.address === '192.0.2.1'
        ? new Promise((resolve) => clock.after(1000, () => { resolve(ok(shared)); })) // prettier-ignore
        : connect(target),
    );
    expect(idOf(await open('pbx.example.org'))).toBe('192.0.2.2');
    expect(shared.open).toBe(true);
  });

  it('RFC 6724 §6 an address that no way leads to comes last', async () => {
    addresses = { 'pbx.example.org': [...V6, ...V4] };
    noWayTo = V6;
    expect(idOf(await open('pbx.example.org'))).toBe('192.0.2.1');
    expect(dialled.map(([address]) => address)).toEqual(['192.0.2.1']);
  });
});

describe('RFC 3263 §4.3 failover', () => {
  beforeEach(() => {
    addresses = { 'a.example.org': ['192.0.2.1'], 'b.example.org': ['192.0.2.2'] };
  });

  it('§4.3 a server that cannot be reached makes room for the next; hosts are never raced against each other', async () => {
    ways = { '192.0.2.1': [9000, 'refused'] };
    expect(idOf(await open('example.org'))).toBe('192.0.2.2');
    expect(dialled.map(([, at]) => at)).toEqual([0, 9000]);
  });

  it('§4.3 a server that failed is tried last the next time', async () => {
    ways = { '192.0.2.1': [10, 'refused'] };
    await open('example.org');
    dialled = [];
    ways = {};
    expect(idOf(await open('example.org', [], 1000))).toBe('192.0.2.2');
    expect(dialled.map(([address]) => address)).toEqual(['192.0.2.2']);
    await clock.advanceAsync(30_000);
    expect(idOf(await open('example.org'))).toBe('192.0.2.1');
  });

  it('§4.3 after a 503 or a time-out the next server of the list gets a new request, each of them once', async () => {
    const first = await open('example.org');
    if (!first.ok) throw new Error(first.error.code);
    const tried: FailedFlow[] = [{ flow: first.value }];
    const second = await open('example.org', tried);
    expect(idOf(second)).toBe('192.0.2.2');
    if (second.ok) tried.push({ flow: second.value });
    expect(idOf(await open('example.org', tried))).toBe('conn.flow-failed');
  });

  it('RFC 3261 §21.5.4 a Retry-After of a 503 is kept: that server rests for so long', async () => {
    const first = await open('example.org');
    if (!first.ok) throw new Error(first.error.code);
    await open('example.org', [{ flow: first.value, retryAfterS: 600 }]);
    await clock.advanceAsync(500_000);
    expect(idOf(await open('example.org'))).toBe('192.0.2.2');
    await clock.advanceAsync(100_000);
    expect(idOf(await open('example.org'))).toBe('192.0.2.1');
  });

  it('§5 a response that cannot go back the way its request came goes where its Via leads', async () => {
    addresses = { 'phone.example.org': ['192.0.2.7'] };
    const request = createRequest({
      method: 'OPTIONS',
      uri: sipUri({ host: 'example.org' }),
      headers: [['Via', 'SIP/2.0/TLS phone.example.org:5071;branch=z9hG4bK1']],
    });
    let way: Result<Flow, Diagnosis> | undefined;
    void opener.openForResponse(request, new MemoryFlow({ protocol: 'tls' })).then((value) => (way = value));
    await clock.advanceAsync(1000);
    expect(way !== undefined && idOf(way)).toBe('192.0.2.7');
    expect(flows[0]?.remote.port).toBe(5071);
  });
});
