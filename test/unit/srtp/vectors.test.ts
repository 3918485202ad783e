import { describe, expect, it } from 'vitest';
import { nodeSrtpCrypto } from '../../../core/io/node-srtp-crypto.ts';
import { AesGcmTransform } from '../../../core/srtp/aes-gcm-transform.ts';
import { deriveSessionKeys } from '../../../core/srtp/key-derivation.ts';
import { COUNTER_MODE, KeyStream } from '../../../core/srtp/key-stream.ts';
import { SrtpReceiver } from '../../../core/srtp/srtp-receiver.ts';
import { SrtpSender } from '../../../core/srtp/srtp-sender.ts';
import { findSuite, type SrtpSuite } from '../../../core/srtp/suites.ts';
import aead from '../../vectors/srtp/aead-gcm.json' with { type: 'json' };
import counterMode from '../../vectors/srtp/counter-mode.json' with { type: 'json' };
import libsrtp from '../../vectors/srtp/libsrtp.json' with { type: 'json' };

const octets = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function suiteOf(name: string): SrtpSuite {
  const suite = findSuite(name);
  if (suite === undefined) throw new Error(`no suite ${name}`);
  return suite;
}

/** A buffer with room behind `packet`. */
function roomy(packet: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(packet.length + 64).fill(0xee);
  buffer.set(packet);
  return buffer;
}

describe('RFC 3711 §4.1.1 key stream', () => {
  it.each(counterMode.keyStreams)('$title', ({ key, salt, blocks, at }) => {
    const stream = new Uint8Array(blocks * 16);
    new KeyStream(nodeSrtpCrypto.aesBlocks(octets(key)), COUNTER_MODE, octets(salt)).apply(
      stream,
      0,
      stream.length,
      0,
      0,
    );
    for (const [block, expected] of Object.entries(at)) {
      expect(hex(stream.subarray(Number(block) * 16, Number(block) * 16 + 16)), `block ${block}`).toBe(expected);
    }
  });

  it('is the same whether packets come in sequence or one by one', () => {
    const make = (): KeyStream =>
      new KeyStream(nodeSrtpCrypto.aesBlocks(new Uint8Array(16).fill(7)), COUNTER_MODE, new Uint8Array(14).fill(9));
    const batched = make();
    for (let index = 65_500; index < 65_600; index++) {
      const length = 100 + ((index * 37) % 90);
      const one = new Uint8Array(length);
      const other = new Uint8Array(length);
      batched.apply(one, 0, length, 0xcafe, index);
      make().apply(other, 0, length, 0xcafe, index);
      expect(hex(one)).toBe(hex(other));
    }
  });
});

describe('RFC 3711 §4.3 key derivation', () => {
  it.each(counterMode.derivations)('$title', ({ suite, master, cipherKey, salt, authKey }) => {
    const { rtp } = deriveSessionKeys(nodeSrtpCrypto, suiteOf(suite), octets(master));
    expect([rtp.cipherKey, rtp.salt, rtp.authKey].map(hex)).toEqual([cipherKey, salt, authKey]);
  });
});

describe('RFC 7714 packets under session keys', () => {
  it.each(aead.cases)('$title', ({ kind, suite, key, index, plain, cipher }) => {
    const keys = { cipherKey: octets(key), salt: octets(aead.salt), authKey: new Uint8Array(0) };
    const transform = new AesGcmTransform(nodeSrtpCrypto, suiteOf(suite), { rtp: keys, rtcp: keys }, new Uint8Array(0));
    const packet = roomy(octets(plain));
    const length = octets(plain).length;
    if (kind === 'rtp') {
      expect(hex(packet.subarray(0, transform.protectRtp(packet, 12, length, 0x5501a0b2, 0xf17b)))).toBe(cipher);
      expect(transform.unprotectRtp(packet, 12, length + 16, 0x5501a0b2, 0xf17b)).toBe(length);
    } else {
      expect(hex(packet.subarray(0, transform.protectRtcp(packet, length, 0x4d617273, index ?? 0)))).toBe(cipher);
      expect(transform.unprotectRtcp(packet, length + 20, 0x4d617273, index ?? 0)).toBe(length);
    }
    expect(hex(packet.subarray(0, length))).toBe(plain);
  });
});

describe("libsrtp's packets under master keys", () => {
  it.each(libsrtp.cases)('$title $kind', ({ kind, suite, key, plain, cipher, ...rest }) => {
    const mki = 'mki' in rest ? octets(rest.mki) : undefined;
    const sender = new SrtpSender(nodeSrtpCrypto, suiteOf(suite), octets(key), { mki });
    const receiver = new SrtpReceiver(nodeSrtpCrypto, suiteOf(suite), octets(key), { mki });
    const length = octets(plain).length;
    const packet = roomy(octets(plain));
    if (kind === 'rtp') {
      expect(hex(packet.subarray(0, sender.protectRtp(packet, length)))).toBe(cipher);
      expect(receiver.unprotectRtp(packet, octets(cipher).length)).toBe(length);
    } else {
      // libsrtp counts SRTCP packets from 1, where RFC 3711 §3.4 begins at 0.
      sender.protectRtcp(roomy(octets(plain)), length);
      expect(hex(packet.subarray(0, sender.protectRtcp(packet, length)))).toBe(cipher);
      expect(receiver.unprotectRtcp(packet, octets(cipher).length)).toBe(length);
    }
    expect(hex(packet.subarray(0, length))).toBe(plain);
  });
});
