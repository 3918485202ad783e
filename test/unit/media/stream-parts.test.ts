import { describe, expect, it } from 'vitest';
import { LevelMeter } from '../../../core/media/level-meter.ts';
import { PacketForwarder } from '../../../core/media/packet-forwarder.ts';
import { SampleQueue } from '../../../core/media/sample-queue.ts';
import { SymmetricAddress } from '../../../core/media/symmetric-address.ts';
import { RtpPacket } from '../../../core/rtp/rtp-packet.ts';

describe('SampleQueue', () => {
  it('gives samples in order, silence when empty, and drops the oldest when full', () => {
    const queue = new SampleQueue(5);
    const out = new Int16Array(3);
    queue.push(Int16Array.of(1, 2, 3, 4), 4);
    expect([queue.shift(out), [...out]]).toEqual([true, [1, 2, 3]]);
    queue.push(Int16Array.of(5, 6, 7, 8, 9), 5);
    expect([queue.length, queue.shift(out), [...out]]).toEqual([5, true, [5, 6, 7]]);
    expect([queue.shift(out), [...out]]).toEqual([true, [8, 9, 0]]);
    expect([queue.shift(out), [...out]]).toEqual([false, [0, 0, 0]]);
  });
});

describe('LevelMeter', () => {
  it('is the RMS of the last 100 ms', () => {
    const meter = new LevelMeter();
    for (let frame = 0; frame < 10; frame++) meter.add(new Int16Array(480).fill(-32_768));
    expect(meter.level).toBeCloseTo(1, 6);
    for (let frame = 0; frame < 5; frame++) meter.add(new Int16Array(480));
    expect(meter.level).toBeCloseTo(Math.SQRT1_2, 6);
    for (let frame = 0; frame < 5; frame++) meter.add(new Int16Array(480));
    expect(meter.level).toBe(0);
  });
});

describe('PacketForwarder', () => {
  /** The places of packets `[extended sequence, timestamp, ssrc?]`, from sequence number 65,534 and timestamp 5,000 on. */
  function places(rows: readonly (readonly [number, number, number?])[]): [number, number][] {
    const forwarder = new PacketForwarder();
    const packet = new RtpPacket();
    let next = 65_534;
    return rows.map(([extended, timestamp, ssrc = 1]) => {
      packet.format(new Uint8Array(12), 0);
      packet.sequence = extended;
      packet.timestamp = timestamp;
      packet.ssrc = ssrc;
      const place = forwarder.place(packet, extended, next, 5000);
      if (place >= 0 && ((place - next) & 0xffff) < 0x8000) next = (place + 1) & 0xffff;
      return [place, place < 0 ? 0 : forwarder.timestamp];
    });
  }

  it('moves numbers by a constant, over a wrap-around, keeping gaps and order', () => {
    expect(places([[100, 0], [101, 160], [104, 640], [103, 480]])).toEqual([
      [65_534, 5000],
      [65_535, 5160],
      [2, 5640],
      [1, 5480],
    ]); // prettier-ignore
  });

  it('has no place for what is older than its beginning', () => {
    expect(places([[100, 0], [99, 2 ** 32 - 160]])[1]).toEqual([-1, 0]); // prettier-ignore
  });

  it('goes on where it was after a jump, or with another source', () => {
    expect(places([[100, 0], [101, 160], [70_000, 9_000_000]])[2]).toEqual([0, 5000]); // prettier-ignore
    expect(places([[100, 0], [7, 77, 2], [8, 237, 2]]).slice(1)).toEqual([[65_535, 5000], [0, 5160]]); // prettier-ignore
  });
});

describe('SymmetricAddress', () => {
  it('keeps what it learnt while signalling repeats itself, and obeys when signalling changes', () => {
    const address = new SymmetricAddress();
    address.signal('10.0.0.1', 4000);
    expect(address.acceptPlain('192.0.2.1', 999, 0)).toBe(true);
    address.signal('10.0.0.1', 4000);
    expect([address.address, address.port]).toEqual(['192.0.2.1', 999]);
    address.signal('10.0.0.1', 4002);
    expect([address.address, address.port]).toEqual(['10.0.0.1', 4002]);
  });

  it('believes a plain packet from elsewhere before the first one, and never another address after it', () => {
    const address = new SymmetricAddress();
    address.signal('192.0.2.1', 4000);
    expect(address.acceptPlain('192.0.2.1', 4000, 0)).toBe(true);
    expect(address.acceptPlain('203.0.113.1', 4000, 60_000)).toBe(false);
    expect(address.acceptPlain('192.0.2.1', 5000, 1000)).toBe(false);
    expect(address.acceptPlain('192.0.2.1', 5000, 2500)).toBe(true);
    address.acceptAuthenticated('203.0.113.1', 1, 2510);
    expect([address.address, address.port]).toEqual(['203.0.113.1', 1]);
  });
});
