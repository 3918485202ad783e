import { describe, expect, it } from 'vitest';
import {
  answersQuery,
  decodeResponse,
  encodeQuery,
  type DnsResponse,
} from '../../../../core/sip/locate/dns-message.ts';
import { SeededRandom } from '../../../support/seeded-random.ts';
import { name, record, responseTo, text, TYPE, u16, u32 } from './dns-octets.ts';

function query(type: 'A' | 'AAAA' | 'SRV' | 'NAPTR' = 'SRV', owner = 'example.org'): Uint8Array {
  const octets = encodeQuery(0x1234, owner, type);
  if (!octets.ok) throw new Error(octets.error);
  return octets.value;
}

function read(octets: Uint8Array): DnsResponse {
  const response = decodeResponse(octets);
  if (!response.ok) throw new Error(response.error);
  return response.value;
}

describe('RFC 1035 messages', () => {
  it('§4.1 a query has its ID, asks for recursion, and has one question of class IN', () => {
    expect([...query()]).toEqual([
      0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 7, ...text('example').slice(1), 3, ...text('org').slice(1), 0, 0, 33, 0, 1,
    ]); // prettier-ignore
  });

  it.each(['', '.', 'a..b', `${'a'.repeat(64)}.org`, `${'a.'.repeat(130)}org`, 'a b.org', 'ü.org'])(
    '§2.3.4 %j is a name that cannot be asked for',
    (owner) => {
      expect(encodeQuery(1, owner, 'A').ok).toBe(false);
    },
  );

  it('reads A, AAAA, CNAME, SRV and NAPTR, and passes over other types', () => {
    const naptr = [
      ...u16(10),
      ...u16(50),
      ...text('s'),
      ...text('SIPS+D2T'),
      ...text(''),
      ...name('_sips._tcp.Example.org'),
    ];
    const { answers } = read(
      responseTo(query(), {
        answers: [
          record('a.example.org', TYPE.A, 60, [192, 0, 2, 1]),
          record('a.example.org', TYPE.AAAA, 61, [0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
          record('a.example.org', TYPE.TXT, 1, text('hello')),
          record('www.example.org', TYPE.CNAME, 62, name('A.example.org')),
          record('_sips._tcp.example.org', TYPE.SRV, 63, [
            ...u16(1),
            ...u16(2),
            ...u16(5061),
            ...name('a.example.org'),
          ]),
          record('_sip._udp.example.org', TYPE.SRV, 63, [...u16(0), ...u16(0), ...u16(0), ...name('')]),
          record('EXAMPLE.org', TYPE.NAPTR, 64, naptr),
        ],
      }),
    );
    expect(answers.map(({ type, name: owner, ttl, data }) => [type, owner, ttl, data])).toEqual([
      ['A', 'a.example.org', 60, '192.0.2.1'],
      ['AAAA', 'a.example.org', 61, '2001:db8::1'],
      ['CNAME', 'www.example.org', 62, 'a.example.org'],
      ['SRV', '_sips._tcp.example.org', 63, { priority: 1, weight: 2, port: 5061, target: 'a.example.org' }],
      ['SRV', '_sip._udp.example.org', 63, { priority: 0, weight: 0, port: 0, target: '' }],
      [
        'NAPTR',
        'example.org',
        64,
        {
          order: 10,
          preference: 50,
          flags: 's',
          service: 'SIPS+D2T',
          regexp: '',
          replacement: '_sips._tcp.example.org',
        },
      ],
    ]);
  });

  it.each([
    [[0, 0, 0, 0, 0, 0, 0, 0], '::'],
    [[0, 0, 0, 0, 0, 0, 0, 1], '::1'],
    [[0x2001, 0xdb8, 0, 0, 1, 0, 0, 1], '2001:db8::1:0:0:1'],
    [[0x2001, 0xdb8, 0, 1, 1, 1, 1, 1], '2001:db8:0:1:1:1:1:1'],
    [[0xfe80, 0, 0, 0, 0, 0, 0, 0], 'fe80::'],
  ])('RFC 5952 §4.2 %j is written %s', (groups, expected) => {
    const { answers } = read(responseTo(query('AAAA'), { answers: [record('a', TYPE.AAAA, 1, groups.flatMap(u16))] }));
    expect(answers[0]?.data).toBe(expected);
  });

  it('§4.1.4 follows compression pointers, which lead backwards only', () => {
    const base = responseTo(query('A'), {});
    const withAnswer = (...owner: number[]): Uint8Array => {
      const octets = [...base, ...owner, ...u16(1), ...u16(1), ...u32(60), ...u16(4), 192, 0, 2, 1];
      octets[7] = 1;
      return Uint8Array.from(octets);
    };
    expect(read(withAnswer(0xc0, 12)).answers[0]?.name).toBe('example.org');
    expect(read(withAnswer(3, 119, 119, 119, 0xc0, 12)).answers[0]?.name).toBe('www.example.org');
    expect(decodeResponse(withAnswer(0xc0, base.length)).ok).toBe(false);
    expect(decodeResponse(withAnswer(0xc0, 0xff)).ok).toBe(false);
  });

  it('RFC 2308 §5 a negative answer holds for the lesser of the TTL and the MINIMUM of its SOA', () => {
    const soa = (minimum: number): number[] => [...name('ns'), ...name('admin'), ...[1, 2, 3, 4, minimum].flatMap(u32)];
    const negative = (ttl: number, minimum: number): number | undefined =>
      read(responseTo(query(), { code: 3, authority: [record('org', TYPE.SOA, ttl, soa(minimum))] })).negativeTtl;
    expect(negative(900, 300)).toBe(300);
    expect(negative(100, 300)).toBe(100);
    expect(read(responseTo(query(), { code: 3 })).negativeTtl).toBeUndefined();
  });

  it('RFC 2181 §8 a TTL with its highest bit set MUST count as zero', () => {
    const { answers } = read(responseTo(query(), { answers: [record('a', TYPE.A, 0x8000_0001, [1, 2, 3, 4])] }));
    expect(answers[0]?.ttl).toBe(0);
  });

  it('RFC 5452 §9.1 an answer MUST have the ID and the question of the query', () => {
    const response = read(responseTo(query('SRV', 'Example.ORG'), {}));
    expect(answersQuery(response, 0x1234, 'example.org.', 'SRV')).toBe(true);
    expect(answersQuery(response, 0x1235, 'example.org', 'SRV')).toBe(false);
    expect(answersQuery(response, 0x1234, 'example.com', 'SRV')).toBe(false);
    expect(answersQuery(response, 0x1234, 'example.org', 'A')).toBe(false);
  });

  it('whatever arrives is read or refused, never thrown', () => {
    const whole = responseTo(query(), {
      answers: [
        record('_sips._tcp.example.org', TYPE.SRV, 60, [...u16(1), ...u16(2), ...u16(5061), ...name('a.example.org')]),
        record('a.example.org', TYPE.A, 60, [192, 0, 2, 1]),
      ],
    });
    for (let length = 0; length < whole.length; length++) expect(decodeResponse(whole.slice(0, length)).ok).toBe(false);
    const random = new SeededRandom(7);
    for (let round = 0; round < 3000; round++) {
      const octets = whole.slice();
      for (let change = 0; change < 3; change++) octets[random.below(octets.length)] = random.below(256);
      expect(typeof decodeResponse(octets).ok).toBe('boolean');
    }
  });
});
