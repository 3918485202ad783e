import { describe, expect, it } from 'vitest';
import { createCodec } from '../../../core/codec/create-codec.ts';
import { opusCodec, opusSamples } from '../../../core/codec/opus-codec.ts';
import { createOpusFactory } from '../../../core/io/opus-wasm.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { alignedSignalToNoise, rms, signalToNoise, speech } from './signals.ts';

const factory = createOpusFactory();
const opus = opusCodec(factory);
const FRAME = 960;

function encodeAll(sound: Int16Array, codec = opus): Uint8Array[] {
  const encoder = codec.createEncoder();
  encoder.setLoss(0.2);
  const packets: Uint8Array[] = [];
  for (let at = 0; at + FRAME <= sound.length; at += FRAME) {
    const payload = new Uint8Array(4000);
    const length = encoder.encode(sound.subarray(at, at + FRAME), FRAME, payload, 7);
    packets.push(payload.slice(7, 7 + length));
  }
  encoder.close();
  return packets;
}

const sound = speech(48_000, 48_000);
const packets = encodeAll(sound);

/** Decodes, with packet 30 replaced by what `replace` does. */
function decodeAll(
  replace?: (decoder: ReturnType<typeof opus.createDecoder>, place: Int16Array) => number,
): Int16Array {
  const decoder = opus.createDecoder();
  const out = new Int16Array(sound.length);
  for (const [index, payload] of packets.entries()) {
    const place = out.subarray(index * FRAME, (index + 1) * FRAME);
    const made = replace && index === 30 ? replace(decoder, place) : decoder.decode(payload, 0, payload.length, place);
    expect(made).toBe(FRAME);
  }
  decoder.close();
  return out;
}

describe('Opus', () => {
  const clean = decodeAll();

  it('brings speech back, 6.5 ms later', () => {
    const { decibel, delay } = alignedSignalToNoise(sound.subarray(4800), clean.subarray(4800), 480);
    expect(decibel).toBeGreaterThan(12);
    expect(delay).toBeLessThan(400);
    expect(rms(clean) / rms(sound)).toBeCloseTo(1, 0);
  });

  it('conceals a lost packet of the length asked for', () => {
    const concealed = decodeAll((decoder, place) => decoder.conceal(FRAME, place));
    expect(rms(concealed.subarray(30 * FRAME, 31 * FRAME))).toBeGreaterThan(
      0.3 * rms(clean.subarray(30 * FRAME, 31 * FRAME)),
    );
    for (const count of [120, 480, 2880]) {
      expect(opus.createDecoder().conceal(count, new Int16Array(count))).toBe(count);
    }
  });

  it('recovers a lost packet from the one that follows, better than it conceals', () => {
    const next = packets[31] ?? new Uint8Array(0);
    const recovered = decodeAll((decoder, place) => decoder.recover(next, 0, next.length, FRAME, place));
    const concealed = decodeAll((decoder, place) => decoder.conceal(FRAME, place));
    const lost = (samples: Int16Array): Int16Array => samples.subarray(30 * FRAME, 31 * FRAME);
    expect(signalToNoise(lost(clean), lost(recovered))).toBeGreaterThan(
      signalToNoise(lost(clean), lost(concealed)) + 3,
    );
  });

  it('leaves error correction out where the peer has none', () => {
    const size = (list: Uint8Array[]): number => list.reduce((sum, payload) => sum + payload.length, 0);
    const without = encodeAll(sound, opusCodec(factory, 'useinbandfec=0'));
    expect(size(without)).not.toBe(size(packets));
  });

  it('keeps to the bit rate that the peer allows', () => {
    const size = encodeAll(sound, opusCodec(factory, 'maxaveragebitrate=12000')).reduce(
      (sum, { length }) => sum + length,
      0,
    );
    expect(size * 8).toBeLessThan(16_000);
  });

  it('takes broken packets without harm', () => {
    const random = new SeededRandom(5);
    const decoder = opus.createDecoder();
    const out = new Int16Array(5760);
    for (let round = 0; round < 500; round++) {
      const payload = random.bytes(random.below(200));
      expect(decoder.decode(payload, 0, payload.length, out)).toBeLessThanOrEqual(5760);
    }
    expect(decoder.decode(new Uint8Array(0), 0, 0, out)).toBe(-1);
    decoder.close();
    expect(decoder.decode(packets[0] ?? new Uint8Array(20), 0, 20, out)).toBe(-1);
  });

  it('keeps encoders and decoders of one factory apart', () => {
    const one = opus.createDecoder();
    const other = opus.createDecoder();
    const a = new Int16Array(FRAME);
    const b = new Int16Array(FRAME);
    for (const payload of packets.slice(0, 20)) {
      one.decode(payload, 0, payload.length, a);
      other.decode(payload, 0, payload.length, b);
      expect(a).toEqual(b);
    }
  });
});

describe('opusSamples', () => {
  it('RFC 6716 §3.1 agrees with what is decoded', () => {
    for (const payload of packets) expect(opusSamples(payload, 0, payload.length)).toBe(FRAME);
  });

  it.each([
    [[0x08], 960],
    [[0x00], 480],
    [[0x18], 2880],
    [[0x19], 5760],
    [[0x68], 960],
    [[0x80], 120],
    [[0x98], 960],
    [[0x83, 6], 720],
    [[0x1b, 3], 0],
    [[0x03], 0],
    [[], 0],
  ])('of %j is %i', (octets, samples) => {
    expect(opusSamples(Uint8Array.from(octets), 0, octets.length)).toBe(samples);
  });
});

describe('createCodec', () => {
  const named = (name: string, clockRate: number): string | undefined =>
    createCodec({ name, clockRate, payloadType: 0, channels: 1, format: undefined }, factory)?.name;

  it('finds codecs by name in any case, with the clock rate of their RFC', () => {
    expect(['pcmu', 'PCMA', 'g722'].map((name) => named(name, 8000))).toEqual(['PCMU', 'PCMA', 'G722']);
    expect(named('OPUS', 48_000)).toBe('opus');
    expect([named('opus', 8000), named('PCMU', 16_000), named('speex', 8000)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('makes only packet times that the codec has', () => {
    expect([10, 20, 30, 40, 60, 120].map((wanted) => opus.packetTimeMs(wanted))).toEqual([10, 20, 20, 40, 60, 60]);
  });
});
