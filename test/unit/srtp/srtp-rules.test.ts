import { createCipheriv, createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { nodeSrtpCrypto } from '../../../core/io/node-srtp-crypto.ts';
import { Ghash } from '../../../core/srtp/ghash.ts';
import { HmacSha1 } from '../../../core/srtp/hmac-sha1.ts';
import { ReplayWindow } from '../../../core/srtp/replay-window.ts';
import { SrtpReceiver } from '../../../core/srtp/srtp-receiver.ts';
import { SrtpSender } from '../../../core/srtp/srtp-sender.ts';
import {
  SRTP_AUTH_FAILED,
  SRTP_KEY_EXPIRED,
  SRTP_MALFORMED,
  SRTP_MAX_OVERHEAD,
  SRTP_REPLAYED,
} from '../../../core/srtp/srtp-transform.ts';
import { findSuite, SRTP_SUITES, type SrtpSuite } from '../../../core/srtp/suites.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const random = new SeededRandom(7);

function pair(suite: SrtpSuite, lifetimePackets?: number): { sender: SrtpSender; receiver: SrtpReceiver } {
  const key = random.bytes(suite.keyLength + suite.saltLength);
  return {
    sender: new SrtpSender(nodeSrtpCrypto, suite, key, { lifetimePackets }),
    receiver: new SrtpReceiver(nodeSrtpCrypto, suite, key),
  };
}

/** An RTP packet with `size` octets of payload that tell its sequence number, and room for the tag. */
function rtp(sequence: number, size = 160, ssrc = 0x1234_5678): Uint8Array {
  const packet = new Uint8Array(12 + size + SRTP_MAX_OVERHEAD);
  packet.set([0x80, 0, sequence >> 8, sequence & 0xff, 0, 0, 0, 0]);
  new DataView(packet.buffer).setUint32(8, ssrc);
  packet.fill(sequence & 0xff, 12, 12 + size);
  return packet;
}

function protectedRtp(sender: SrtpSender, sequence: number, size = 160, ssrc?: number): Uint8Array {
  const packet = rtp(sequence, size, ssrc);
  return packet.subarray(0, sender.protectRtp(packet, 12 + size));
}

const eighty = findSuite('AES_CM_128_HMAC_SHA1_80') ?? SRTP_SUITES[0];
if (eighty === undefined) throw new Error('no suites');

describe.each(SRTP_SUITES)('$name', (suite) => {
  it('brings packets of any length back as they were, over a rollover of the sequence number', () => {
    const { sender, receiver } = pair(suite);
    for (let count = 0; count < 300; count++) {
      const sequence = (65_400 + count) & 0xffff;
      const size = (count * 13) % 211;
      const packet = protectedRtp(sender, sequence, size);
      expect(packet.length).toBe(12 + size + suite.rtpTagLength);
      expect(receiver.unprotectRtp(packet, packet.length)).toBe(12 + size);
      expect(packet.subarray(0, 12 + size)).toEqual(rtp(sequence, size).subarray(0, 12 + size));
    }
  });

  it('refuses a packet with any octet changed, and leaves it as it was', () => {
    const { sender, receiver } = pair(suite);
    const genuine = protectedRtp(sender, 1, 20);
    for (let at = 1; at < genuine.length; at++) {
      const forged = genuine.slice();
      forged[at] = (forged[at] ?? 0) ^ 0x40;
      const before = forged.slice();
      expect(receiver.unprotectRtp(forged, forged.length), `octet ${at}`).toBe(SRTP_AUTH_FAILED);
      expect(forged).toEqual(before);
    }
    expect(receiver.unprotectRtp(genuine, genuine.length)).toBe(32);
  });

  it('§3.4 protects RTCP with its own index and window', () => {
    const { sender, receiver } = pair(suite);
    const report = Uint8Array.from([0x80, 200, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8]);
    for (let count = 0; count < 5; count++) {
      const packet = new Uint8Array(64);
      packet.set(report);
      const length = sender.protectRtcp(packet, report.length);
      expect(length).toBe(report.length + 4 + suite.rtcpTagLength);
      const again = packet.slice();
      const changed = packet.slice();
      changed[9] = (changed[9] ?? 0) ^ 1;
      expect(receiver.unprotectRtcp(changed, length)).toBe(SRTP_AUTH_FAILED);
      expect(receiver.unprotectRtcp(packet, length)).toBe(report.length);
      expect(packet.subarray(0, report.length)).toEqual(report);
      expect(receiver.unprotectRtcp(again, length)).toBe(SRTP_REPLAYED);
    }
  });
});

describe('SrtpReceiver', () => {
  it('§3.3.2 MUST refuse a packet that comes twice', () => {
    const { sender, receiver } = pair(eighty);
    const packet = protectedRtp(sender, 1);
    const copy = packet.slice();
    expect(receiver.unprotectRtp(packet, packet.length)).toBeGreaterThan(0);
    expect(receiver.unprotectRtp(copy, copy.length)).toBe(SRTP_REPLAYED);
  });

  it('§3.3.1 takes packets out of order across a rollover', () => {
    const { sender, receiver } = pair(eighty);
    const packets = [65_534, 65_535, 0, 1, 2].map((sequence) => protectedRtp(sender, sequence));
    for (const at of [0, 3, 1, 4, 2]) {
      const packet = packets[at] ?? new Uint8Array(0);
      expect(receiver.unprotectRtp(packet, packet.length), `packet ${at}`).toBe(172);
    }
  });

  it('changes nothing for packets that are not genuine, so that a forged one cannot move the rollover counter', () => {
    const { sender, receiver } = pair(eighty);
    const first = protectedRtp(sender, 10);
    expect(receiver.unprotectRtp(first, first.length)).toBe(172);
    for (const sequence of [30_000, 60_000, 9, 65_535]) {
      const forged = rtp(sequence);
      expect(receiver.unprotectRtp(forged, 182)).toBeLessThan(0);
    }
    const next = protectedRtp(sender, 11);
    expect(receiver.unprotectRtp(next, next.length)).toBe(172);
  });

  it('keeps rollover counter and window per SSRC', () => {
    const { sender, receiver } = pair(eighty);
    for (const sequence of [65_535, 0, 1]) {
      for (const ssrc of [1, 2, 3]) {
        const packet = protectedRtp(sender, sequence, 160, ssrc);
        expect(receiver.unprotectRtp(packet, packet.length)).toBe(172);
      }
    }
  });

  it('refuses everything that is too short or no RTP, without throwing', () => {
    const { receiver } = pair(eighty);
    for (let length = 0; length < 64; length++) {
      for (const first of [0x00, 0x80, 0x9f, 0xbf]) {
        const packet = random.bytes(length);
        if (length > 0) packet[0] = first;
        expect(receiver.unprotectRtp(packet, length)).toBeLessThan(0);
        expect(receiver.unprotectRtcp(packet, length)).toBeLessThan(0);
      }
    }
  });

  it('refuses SRTCP without the E flag', () => {
    const { sender, receiver } = pair(eighty);
    const packet = new Uint8Array(64);
    packet.set([0x80, 200, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8]);
    const length = sender.protectRtcp(packet, 12);
    packet[12] = 0;
    expect(receiver.unprotectRtcp(packet, length)).toBe(SRTP_AUTH_FAILED);
  });

  it('bounds the number of sources it keeps', () => {
    const { sender, receiver } = pair(eighty);
    let taken = 0;
    for (let ssrc = 0; ssrc < 100; ssrc++) {
      const packet = rtp(1, 20, ssrc);
      const length = sender.protectRtp(packet, 32);
      if (length > 0 && receiver.unprotectRtp(packet, length) > 0) taken++;
    }
    expect(taken).toBe(64);
  });
});

describe('SrtpSender', () => {
  it('§9.1 MUST NOT use an index twice', () => {
    const { sender } = pair(eighty);
    expect(protectedRtp(sender, 5).length).toBe(182);
    expect(sender.protectRtp(rtp(5), 172)).toBe(SRTP_REPLAYED);
    expect(protectedRtp(sender, 7).length).toBe(182);
    expect(protectedRtp(sender, 6).length).toBe(182);
    expect(sender.protectRtp(rtp(6), 172)).toBe(SRTP_REPLAYED);
  });

  it('RFC 4568 §6.1 stops at the lifetime of its key', () => {
    const { sender } = pair(eighty, 2);
    expect(protectedRtp(sender, 1).length).toBe(182);
    expect(protectedRtp(sender, 2).length).toBe(182);
    expect(sender.protectRtp(rtp(3), 172)).toBe(SRTP_KEY_EXPIRED);
  });

  it('refuses a buffer without room for the tag', () => {
    const { sender } = pair(eighty);
    expect(sender.protectRtp(rtp(1).subarray(0, 175), 172)).toBe(SRTP_MALFORMED);
  });

  it('protects nothing after wipe()', () => {
    const { sender } = pair(eighty);
    sender.wipe();
    expect(sender.protectRtp(rtp(1), 172)).toBe(SRTP_KEY_EXPIRED);
  });
});

describe('ReplayWindow', () => {
  it('tells the last 128 indices apart and refuses what is older', () => {
    const window = new ReplayWindow();
    window.add(1000);
    expect([1000, 999, 873, 872].map((index) => window.isFresh(index))).toEqual([false, true, true, false]);
    window.add(999);
    window.add(1127);
    expect([999, 1000, 1001].map((index) => window.isFresh(index))).toEqual([false, false, true]);
    window.add(1128);
    expect([1000, 1001, 1127].map((index) => window.isFresh(index))).toEqual([false, true, false]);
    window.add(2 ** 40);
    expect([2 ** 40 - 1, 2 ** 40].map((index) => window.isFresh(index))).toEqual([true, false]);
  });
});

describe('suites', () => {
  it('are found by RFC name and by the other spelling, and none is without authentication', () => {
    expect(findSuite('AES_CM_256_HMAC_SHA1_80')?.name).toBe('AES_256_CM_HMAC_SHA1_80');
    expect(findSuite('aes_256_cm_hmac_sha1_80')?.name).toBe('AES_256_CM_HMAC_SHA1_80');
    expect(findSuite('AES_CM_128_NULL_AUTH')).toBeUndefined();
    expect(SRTP_SUITES.every((suite) => suite.rtpTagLength >= 4)).toBe(true);
  });

  it('have the key and salt lengths that FreeSWITCH expects', () => {
    const lengths = Object.fromEntries(SRTP_SUITES.map((suite) => [suite.name, suite.keyLength + suite.saltLength]));
    expect(lengths).toEqual({
      AEAD_AES_256_GCM_8: 44,
      AEAD_AES_256_GCM: 44,
      AEAD_AES_128_GCM_8: 28,
      AEAD_AES_128_GCM: 28,
      AES_256_CM_HMAC_SHA1_80: 46,
      AES_192_CM_HMAC_SHA1_80: 38,
      AES_CM_128_HMAC_SHA1_80: 30,
      AES_256_CM_HMAC_SHA1_32: 46,
      AES_192_CM_HMAC_SHA1_32: 38,
      AES_CM_128_HMAC_SHA1_32: 30,
    });
  });
});

describe('HmacSha1', () => {
  it('agrees with OpenSSL for messages of 0 to 200 octets', () => {
    for (let length = 0; length <= 200; length++) {
      const key = random.bytes(1 + (length % 64));
      const message = random.bytes(length);
      const tag = new Uint8Array(20);
      const hmac = new HmacSha1(key);
      hmac.sign(message, length, tag, 0, 20);
      expect(Buffer.from(tag).toString('hex')).toBe(createHmac('sha1', key).update(message).digest('hex'));
      expect(hmac.verify(message, length, tag, 20)).toBe(true);
      tag[19] = (tag[19] ?? 0) ^ 1;
      expect(hmac.verify(message, length, tag, 20)).toBe(false);
    }
  });

  it('§2 RFC 2104 key of all lengths up to one block; longer ones are a mistake of ours', () => {
    expect(() => new HmacSha1(new Uint8Array(65))).toThrow(RangeError);
  });
});

describe('Ghash', () => {
  it("makes OpenSSL's GCM tags for texts and associated data of any length", () => {
    for (let length = 0; length < 100; length++) {
      const [key, nonce, associated, text] = [16, 12, (length * 7) % 40, length].map((size) => random.bytes(size));
      const gcm = createCipheriv('aes-128-gcm', key!, nonce!);
      gcm.setAAD(associated!);
      const cipherText = gcm.update(text!);
      gcm.final();
      const aes = nodeSrtpCrypto.aesBlocks(key!);
      const tag = new Uint8Array(16);
      new Ghash(aes.encrypt(new Uint8Array(16))).hash(associated!, associated!.length, cipherText, 0, length, tag);
      const mask = aes.encrypt(Uint8Array.from([...nonce!, 0, 0, 0, 1]));
      expect(Buffer.from(tag.map((octet, at) => octet ^ (mask[at] ?? 0)))).toEqual(gcm.getAuthTag());
    }
  });
});

describe('packets past the size of Ethernet', () => {
  it.each(['AES_256_CM_HMAC_SHA1_80', 'AEAD_AES_256_GCM'])('come back whole under %s', (name) => {
    const { sender, receiver } = pair(findSuite(name) as SrtpSuite);
    for (const [sequence, size] of [
      [1, 4080],
      [2, 4081],
      [3, 4097],
      [4, 20_000],
      [5, 160],
    ] as const) {
      const packet = protectedRtp(sender, sequence, size);
      expect(receiver.unprotectRtp(packet, packet.length)).toBe(12 + size);
      expect(packet.subarray(0, 12 + size)).toEqual(rtp(sequence, size).subarray(0, 12 + size));
    }
  });
});
