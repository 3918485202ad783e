import { beforeEach, describe, expect, it } from 'vitest';
import { DnsClient, type DnsOutcome } from '../../../../core/sip/locate/dns-client.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';
import { name, record, responseTo, TYPE, type WrittenRecord } from './dns-octets.ts';

interface Asked {
  readonly server: string;
  readonly protocol: 'udp' | 'tcp';
  readonly query: Uint8Array;
}

type Said = Parameters<typeof responseTo>[1] | 'silence' | 'refused' | ((query: Uint8Array) => Uint8Array[]);

let clock: VirtualClock;
let asked: Asked[];
let cancelled: number;
/** What a server says. */
let server: (question: Asked) => Said;

beforeEach(() => {
  clock = new VirtualClock();
  asked = [];
  cancelled = 0;
});

async function query(owner: string, servers = ['192.0.2.53'], tries = 2): Promise<DnsOutcome | undefined> {
  const client = new DnsClient({
    exchange: {
      start: ({ address }, octets, protocol, handler) => {
        const question = { server: address, protocol, query: octets };
        asked.push(question);
        const said = server(question);
        if (said === 'refused')
          clock.after(1, () => { handler.onFailure(); }); // prettier-ignore
        else if (said !== 'silence') {
          const answers = typeof said === 'function' ? said(octets) : [responseTo(octets, said)];
          for (const answer of answers) clock.after(1, () => { handler.onAnswer(answer); }); // prettier-ignore
        }
        return {
          cancel: () => {
            cancelled++;
          },
        };
      },
    },
    clock,
    random: new SeededRandom(1),
    servers: () => servers.map((address) => ({ address, port: 53 })),
    timeoutMs: 2000,
    tries,
  });
  let outcome: DnsOutcome | undefined;
  void client.query(owner, 'A').then((value) => (outcome = value));
  await clock.advanceAsync(60_000);
  expect(cancelled).toBe(asked.length);
  expect(clock.pending).toBe(0);
  return outcome;
}

const a = (owner: string, ttl = 60): WrittenRecord => record(owner, TYPE.A, ttl, [192, 0, 2, 1]);
const cname = (owner: string, target: string, ttl = 60): WrittenRecord => record(owner, TYPE.CNAME, ttl, name(target));

describe('DnsClient', () => {
  it('gives the records of the name with the least of their TTLs', async () => {
    server = () => ({ answers: [a('example.org', 90), a('example.org', 30), a('other.org', 1)] });
    expect(await query('Example.org.')).toMatchObject({ kind: 'found', ttl: 30, records: [{}, {}] });
  });

  it('RFC 1034 §3.6.2 follows CNAME within an answer, and its TTL counts', async () => {
    server = () => ({ answers: [cname('www.example.org', 'a.example.org', 10), a('a.example.org')] });
    expect(await query('www.example.org')).toMatchObject({ kind: 'found', ttl: 10, aliases: ['a.example.org'] });
    expect(asked).toHaveLength(1);
  });

  it('RFC 1034 §5.2.2 asks again where the answer holds the alias alone', async () => {
    server = ({ query: octets }) =>
      new TextDecoder().decode(octets).includes('www')
        ? { answers: [cname('www.example.org', 'a.example.org')] }
        : { answers: [a('a.example.org')] };
    expect(await query('www.example.org')).toMatchObject({ kind: 'found', aliases: ['a.example.org'] });
    expect(asked).toHaveLength(2);
  });

  it('RFC 1034 §3.6.2 aliases in a circle end in failure, not in a loop', async () => {
    server = () => ({ answers: [cname('a.org', 'b.org'), cname('b.org', 'a.org')] });
    expect(await query('a.org')).toEqual({ kind: 'failed', failure: 'failed' });
  });

  it('tells what is not there from servers that do not work', async () => {
    server = () => ({ code: 3 });
    expect(await query('nowhere.org')).toEqual({ kind: 'absent', ttl: 0 });
    server = () => ({});
    expect(await query('no-address.org')).toEqual({ kind: 'absent', ttl: 0 });
    server = () => ({ code: 2 });
    expect(await query('broken.org')).toEqual({ kind: 'failed', failure: 'failed' });
  });

  it('asks every server in turn, then all of them once more, then gives up', async () => {
    server = () => 'silence';
    expect(await query('example.org', ['192.0.2.1', '192.0.2.2'])).toEqual({ kind: 'failed', failure: 'timeout' });
    expect(asked.map((question) => question.server)).toEqual(['192.0.2.1', '192.0.2.2', '192.0.2.1', '192.0.2.2']);
    expect(clock.now()).toBe(60_000);
  });

  it.each([['refused'], [{ code: 5 }], ['silence']] as const)('goes on to the next server after %j', async (said) => {
    server = (question) => (question.server === '192.0.2.1' ? said : { answers: [a('example.org')] });
    expect(await query('example.org', ['192.0.2.1', '192.0.2.2'])).toMatchObject({ kind: 'found' });
    expect(asked).toHaveLength(2);
  });

  it('without any name server there is no answer', async () => {
    server = () => 'silence';
    expect(await query('example.org', [])).toEqual({ kind: 'failed', failure: 'timeout' });
  });

  it('RFC 7766 §5 a truncated answer MUST be asked for again over TCP', async () => {
    server = ({ protocol }) =>
      protocol === 'udp'
        ? { truncated: true, answers: [a('example.org')] }
        : { answers: [a('example.org'), a('example.org')] };
    expect(await query('example.org')).toMatchObject({ kind: 'found', records: [{}, {}] });
    expect(asked.map(({ protocol }) => protocol)).toEqual(['udp', 'tcp']);
  });

  it('RFC 5452 §9.1 forged and broken answers are passed over; the right one still counts', async () => {
    server = () => (octets) => [
      responseTo(octets, { id: 1, answers: [record('example.org', TYPE.A, 1, [6, 6, 6, 6])] }),
      Uint8Array.of(1, 2, 3),
      octets,
      responseTo(octets, { answers: [a('example.org')] }),
    ];
    expect(await query('example.org')).toMatchObject({ kind: 'found', records: [{ data: '192.0.2.1' }] });
  });

  it('RFC 5452 §9.2 the ID of each query is drawn by lot', async () => {
    server = () => 'silence';
    await query('example.org', ['192.0.2.1', '192.0.2.2', '192.0.2.3'], 3);
    const ids = asked.map(({ query: octets }) => (octets[0] ?? 0) * 256 + (octets[1] ?? 0));
    expect(new Set(ids).size).toBe(9);
  });

  it('a name that cannot be asked for does not exist', async () => {
    server = () => 'silence';
    expect(await query('a..b')).toEqual({ kind: 'absent', ttl: 0 });
    expect(asked).toEqual([]);
  });
});
