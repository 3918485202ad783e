import { beforeEach, describe, expect, it } from 'vitest';
import type { Diagnosis } from '../../../../core/base/diagnosis.ts';
import { err, ok, type Result } from '../../../../core/base/result.ts';
import { Secret } from '../../../../core/base/secret.ts';
import { ClientDigest } from '../../../../core/sip/auth/client-digest.ts';
import { createResponse } from '../../../../core/sip/message/factory.ts';
import type { SipRequest } from '../../../../core/sip/message/message.ts';
import { sipUri } from '../../../../core/sip/message/uri.ts';
import { TransactionLayer } from '../../../../core/sip/transaction/transaction-layer.ts';
import type { Flow } from '../../../../core/sip/transport/flow.ts';
import type { FlowWish } from '../../../../core/sip/ua/registration-flow.ts';
import { Registration, type RegistrationView } from '../../../../core/sip/ua/registration.ts';
import { Tracer } from '../../../../core/trace/tracer.ts';
import { MemoryFlow } from '../../../support/memory-flow.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { settle, VirtualClock } from '../../../support/virtual-clock.ts';
import { hash } from '../auth/node-hash.ts';

type Reply = readonly [status: number, ...headers: (readonly [name: string, value: string])[]];

const CHALLENGE: Reply = [
  401,
  ['WWW-Authenticate', 'Digest realm="example.com", nonce="n1", algorithm=MD5, qop="auth"'],
];
const REFUSED: Diagnosis = { code: 'tcp.refused', side: 'there', summary: '', cure: '', evidence: {} };

let clock: VirtualClock;
let transactions: TransactionLayer;
let flows: MemoryFlow[];
let views: RegistrationView[];
let registration: Registration;
/** What the server says to a REGISTER; `undefined` is silence. */
let server: (request: SipRequest) => Reply | undefined;
/** What dialling gives. */
let dial: (wish: FlowWish) => Promise<Result<Flow, Diagnosis>>;

function newFlow(): MemoryFlow {
  const flow = new MemoryFlow({ id: `flow-${flows.length + 1}`, protocol: 'tls' });
  flows.push(flow);
  flow.onSent = (message) => {
    if (message.kind !== 'request') return;
    const reply = server(message);
    if (reply === undefined) return;
    const [status, ...headers] = reply;
    clock.after(10, () => {
      if (flow.open) transactions.receive(createResponse(message, status, { toTag: 'there', headers }), flow);
    });
  };
  return flow;
}

beforeEach(() => {
  clock = new VirtualClock();
  const random = new SeededRandom(3);
  const tracer = new Tracer(clock);
  transactions = new TransactionLayer({ clock, random, tracer, responseFlow: () => Promise.resolve(err(REFUSED)) });
  flows = [];
  views = [];
  server = () => [200];
  dial = ({ tried }) => {
    if (tried.length > 0) return Promise.resolve(err(REFUSED));
    return Promise.resolve(ok(flows.find(({ open }) => open) ?? newFlow()));
  };
  registration = new Registration({
    transactions,
    clock,
    random,
    tracer,
    addressOfRecord: sipUri({ user: '1000', host: 'example.com' }),
    displayName: undefined,
    digest: new ClientDigest({ username: '1000', password: new Secret('secret'), hash, random }),
    connect: (wish) => dial(wish),
    contact: ({ local }) => sipUri({ user: 'here', host: local.address, port: local.port }),
    expires: 3600,
    userAgent: 'test',
    onChange: (view) => views.push(view),
  });
});

const states = (): string[] => views.map(({ state }) => state);
const requests = (): readonly SipRequest[] => flows.flatMap((flow) => [...flow.requests('REGISTER')]);
const expiresOf = (request: SipRequest | undefined): string | undefined => request?.headers.get('Expires');

async function start(): Promise<void> {
  registration.start();
  await clock.advanceAsync(100);
}

describe('Registration', () => {
  it('§10.2: the Request-URI is the domain alone, To and From are the address, CSeq grows under one Call-ID', async () => {
    await start();
    registration.start();
    await clock.advanceAsync(100);
    const [first, second] = requests();
    expect(first?.uri).toMatchObject({ scheme: 'sip', host: 'example.com' });
    expect(first !== undefined && 'user' in first.uri && first.uri.user).toBeFalsy();
    expect(first?.to?.uri).toEqual(first?.from?.uri);
    expect(second?.callId).toBe(first?.callId);
    expect(second?.cseq?.sequence).toBeGreaterThan(first?.cseq?.sequence ?? Infinity);
    expect(states()).toEqual(['registering', 'registered', 'registered']);
  });

  it('§22.2: answers a challenge and goes on with the next CSeq', async () => {
    server = (request) => (request.headers.has('Authorization') ? [200] : CHALLENGE);
    await start();
    expect(states().at(-1)).toBe('registered');
    expect(requests().map(({ cseq }) => cseq?.sequence)).toEqual([1, 2]);
    registration.start();
    await clock.advanceAsync(100);
    expect(requests().map(({ cseq }) => cseq?.sequence)).toEqual([1, 2, 3]);
  });

  it('a wrong password is sip.bad-credentials after one try, and is not tried again by itself', async () => {
    server = () => CHALLENGE;
    await start();
    expect(views.at(-1)).toMatchObject({ state: 'failed', diagnosis: { code: 'sip.bad-credentials' } });
    expect(requests()).toHaveLength(2);
    await clock.advanceAsync(24 * 3_600_000);
    expect(requests()).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it.each([403, 404])('%i is final: nobody is asked again until a person changes something', async (status) => {
    server = () => [status];
    await start();
    await clock.advanceAsync(24 * 3_600_000);
    expect(requests()).toHaveLength(1);
    server = () => [200];
    await start();
    expect(states().at(-1)).toBe('registered');
  });

  it('§10.2.4: takes the time that the server grants to its own contact', async () => {
    server = () => [
      200,
      ['Contact', '<sip:other@192.0.2.77>;expires=7'],
      ['Contact', '<sip:here@192.0.2.1:5060>;expires=600'],
    ];
    await start();
    expect(views.at(-1)).toMatchObject({ expires: 600, expiresAt: clock.wall() - 90 + 600_000 });
  });

  it('§10.2.4: refreshes before the binding ends: at 85 % of a long one, at half of a short one', async () => {
    server = () => [200, ['Contact', '<sip:here@192.0.2.1:5060>;expires=1000']];
    await start();
    await clock.advanceAsync(849_000);
    expect(requests()).toHaveLength(1);
    server = () => [200, ['Contact', '<sip:here@192.0.2.1:5060>;expires=60']];
    await clock.advanceAsync(2000);
    expect(requests()).toHaveLength(2);
    await clock.advanceAsync(30_000);
    expect(requests()).toHaveLength(3);
    expect(states()).not.toContain('failed');
  });

  it.each(['0', '-5', 'soon', '1e99', ''])('an Expires of %j in the 200 makes no storm of requests', async (value) => {
    server = () => [200, ['Contact', `<sip:here@192.0.2.1:5060>;expires=${value}`], ['Expires', value]];
    await start();
    await clock.advanceAsync(60_000);
    expect(requests().length).toBeLessThanOrEqual(2);
  });

  it('§10.2.8: 423 asks again with the Min-Expires that it names', async () => {
    server = (request) => (Number(expiresOf(request)) < 7200 ? [423, ['Min-Expires', '7200']] : [200]);
    await start();
    expect(states().at(-1)).toBe('registered');
    expect(requests().map(expiresOf)).toEqual(['3600', '7200']);
  });

  it.each(['60', '3600', '999999999', 'x', ''])('a 423 with Min-Expires %j is no endless loop', async (value) => {
    server = () => [423, ['Min-Expires', value]];
    await start();
    expect(requests()).toHaveLength(1);
    expect(views.at(-1)).toMatchObject({ state: 'failed', diagnosis: { code: 'sip.status.423' } });
  });

  it('RFC 5626 §4.5: a server that cannot be reached is tried again, ever more slowly, at most each half hour', async () => {
    const tries: number[] = [];
    dial = () => {
      tries.push(clock.now());
      return Promise.resolve(err(REFUSED));
    };
    await start();
    expect(views.at(-1)).toMatchObject({ state: 'failed', diagnosis: { code: 'tcp.refused' } });
    await clock.advanceAsync(6 * 3_600_000);
    const waits = tries.slice(1).map((at, index) => (at - (tries[index] ?? 0)) / 1000);
    for (const [index, wait] of waits.entries()) {
      // After the first failure 30 to 60 seconds, as the RFC says itself.
      const longest = Math.min(1800, 30 * 2 ** (index + 1));
      expect(wait).toBeGreaterThanOrEqual(longest / 2);
      expect(wait).toBeLessThanOrEqual(longest);
    }
    expect(waits.length).toBeGreaterThan(12);
    dial = () => Promise.resolve(ok(newFlow()));
    await clock.advanceAsync(1_800_000);
    expect(states().at(-1)).toBe('registered');
  });

  it('RFC 5626 §4.5: a flow that proved good is replaced at once, and failures before it count no more', async () => {
    dial = () => Promise.resolve(err(REFUSED));
    await start();
    await clock.advanceAsync(3_600_000);
    dial = () => Promise.resolve(ok(newFlow()));
    await clock.advanceAsync(1_800_000);
    await clock.advanceAsync(30_000);
    const dialled: number[] = [];
    dial = () => {
      dialled.push(clock.now());
      return Promise.resolve(err(REFUSED));
    };
    const failedAt = clock.now();
    flows.at(-1)?.close();
    await clock.advanceAsync(60_000);
    expect(dialled[0]).toBe(failedAt);
    expect((dialled[1] ?? 0) - failedAt).toBeGreaterThanOrEqual(30_000);
    expect((dialled[1] ?? 0) - failedAt).toBeLessThanOrEqual(60_000);
  });

  it('RFC 5626 §4.5: a server that takes each flow and drops it is not asked for ever faster', async () => {
    dial = () => Promise.resolve(ok(newFlow()));
    await start();
    for (let round = 0; round < 6 * 3600; round++) {
      await clock.advanceAsync(1000);
      flows.at(-1)?.close();
    }
    expect(flows.length).toBeLessThan(30);
  });

  it('§21.5.4: 503 with Retry-After waits that long, neither less nor for ever', async () => {
    server = () => [503, ['Retry-After', '120']];
    await start();
    await clock.advanceAsync(119_000);
    expect(requests()).toHaveLength(1);
    await clock.advanceAsync(2000);
    expect(requests()).toHaveLength(2);
    server = () => [503, ['Retry-After', '999999']];
    await clock.advanceAsync(121_000);
    expect(requests()).toHaveLength(3);
    await clock.advanceAsync(1_801_000);
    expect(requests()).toHaveLength(4);
  });

  it('RFC 5626 §4.2.1: a flow that does not answer is closed after Timer F, and a new one is tried', async () => {
    server = () => undefined;
    await start();
    await clock.advanceAsync(32_000);
    expect(flows[0]?.open).toBe(false);
    expect(views.at(-1)).toMatchObject({ state: 'failed', diagnosis: { code: 'sip.timeout' } });
    server = () => [200];
    await clock.advanceAsync(60_000);
    expect(flows).toHaveLength(2);
    expect(states().at(-1)).toBe('registered');
  });

  it('a refresh that gets no answer is sip.timeout too, not a connection that we closed ourselves', async () => {
    await start();
    server = () => undefined;
    await clock.advanceAsync(3_060_000 + 32_000);
    expect(flows[0]?.open).toBe(false);
    expect(views.at(-1)).toMatchObject({ state: 'failed', diagnosis: { code: 'sip.timeout' } });
  });

  it('RFC 5626 §4.5: a lost flow is replaced at once, and the person sees why there was a gap', async () => {
    await start();
    flows[0]?.fail({ ...REFUSED, code: 'tcp.reset' });
    expect(views.at(-1)).toMatchObject({ state: 'failed', diagnosis: { code: 'tcp.reset' } });
    await clock.advanceAsync(2100);
    expect(views.at(-1)).toMatchObject({ state: 'registered', diagnosis: undefined });
    expect(views.at(-1)?.flow).toBe(flows[1]);
    expect(flows[0]?.listenerCount).toBe(0);
  });

  it('§10.2.2: stop takes the binding away on the same flow and resolves with the answer', async () => {
    await start();
    const stopped = registration.stop();
    expect(states().at(-1)).toBe('off');
    await clock.advanceAsync(20);
    await stopped;
    expect(requests().map(expiresOf)).toEqual(['3600', '0']);
    expect(requests()[1]?.contacts).toMatchObject([{ uri: { user: 'here' } }]);
    await clock.advanceAsync(24 * 3_600_000);
    expect(requests()).toHaveLength(2);
  });

  it('stop waits two seconds for a server that says nothing any more, and no longer', async () => {
    await start();
    server = () => undefined;
    let over = false;
    void registration.stop().then(() => (over = true));
    await clock.advanceAsync(1900);
    expect(over).toBe(false);
    await clock.advanceAsync(200);
    expect(over).toBe(true);
  });

  it('stop while dialling: the flow that comes late is not used', async () => {
    let connected: (flow: Result<Flow, Diagnosis>) => void = () => undefined;
    dial = () => new Promise((resolve) => (connected = resolve));
    registration.start();
    await settle();
    await registration.stop();
    connected(ok(newFlow()));
    await clock.advanceAsync(60_000);
    expect(requests()).toHaveLength(0);
    expect(states().at(-1)).toBe('off');
  });

  it('stop while the answer is out: a late 200 changes nothing', async () => {
    registration.start();
    await settle();
    expect(requests()).toHaveLength(1);
    await registration.stop();
    await clock.advanceAsync(60_000);
    expect(states().at(-1)).toBe('off');
  });

  it('stop after a failure ends the tries', async () => {
    dial = () => Promise.resolve(err(REFUSED));
    await start();
    await registration.stop();
    expect(clock.pending).toBe(0);
  });

  it('start twice at once registers once in the end, with one plan for the refresh', async () => {
    registration.start();
    registration.start();
    await clock.advanceAsync(100);
    expect(states().at(-1)).toBe('registered');
    const before = requests().length;
    await clock.advanceAsync(3_600_000);
    expect(requests()).toHaveLength(before + 1);
  });
});
