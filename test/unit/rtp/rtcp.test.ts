import { describe, expect, it } from 'vitest';
import { middleBits, ntpTime, roundTripMs } from '../../../core/rtp/ntp-time.ts';
import { ReportScheduler } from '../../../core/rtp/report-scheduler.ts';
import { parseCompound, writeCompound, type CompoundReport } from '../../../core/rtp/rtcp-packet.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const sender = { ntpSeconds: 0xdeadbeef, ntpFraction: 0x80000000, rtpTimestamp: 160, packetCount: 5, octetCount: 800 };
const block = {
  ssrc: 0xcafebabe,
  fractionLost: 12,
  cumulativeLost: -3,
  extendedHighest: 0x1_0002,
  jitter: 7,
  lastSenderReport: 0xbeef8000,
  delaySinceLastSenderReport: 65_536,
};

function written(report: Partial<CompoundReport>): Uint8Array {
  const octets = new Uint8Array(512).fill(0xee);
  const all = { ssrc: 1, sender: undefined, blocks: [], cname: 'abc', goodbye: false, ...report };
  return octets.slice(0, writeCompound(octets, all));
}

describe('RTCP compound', () => {
  it('§6.1 comes back as it was written: sender report, CNAME, BYE', () => {
    const octets = written({ sender, blocks: [block], goodbye: true });
    expect(octets.length % 4).toBe(0);
    expect(parseCompound(octets, octets.length)).toEqual({
      ok: true,
      value: [
        { kind: 'report', ssrc: 1, sender, blocks: [block] },
        { kind: 'description', ssrc: 1, cname: 'abc' },
        { kind: 'goodbye', ssrcs: [1] },
      ],
    });
  });

  it.each([0, 1, 2, 3, 4, 5, 6])('§6.5 ends the chunk on a word, CNAME of %i octets', (length) => {
    const octets = written({ cname: 'x'.repeat(length) });
    expect(octets.length % 4).toBe(0);
    const parsed = parseCompound(octets, octets.length);
    expect(parsed.ok && parsed.value[1]).toEqual({ kind: 'description', ssrc: 1, cname: 'x'.repeat(length) });
  });

  it('§6.4.2 is a receiver report where nothing was sent', () => {
    const octets = written({ blocks: [block] });
    expect(octets[1]).toBe(201);
    const parsed = parseCompound(octets, octets.length);
    expect(parsed.ok && parsed.value[0]).toEqual({ kind: 'report', ssrc: 1, sender: undefined, blocks: [block] });
  });

  it('passes over packet types it does not know', () => {
    const unknown = Uint8Array.from([0x80, 205, 0, 1, 0, 0, 0, 1, ...written({})]);
    const parsed = parseCompound(unknown, unknown.length);
    expect(parsed.ok && parsed.value.map((packet) => packet.kind)).toEqual(['report', 'description']);
  });

  it.each([
    ['shorter than a header', [0x80, 200]],
    ['of version 1', [0x40, 201, 0, 1, 0, 0, 0, 1]],
    ['longer than its datagram', [0x80, 201, 0, 9, 0, 0, 0, 1]],
    ['without the report block it announces', [0x81, 201, 0, 1, 0, 0, 0, 1]],
    ['with a sender report cut short', [0x80, 200, 0, 1, 0, 0, 0, 1]],
    ['with an item longer than itself', [0x81, 202, 0, 2, 0, 0, 0, 1, 1, 200, 65, 66]],
    ['with padding in the middle', [0xa0, 201, 0, 1, 0, 0, 0, 4, 0x80, 201, 0, 1, 0, 0, 0, 1]],
    ['with more padding than packet', [0xa0, 201, 0, 1, 0, 0, 0, 9]],
  ])('A.2 refuses a packet %s', (_, octets) => {
    expect(parseCompound(Uint8Array.from(octets), octets.length).ok).toBe(false);
  });

  it('never throws, whatever the octets', () => {
    const random = new SeededRandom(11);
    for (let round = 0; round < 5000; round++) {
      const octets = written({ sender, blocks: [block], goodbye: true });
      for (let change = random.below(4); change >= 0; change--) octets[random.below(octets.length)] = random.below(256);
      expect(() => parseCompound(octets, random.below(octets.length + 1))).not.toThrow();
    }
  });
});

describe('NTP time', () => {
  it('§4 counts seconds from 1900', () => {
    expect(ntpTime(0)).toEqual({ ntpSeconds: 2_208_988_800, ntpFraction: 0 });
    expect(ntpTime(1500)).toEqual({ ntpSeconds: 2_208_988_801, ntpFraction: 2 ** 31 });
  });

  it('§6.4.1 gives the round trip of the RFC, figure 2: 6.125 s', () => {
    const now = middleBits(0x0000_b710, 0x8000_0000);
    expect(now).toBe(0xb710_8000);
    expect(roundTripMs(now, 0xb705_2000, 0x0005_4000)).toBeCloseTo(6125, 6);
  });

  it('gives none without a sender report, or where the figures make no sense', () => {
    expect(roundTripMs(0xb710_8000, 0, 1)).toBeUndefined();
    expect(roundTripMs(1000, 2000, 0)).toBeUndefined();
    expect(roundTripMs(10, 0xffff_fff0, 6)).toBeCloseTo((20 * 1000) / 65_536, 6);
  });
});

describe('ReportScheduler', () => {
  it('§6.2 sends first after about 2.5 s, then about every 5 s, never regular', () => {
    const intervals = new Set<number>();
    for (let seed = 1; seed < 40; seed++) {
      const scheduler = new ReportScheduler(new SeededRandom(seed), 1000);
      const dues: number[] = [];
      for (let now = 1000; now < 30_000; now += 10) if (scheduler.takeDue(now)) dues.push(now);
      const [first = 0, second = 0] = dues;
      expect(first - 1000).toBeGreaterThanOrEqual(1026);
      expect(first - 1000).toBeLessThanOrEqual(3090);
      expect(second - first).toBeGreaterThanOrEqual(2050);
      expect(second - first).toBeLessThanOrEqual(6170);
      intervals.add(second - first);
    }
    expect(intervals.size).toBeGreaterThan(20);
  });
});
