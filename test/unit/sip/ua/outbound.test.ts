import { beforeEach, describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../../core/base/diagnosis.ts';
import { err, ok, type Result } from '../../../../core/base/result.ts';
import { Secret } from '../../../../core/base/secret.ts';
import { ClientDigest } from '../../../../core/sip/auth/client-digest.ts';
import { createResponse } from '../../../../core/sip/message/factory.ts';
import type { SipRequest } from '../../../../core/sip/message/message.ts';
import { formatNameAddress } from '../../../../core/sip/message/name-address.ts';
import { formatUri, sipUri } from '../../../../core/sip/message/uri.ts';
import { TransactionLayer } from '../../../../core/sip/transaction/transaction-layer.ts';
import type { Flow } from '../../../../core/sip/transport/flow.ts';
import type { FlowWish } from '../../../../core/sip/ua/registration-flow.ts';
import { Registration, type RegistrationOptions, type RegistrationView } from '../../../../core/sip/ua/registration.ts';
import { Tracer, type TraceEvent } from '../../../../core/trace/tracer.ts';
import { MemoryFlow } from '../../../support/memory-flow.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { settle, VirtualClock } from '../../../support/virtual-clock.ts';
import { hash } from '../auth/node-hash.ts';

type Header = readonly [name: string, value: string];
type Reply = readonly [status: number, ...headers: Header[]];

const INSTANCE = 'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6';
const REFUSED: Diagnosis = { code: 'tcp.refused', side: 'there', summary: '', cure: '', evidence: {} };

let clock: VirtualClock;
let transactions: TransactionLayer;
let views: RegistrationView[];
let events: TraceEvent[];
/** What the server called so says to a REGISTER; `undefined` is silence. */
let server: (request: SipRequest, name: string) => Reply | undefined;
/** Servers that nobody can reach. */
let down: Set<string>;
let wishes: { readonly edge: string; readonly wish: FlowWish; readonly at: number }[];
let flows: MemoryFlow[];

/** The contact of the request as the registrar gives it back. */
function echoed(request: SipRequest, parameters: Readonly<Record<string, string>> = {}): Header {
  const contact = request.contacts === '*' ? undefined : request.contacts[0];
  if (contact === undefined) throw new Error('no contact');
  const all = new Map([...contact.parameters, ...Object.entries(parameters)]);
  return ['Contact', formatNameAddress({ uri: contact.uri, parameters: all })];
}
const outboundOk = (request: SipRequest): Reply => [200, echoed(request), ['Require', 'outbound']];

function flowTo(name: string): MemoryFlow {
  const known = flows.find((flow) => flow.open && flow.id.startsWith(`${name}#`));
  if (known !== undefined) return known;
  const flow = new MemoryFlow({ id: `${name}#${flows.length}`, protocol: 'tls' });
  flows.push(flow);
  flow.onSent = (message) => {
    if (message.kind !== 'request') return;
    const reply = server(message, name);
    if (reply === undefined) return;
    const [status, ...headers] = reply;
    clock.after(10, () => {
      if (flow.open) transactions.receive(createResponse(message, status, { toTag: 'there', headers }), flow);
    });
  };
  return flow;
}

/** An edge with servers that are tried in their order. */
function edge(...servers: readonly string[]): (wish: FlowWish) => Promise<Result<Flow, Diagnosis>> {
  return (wish) => {
    wishes.push({ edge: servers[0] ?? '', wish, at: clock.now() });
    const places = wish.target === undefined ? servers : [wish.target.host];
    const tried = new Set(wish.tried.map(({ flow }) => flow.id.split('#')[0]));
    const place = places.find((name) => !down.has(name) && !tried.has(name));
    return Promise.resolve(place === undefined ? err(REFUSED) : ok(flowTo(place)));
  };
}

function register(options: Partial<RegistrationOptions> = {}): Registration {
  const random = new SeededRandom(3);
  const tracer = new Tracer(clock);
  tracer.subscribe((event) => events.push(event));
  transactions = new TransactionLayer({ clock, random, tracer, responseFlow: () => Promise.resolve(err(REFUSED)) });
  return new Registration({
    transactions,
    clock,
    random,
    tracer,
    addressOfRecord: sipUri({ user: '1000', host: 'example.com' }),
    displayName: undefined,
    digest: new ClientDigest({ username: '1000', password: new Secret('secret'), hash, random }),
    connect: edge('a'),
    contact: ({ local }) => sipUri({ user: 'here', host: local.address, port: local.port }),
    expires: 3600,
    userAgent: 'test',
    onChange: (view) => views.push(view),
    ...options,
  });
}

beforeEach(() => {
  clock = new VirtualClock();
  views = [];
  events = [];
  flows = [];
  wishes = [];
  down = new Set();
  server = (request) => [200, echoed(request)];
});

const view = (): RegistrationView => {
  const last = views.at(-1);
  if (last === undefined) throw new Error('nothing was told');
  return last;
};
const requests = (name?: string): readonly SipRequest[] =>
  flows
    .filter(({ id }) => name === undefined || id.startsWith(`${name}#`))
    .flatMap((flow) => flow.requests('REGISTER'));
const contactOf = (request: SipRequest | undefined): string => request?.headers.get('Contact') ?? '';

async function started(registration: Registration, ms = 100): Promise<Registration> {
  registration.start();
  await clock.advanceAsync(ms);
  return registration;
}

describe('RFC 5626 §4 client-initiated connections, one flow', () => {
  it('§4.1, §4.2 MUST send +sip.instance and reg-id, and outbound and path in Supported', async () => {
    await started(register({ instance: INSTANCE }));
    const [request] = requests();
    expect(contactOf(request)).toBe(`<sip:here@192.0.2.1:5060>;reg-id=1;+sip.instance="<${INSTANCE}>";expires=3600`);
    expect(request?.headers.get('Supported')).toBe('path, outbound, gruu');
  });

  it('without an instance nothing of it is sent, and further edges stay unused', async () => {
    await started(register({ otherEdges: [edge('b')] }));
    expect(contactOf(requests()[0])).toBe('<sip:here@192.0.2.1:5060>;expires=3600');
    expect(requests()[0]?.headers.get('Supported')).toBe('path');
    await clock.advanceAsync(10_000);
    expect(wishes).toHaveLength(1);
  });

  it('§4.2 instance and reg-id MUST stay the same on the next flow and when the binding is taken away', async () => {
    const registration = await started(register({ instance: INSTANCE }));
    flows[0]?.fail(REFUSED);
    await clock.advanceAsync(100);
    void registration.stop();
    await clock.advanceAsync(100);
    expect(requests().map(contactOf)).toEqual([
      expect.stringContaining(`reg-id=1;+sip.instance="<${INSTANCE}>";expires=3600`) as string,
      expect.stringContaining(`reg-id=1;+sip.instance="<${INSTANCE}>";expires=3600`) as string,
      expect.stringContaining(`reg-id=1;+sip.instance="<${INSTANCE}>";expires=0`) as string,
    ]);
  });

  it('§4.2.1 439: registers again without outbound, and says so with sip.outbound-unsupported', async () => {
    server = (request) => (contactOf(request).includes('reg-id') ? [439] : [200, echoed(request)]);
    await started(register({ instance: INSTANCE, otherEdges: [edge('b')] }));
    expect(view()).toMatchObject({ state: 'registered', diagnosis: { code: 'sip.outbound-unsupported' } });
    expect(requests().map((request) => request.headers.get('Supported'))).toEqual(['path, outbound, gruu', 'path']);
    expect(events.filter(({ kind }) => kind === 'diagnosis')).toHaveLength(1);
    await clock.advanceAsync(10_000_000);
    expect(wishes.map(({ edge: name }) => name)).not.toContain('b');
    expect(
      requests()
        .slice(1)
        .every((request) => !contactOf(request).includes('reg-id')),
    ).toBe(true);
  });

  it('§4.5 430 means that the flow failed: a new one is formed, not waited for', async () => {
    let answers = 0;
    server = (request) => (++answers === 1 ? [430] : outboundOk(request));
    await started(register({ instance: INSTANCE, connect: edge('a', 'a2') }));
    expect(view()).toMatchObject({ state: 'registered', flow: { id: 'a2#1' } });
  });

  it('§10 the Flow-Timer of the answer is shown', async () => {
    server = (request) => [...outboundOk(request), ['Flow-Timer', '95']];
    await started(register({ instance: INSTANCE }));
    expect(view().flowTimer).toBe(95);
  });

  it('§4.5 refreshFlow: another network means another flow, at once, whatever was under way', async () => {
    const registration = await started(register({ instance: INSTANCE }));
    registration.refreshFlow();
    await clock.advanceAsync(100);
    expect(flows.map(({ open }) => open)).toEqual([false, true]);
    expect(view()).toMatchObject({ state: 'registered', flow: { id: 'a#1' } });
    down.add('a');
    registration.refreshFlow();
    await clock.advanceAsync(100);
    expect(view().state).toBe('failed');
    down.clear();
    registration.refreshFlow();
    await clock.advanceAsync(100);
    expect(view().state).toBe('registered');
    void registration.stop();
    registration.refreshFlow();
    await clock.advanceAsync(100_000);
    expect(view().state).toBe('off');
  });

  it('refreshFlow while the answer is out: the late answer of the old flow means nothing', async () => {
    const registration = register({ instance: INSTANCE });
    registration.start();
    await settle();
    registration.refreshFlow();
    await clock.advanceAsync(100);
    expect(view()).toMatchObject({ state: 'registered', flow: { id: 'a#1' } });
    expect(requests('a')).toHaveLength(2);
  });
});

describe('RFC 5626 §4 client-initiated connections, several flows', () => {
  beforeEach(() => {
    server = outboundOk;
  });

  it('§4.2 each edge gets a flow of its own with the next reg-id, the same instance and its own Call-ID', async () => {
    await started(register({ instance: INSTANCE, otherEdges: [edge('b'), edge('c')] }));
    expect(view().flows.map(({ id }) => id)).toEqual(['a#0', 'b#1', 'c#2']);
    expect(['a', 'b', 'c'].map((name) => /reg-id=(\d)/.exec(contactOf(requests(name)[0]))?.[1])).toEqual([
      '1',
      '2',
      '3',
    ]);
    expect(new Set(requests().map(({ callId }) => callId)).size).toBe(3);
  });

  it('§4.2.1 a registrar that does not Require outbound in its answer is not told of a second flow', async () => {
    server = (request) => [200, echoed(request)];
    await started(register({ instance: INSTANCE, otherEdges: [edge('b')] }), 100_000);
    expect(view().flows).toHaveLength(1);
    expect(requests('b')).toEqual([]);
  });

  it('§4.2 an edge that cannot be reached does not hinder the next one', async () => {
    down.add('a');
    await started(register({ instance: INSTANCE, otherEdges: [edge('b')] }));
    expect(view()).toMatchObject({ state: 'registered', flow: { id: 'b#0' } });
  });

  it('§4.5 a flow that is lost leaves the account registered over the other, and comes back', async () => {
    await started(register({ instance: INSTANCE, otherEdges: [edge('b')] }));
    await clock.advanceAsync(60_000);
    down.add('a');
    flows[0]?.fail(REFUSED);
    await clock.advanceAsync(100);
    expect(view()).toMatchObject({ state: 'registered', flow: { id: 'b#1' }, flows: [{ id: 'b#1' }] });
    down.clear();
    await clock.advanceAsync(200_000);
    expect(view().flows.map(({ id }) => id)).toEqual(['a#2', 'b#1']);
    expect(views.some(({ state }) => state === 'failed')).toBe(false);
  });

  /** The wait before the n-th try of an edge that stays down, seconds. */
  function waitsOf(name: string): number[] {
    const times = wishes.filter((wish) => wish.edge === name).map(({ at }) => at / 1000);
    return times.slice(1).map((at, index) => at - (times[index] ?? 0));
  }

  it.each([
    ['§4.5 where another flow stands the base is 90 s', ['a'], 90],
    ['§4.5 where all flows have failed the base is 30 s', ['a', 'b'], 30],
  ])('%s, doubled with each failure up to 1800 s, of which 50 to 100 per cent', async (_, unreachable, base) => {
    for (const name of unreachable) down.add(name);
    await started(register({ instance: INSTANCE, otherEdges: [edge('b')] }), 12 * 3_600_000);
    const waits = waitsOf('a');
    expect(waits.length).toBeGreaterThan(10);
    // The very first failure comes before the other edge was tried at all.
    for (const [index, wait] of waits.entries()) {
      const longest = Math.min(1800, (index === 0 ? 30 : base) * 2 ** (index + 1));
      expect(wait).toBeGreaterThanOrEqual(longest / 2);
      expect(wait).toBeLessThanOrEqual(longest + 1);
    }
    expect(Math.max(...waits.slice(6)) - Math.min(...waits.slice(6))).toBeGreaterThan(100);
  });

  it('stop takes every flow away', async () => {
    const registration = await started(register({ instance: INSTANCE, otherEdges: [edge('b')] }));
    void registration.stop();
    await clock.advanceAsync(100);
    expect(requests().map((request) => request.headers.get('Expires'))).toEqual(['3600', '0', '3600', '0']);
    expect(view()).toMatchObject({ state: 'off', flows: [] });
    await clock.advanceAsync(10_000_000);
    expect(requests()).toHaveLength(4);
    expect(clock.pending).toBe(0);
  });
});

describe('RFC 3263 §4.3 a REGISTER goes to the next server', () => {
  it.each([
    ['503', [503]],
    ['no answer', undefined],
  ] as const)('§4.3 after %s, as a new transaction, with the next CSeq', async (_, reply) => {
    server = (request, name) => (name === 'a' ? reply : [200, echoed(request)]);
    await started(register({ connect: edge('a', 'a2') }), 40_000);
    expect(view()).toMatchObject({ state: 'registered', flow: { id: 'a2#1' }, diagnosis: undefined });
    const [first, second] = [requests('a')[0], requests('a2')[0]];
    expect(second?.via?.parameters.get('branch')).not.toBe(first?.via?.parameters.get('branch'));
    expect(second?.callId).toBe(first?.callId);
    expect(second?.cseq?.sequence).toBe((first?.cseq?.sequence ?? 0) + 1);
  });

  it('§4.3 where every server fails, the first one tells why, and Retry-After goes with the wish', async () => {
    server = (_, name) => (name === 'a' ? [503, ['Retry-After', '7']] : [430]);
    await started(register({ connect: edge('a', 'a2') }));
    expect(view()).toMatchObject({ state: 'failed', diagnosis: { code: 'sip.status.503' } });
    expect(wishes.map(({ wish }) => wish.tried.map(({ retryAfterS }) => retryAfterS))).toEqual([
      [],
      [7],
      [7, undefined],
    ]);
  });

  it.each([401, 403, 404, 420])('%i is the answer of the domain: no other server is asked', async (status) => {
    server = () => [status];
    await started(register({ connect: edge('a', 'a2') }), 1000);
    expect(requests('a2')).toEqual([]);
  });
});

describe('RFC 3261 §10.2 registrations, further rules', () => {
  it('§8.1.3.4 301 and 302 are followed to their Contact; the Request-URI is the new address', async () => {
    server = (request, name) => (name === 'a' ? [302, ['Contact', '<sip:other.example.com>']] : [200, echoed(request)]);
    await started(register());
    expect(view().state).toBe('registered');
    expect(requests('other.example.com').map(({ uri }) => formatUri(uri))).toEqual(['sip:other.example.com']);
    expect(requests().map(({ callId }) => callId)).toEqual([requests()[0]?.callId, requests()[0]?.callId]);
  });

  it('§8.1.3.4 redirections in a circle end, and the next try begins at the usual server', async () => {
    server = (_, name) => [302, ['Contact', name === 'a' ? '<sip:b.example.com>' : '<sip:example.com>;q=0.5, <sip:b.example.com>']]; // prettier-ignore
    await started(register(), 1000);
    expect(requests()).toHaveLength(2);
    expect(view()).toMatchObject({ state: 'failed', diagnosis: { code: 'sip.status.302' } });
    await clock.advanceAsync(60_000);
    expect(wishes.at(-2)?.wish.target).toBeUndefined();
  });

  it('§8.1.3.4 a chain of redirections ends after five', async () => {
    server = (_, name) => [301, ['Contact', `<sip:${name}x>`]];
    await started(register(), 1000);
    expect(requests()).toHaveLength(6);
  });

  it('§10.2.4 its own contact MUST be found among others, by instance and flow, with its own time', async () => {
    server = (request) => [
      200,
      ['Contact', `<sip:x@192.0.2.7>;reg-id=2;+sip.instance="<${INSTANCE}>";expires=11`],
      ['Contact', '<sip:y@192.0.2.8>;expires=12'],
      ['Contact', `<sip:nat@203.0.113.9:1024>;reg-id=1;+sip.instance="<${INSTANCE}>";expires=500`],
      ['Require', 'outbound'],
      ['Expires', String(request.cseq?.sequence ?? 0)],
    ];
    await started(register({ instance: INSTANCE }));
    expect(view()).toMatchObject({ expires: 500 });
    expect(view().bindings).toHaveLength(3);
  });

  it('§10.2.1 several contacts, each with its q; the first to end decides on the refresh', async () => {
    server = () => [
      200,
      ['Contact', '<sip:here@192.0.2.1:5060>;expires=3600'],
      ['Contact', '<sip:+4930123@example.com>;expires=60;q=0.3'],
    ];
    const other = { uri: sipUri({ user: '+4930123', host: 'example.com' }), parameters: new Map([['q', '0.3']]) };
    await started(register({ alsoContacts: [other] }));
    expect(requests()[0]?.headers.getAll('Contact')).toEqual([
      '<sip:here@192.0.2.1:5060>;expires=3600',
      '<sip:+4930123@example.com>;q=0.3;expires=3600',
    ]);
    expect(view().expires).toBe(60);
    await clock.advanceAsync(30_000);
    expect(requests()).toHaveLength(2);
  });

  it('§10.2.3 fetches the bindings by a REGISTER without Contact', async () => {
    server = (request) =>
      contactOf(request) === '' ? [200, ['Contact', '<sip:a@192.0.2.9>;expires=9']] : [200, echoed(request)];
    const registration = await started(register());
    const fetched = registration.fetchBindings();
    await clock.advanceAsync(100);
    expect(await fetched).toMatchObject({ ok: true, value: [{ uri: { user: 'a' } }] });
    const request = requests()[1];
    expect([request?.headers.has('Contact'), request?.headers.has('Expires')]).toEqual([false, false]);
    expect(request?.cseq?.sequence).toBe(2);
  });

  it('§10.2.2 takes one binding away by expires=0', async () => {
    const registration = await started(register());
    void registration.removeBinding(sipUri({ user: 'old', host: '192.0.2.9' }));
    await clock.advanceAsync(100);
    expect(contactOf(requests()[1])).toBe('<sip:old@192.0.2.9>;expires=0');
    expect(view().state).toBe('registered');
  });

  it('§10.2.2 takes all away by * with Expires: 0, then registers its own anew', async () => {
    server = (request) => (request.contacts === '*' ? [200] : [200, echoed(request)]);
    const registration = await started(register());
    const removed = registration.removeAllBindings();
    await clock.advanceAsync(100);
    expect(await removed).toEqual({ ok: true, value: [] });
    expect(requests().map((request) => [contactOf(request).slice(0, 6), request.headers.get('Expires')])).toEqual([
      ['<sip:h', '3600'],
      ['*', '0'],
      ['<sip:h', '3600'],
    ]);
  });

  it('asking without being registered is a failure, not a request', async () => {
    expect(await register().fetchBindings()).toMatchObject({ ok: false, error: { code: 'conn.lost' } });
  });

  it('§20.17 notes by how much the clock of the server is ahead', async () => {
    server = (request) => [200, echoed(request), ['Date', new Date(clock.wall() + 86_400_000).toUTCString()]];
    await started(register());
    expect(Math.round((view().clockSkewMs ?? 0) / 1000)).toBe(86_400);
    server = (request) => [200, echoed(request), ['Date', 'tomorrow']];
    await clock.advanceAsync(3_600_000);
    expect(Math.round((view().clockSkewMs ?? 0) / 1000)).toBe(86_400);
  });
});

describe('RFC 5627 GRUU and RFC 3608 Service-Route', () => {
  const PUBLIC = `sip:1000@example.com;gr=${INSTANCE}`;

  it('RFC 5627 §4.2 keeps the GRUUs of its own contact, the newest temporary one', async () => {
    let count = 0;
    server = (request) => [
      200,
      ['Contact', '<sip:other@192.0.2.9>;pub-gruu="sip:wrong@example.com;gr"'],
      echoed(request, { 'pub-gruu': PUBLIC, 'temp-gruu': `sip:t${++count}@example.com;gr` }),
      ['Require', 'outbound'],
    ];
    await started(register({ instance: INSTANCE }));
    const texts = (): (string | undefined)[] =>
      [view().gruu?.public, view().gruu?.temporary].map((uri) => uri && formatUri(uri));
    expect(texts()).toEqual([PUBLIC, 'sip:t1@example.com;gr']);
    await clock.advanceAsync(3_600_000);
    expect(texts()).toEqual([PUBLIC, 'sip:t2@example.com;gr']);
  });

  it('RFC 5627 §4.2 a GRUU that is no SIP address counts as none', async () => {
    server = (request) => [200, echoed(request, { 'pub-gruu': 'mailto:x@example.com', 'temp-gruu': '' })];
    await started(register({ instance: INSTANCE }));
    expect(view().gruu).toBeUndefined();
  });

  it('RFC 3608 §5 keeps the Service-Route in its order, for requests outside dialogs; a new answer replaces it', async () => {
    server = (request) => [
      200,
      echoed(request),
      ['Service-Route', '<sip:p1.example.com;lr>, <sip:p2.example.com;lr>'],
      ['Service-Route', '<sip:p3.example.com;lr>'],
    ];
    await started(register());
    expect(view().serviceRoute.map(({ uri }) => formatUri(uri))).toEqual([
      'sip:p1.example.com;lr',
      'sip:p2.example.com;lr',
      'sip:p3.example.com;lr',
    ]);
    server = (request) => [200, echoed(request)];
    await clock.advanceAsync(3_600_000);
    expect(view().serviceRoute).toEqual([]);
  });

  it('RFC 3608 §5 a Service-Route that cannot be read whole leads nowhere', async () => {
    server = (request) => [200, echoed(request), ['Service-Route', '<sip:p1.example.com;lr>, <sip:']];
    await started(register());
    expect(view().serviceRoute).toEqual([]);
  });
});
