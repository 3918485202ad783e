import { describe, expect, it } from 'vitest';
import { isRtcp, RtpPacket, rtpHeaderLength } from '../../../core/rtp/rtp-packet.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('RtpPacket', () => {
  it('§5.1 reads every field where it stands', () => {
    const packet = new RtpPacket();
    expect(packet.attach(bytes('80 e5 1234 decafbad cafebabe abcdef'), 15)).toBe(true);
    expect(packet).toMatchObject({
      marker: true,
      payloadType: 101,
      sequence: 0x1234,
      timestamp: 0xdecafbad,
      ssrc: 0xcafebabe,
      payloadOffset: 12,
      payloadLength: 3,
      csrcCount: 0,
      extensionProfile: undefined,
    });
  });

  it('§5.1, §5.3.1 reads CSRC list, extension and padding', () => {
    const packet = new RtpPacket();
    const octets = bytes('b2 00 0001 00000002 00000003 aaaaaaaa bbbbbbbb bede0001 10ff0000 0102 000003');
    expect(packet.attach(octets, octets.length)).toBe(true);
    expect([packet.csrcCount, packet.csrc(0), packet.csrc(1)]).toEqual([2, 0xaaaaaaaa, 0xbbbbbbbb]);
    expect([packet.extensionProfile, packet.extensionOffset]).toEqual([0xbede, 24]);
    expect([packet.payloadOffset, packet.payloadLength]).toEqual([28, 2]);
  });

  it.each([
    ['empty', ''],
    ['shorter than its header', '80 00 0001 00000002 000000'],
    ['of version 1', '40 00 0001 00000002 00000003'],
    ['with more CSRCs than octets', '8f 00 0001 00000002 00000003 00000004'],
    ['with an extension that ends too early', '90 00 0001 00000002 00000003 bede0002 00000000'],
    ['with half an extension header', '90 00 0001 00000002 00000003 bede'],
    ['with padding longer than itself', 'a0 00 0001 00000002 00000003 00000009'],
    ['with padding of no octets', 'a0 00 0001 00000002 00000003 00000000'],
    ['of padding over its header', 'a0 00 0001 00000002 00000003 0d'],
  ])('refuses a packet %s and keeps its view', (_, hex) => {
    const packet = new RtpPacket();
    packet.attach(bytes('80 00 0007 00000002 00000003'), 12);
    expect(packet.attach(bytes(hex), bytes(hex).length)).toBe(false);
    expect(packet.sequence).toBe(7);
  });

  it('never reads past the length, whatever the octets', () => {
    const random = new SeededRandom(3);
    const packet = new RtpPacket();
    for (let round = 0; round < 5000; round++) {
      const octets = random.bytes(random.below(80));
      if (octets.length > 0) octets[0] = 0x80 | ((octets[0] ?? 0) & 0x3f);
      if (!packet.attach(octets, octets.length)) continue;
      expect(packet.payloadLength).toBeGreaterThanOrEqual(0);
      expect(packet.payloadOffset + packet.payloadLength).toBeLessThanOrEqual(octets.length);
    }
  });

  it('refuses a length beyond the buffer', () => {
    expect(rtpHeaderLength(bytes('80 00 0001 00000002 00000003'), 13)).toBe(-1);
  });

  it('writes fields in place', () => {
    const octets = new Uint8Array(20);
    const packet = new RtpPacket();
    packet.format(octets, 8);
    packet.payloadType = 0x60;
    packet.marker = true;
    packet.sequence = 0xffff;
    packet.timestamp = 0x89abcdef;
    packet.ssrc = 0xfedcba98;
    expect(Buffer.from(octets).toString('hex')).toBe('80e0ffff89abcdeffedcba980000000000000000');
    packet.marker = false;
    packet.payloadType = 8;
    expect(octets[1]).toBe(8);
  });

  it('RFC 5761 §4 tells RTCP from RTP on one port', () => {
    expect(isRtcp(bytes('80c8000100000001'), 8)).toBe(true);
    expect(isRtcp(bytes('80e50001000000010000000a'), 12)).toBe(false);
    expect(isRtcp(bytes('8000000100000001'), 8)).toBe(false);
  });
});
