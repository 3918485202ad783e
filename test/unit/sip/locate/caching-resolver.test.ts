import { beforeEach, describe, expect, it } from 'vitest';
import { CachingResolver } from '../../../../core/sip/locate/caching-resolver.ts';
import type { DnsOutcome } from '../../../../core/sip/locate/dns-client.ts';
import type { DnsType } from '../../../../core/sip/locate/dns-message.ts';
import { settle, VirtualClock } from '../../../support/virtual-clock.ts';

let clock: VirtualClock;
let asked: string[];
let answer: (name: string, type: DnsType) => Promise<DnsOutcome>;
let resolver: CachingResolver;

const srv = (ttl: number): DnsOutcome => ({
  kind: 'found',
  ttl,
  aliases: [],
  records: [{ type: 'SRV', name: 'x', ttl, data: { priority: 1, weight: 1, port: 5061, target: 'a.example.org' } }],
});
const address = (type: 'A' | 'AAAA', data: string, ttl = 60): DnsOutcome => ({
  kind: 'found',
  ttl,
  aliases: [],
  records: [{ type, name: 'x', ttl, data }],
});

beforeEach(() => {
  clock = new VirtualClock();
  asked = [];
  answer = () => Promise.resolve(srv(60));
  resolver = new CachingResolver({
    query: (name, type) => {
      asked.push(`${type} ${name}`);
      return answer(name, type);
    },
    clock,
    capacity: 3,
  });
});

describe('CachingResolver', () => {
  it('RFC 1035 §3.2.1 keeps an answer for its TTL, not longer, and says how much of it is left', async () => {
    expect(await resolver.srv('example.org')).toMatchObject({ value: { ttl: 60, cached: false } });
    clock.advance(20_000);
    expect(await resolver.srv('EXAMPLE.org.')).toMatchObject({ value: { ttl: 40, cached: true } });
    clock.advance(39_999);
    await resolver.srv('example.org');
    expect(asked).toHaveLength(1);
    clock.advance(1);
    expect(await resolver.srv('example.org')).toMatchObject({ value: { ttl: 60, cached: false } });
    expect(asked).toHaveLength(2);
  });

  it('RFC 1035 §3.2.1 a TTL of zero is for this one use', async () => {
    answer = () => Promise.resolve(srv(0));
    await resolver.srv('example.org');
    await resolver.srv('example.org');
    expect(asked).toHaveLength(2);
  });

  it('RFC 2308 §5 keeps "there is none" for its time', async () => {
    answer = () => Promise.resolve({ kind: 'absent', ttl: 30 });
    expect(await resolver.naptr('example.org')).toEqual({ ok: false, error: 'not-found' });
    clock.advance(29_000);
    await resolver.naptr('example.org');
    expect(asked).toHaveLength(1);
    clock.advance(1000);
    await resolver.naptr('example.org');
    expect(asked).toHaveLength(2);
  });

  it('RFC 2308 §5 no longer than three hours; a day for what exists', async () => {
    answer = (_, type) => Promise.resolve(type === 'SRV' ? srv(1e9) : { kind: 'absent', ttl: 1e9 });
    await resolver.srv('example.org');
    await resolver.naptr('example.org');
    clock.advance(10_800_000);
    await resolver.naptr('example.org');
    await resolver.srv('example.org');
    expect(asked).toEqual(['SRV example.org', 'NAPTR example.org', 'NAPTR example.org']);
    clock.advance(86_400_000 - 10_800_000);
    await resolver.srv('example.org');
    expect(asked.at(-1)).toBe('SRV example.org');
  });

  it('a failure is not remembered', async () => {
    answer = () => Promise.resolve({ kind: 'failed', failure: 'timeout' });
    expect(await resolver.srv('example.org')).toEqual({ ok: false, error: 'timeout' });
    await resolver.srv('example.org');
    expect(asked).toHaveLength(2);
  });

  it('asks once, however many want to know at the same time', async () => {
    let reply: (outcome: DnsOutcome) => void = () => undefined;
    answer = () => new Promise((resolve) => (reply = resolve));
    const all = Promise.all([resolver.srv('example.org'), resolver.srv('example.org'), resolver.srv('Example.org')]);
    reply(srv(0));
    expect((await all).map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(asked).toHaveLength(1);
  });

  it('keeps so many entries and forgets the one that nobody asked for longest', async () => {
    for (const name of ['a', 'b', 'c']) await resolver.srv(name);
    await resolver.srv('a');
    await resolver.srv('d');
    expect(resolver.size).toBe(3);
    asked = [];
    await resolver.srv('a');
    await resolver.srv('b');
    expect(asked).toEqual(['SRV b']);
  });

  it('RFC 7984 §3.1 MUST ask for A and AAAA; RFC 8305 §3: at the same time, AAAA first', async () => {
    answer = (_, type) =>
      Promise.resolve(type === 'A' ? address('A', '192.0.2.1', 30) : address('AAAA', '2001:db8::1'));
    expect(await resolver.addresses('example.org')).toMatchObject({
      value: { records: ['2001:db8::1', '192.0.2.1'], ttl: 30 },
    });
    expect(asked).toEqual(['AAAA example.org', 'A example.org']);
  });

  it('RFC 8305 §3 once one family has come, the other gets 50 ms and no more', async () => {
    answer = (_, type) => (type === 'A' ? Promise.resolve(address('A', '192.0.2.1')) : new Promise(() => undefined));
    let found: unknown;
    void resolver.addresses('example.org').then((value) => (found = value));
    await settle();
    await clock.advanceAsync(49);
    expect(found).toBeUndefined();
    await clock.advanceAsync(1);
    expect(found).toMatchObject({ value: { records: ['192.0.2.1'] } });
  });

  it('one family is enough; no answer explains more than no record', async () => {
    answer = (_, type) => Promise.resolve(type === 'A' ? address('A', '192.0.2.1') : { kind: 'absent', ttl: 0 });
    expect(await resolver.addresses('example.org')).toMatchObject({ value: { records: ['192.0.2.1'] } });
    answer = (_, type) =>
      Promise.resolve(type === 'A' ? { kind: 'absent', ttl: 0 } : { kind: 'failed', failure: 'timeout' });
    expect(await resolver.addresses('b.example.org')).toEqual({ ok: false, error: 'timeout' });
    answer = () => Promise.resolve({ kind: 'absent', ttl: 0 });
    expect(await resolver.addresses('c.example.org')).toEqual({ ok: false, error: 'not-found' });
    expect(clock.pending).toBe(0);
  });
});
