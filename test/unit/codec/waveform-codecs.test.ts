import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ALAW_DECODE, alawOf, ULAW_DECODE, ulawOf } from '../../../core/codec/g711.ts';
import { pcma, pcmu } from '../../../core/codec/g711-codec.ts';
import { G722Decoder, G722Encoder } from '../../../core/codec/g722.ts';
import { g722 } from '../../../core/codec/g722-codec.ts';
import { rms, signalToNoise, sine, speech } from './signals.ts';

const sha256 = (octets: Uint8Array | Int16Array): string => createHash('sha256').update(octets).digest('hex');

describe('G.711', () => {
  // Digests of what the reference programs of ITU-T G.191 (ulaw_compress and its brothers) give for every input.
  it('µ-law is bit-exact for every sample and every octet', () => {
    const encoded = Uint8Array.from({ length: 65_536 }, (_, index) => ulawOf(index - 32_768));
    expect(sha256(encoded)).toBe('90c29de505fb68e766118303bd552a16005dcf810873698bee1d8f3b247ce28c');
    expect(sha256(ULAW_DECODE)).toBe('3dab54339e520bb2c924826e3b72a917a2b612e9fd12fc867500f1d983a75827');
  });

  it('A-law is bit-exact for every sample and every octet', () => {
    const encoded = Uint8Array.from({ length: 65_536 }, (_, index) => alawOf(index - 32_768));
    expect(sha256(encoded)).toBe('38488f6fd710f4686360edc4d38639f96c491595ef93f8eb8d62d5e07ca6ce7b');
    expect(sha256(ALAW_DECODE)).toBe('e04788d110e58ff8c70c93b8480190d973e3b67876b6119abbaec766cc75c174');
  });

  it('gives every octet back after decoding, but the negative zero of µ-law', () => {
    for (let octet = 0; octet < 256; octet++) {
      expect(alawOf(ALAW_DECODE[octet] ?? 0)).toBe(octet);
      expect(ulawOf(ULAW_DECODE[octet] ?? 0)).toBe(octet === 0x7f ? 0xff : octet);
    }
  });

  it.each([pcmu, pcma])('$name keeps speech at 36 dB', (codec) => {
    const sound = speech(8000, 8000);
    const payload = new Uint8Array(8000);
    expect(codec.createEncoder().encode(sound, 8000, payload, 0)).toBe(8000);
    const back = new Int16Array(8000);
    expect(codec.createDecoder().decode(payload, 0, 8000, back)).toBe(8000);
    expect(signalToNoise(sound, back)).toBeGreaterThan(36);
  });
});

describe('G.722', () => {
  /** Noise that every machine can make again: half a second low, half a second at full scale. */
  function noise(): Int16Array {
    const samples = new Int16Array(16_000);
    let state = 1;
    for (let index = 0; index < samples.length; index++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      samples[index] = Math.trunc(((state >>> 16) - 32_768) / (index < 8000 ? 8 : 1));
    }
    return samples;
  }

  // Digests of what spandsp 0.0.6 makes of the same noise.
  it('is bit-exact, encoder and decoder', () => {
    const payload = new Uint8Array(8000);
    expect(new G722Encoder().encode(noise(), 16_000, payload, 0)).toBe(8000);
    expect(sha256(payload)).toBe('3e1947e4f12864e213a1e6a483c9e46445737d06165de8fdf3f99a1d10a60493');
    const back = new Int16Array(16_000);
    expect(new G722Decoder().decode(payload, 0, 4000, back)).toBe(8000);
    expect(sha256(back.subarray(0, 8000))).toBe('3804196b64b9297071c3453a096ea67a6a8435f333fb15199bbfd4fae4af64d0');
  });

  it('carries 6 kHz, which G.711 cannot', () => {
    const sound = sine(16_000, 6000, 8000, 16_000);
    const payload = new Uint8Array(8000);
    g722.createEncoder().encode(sound, 16_000, payload, 0);
    const back = new Int16Array(16_000);
    g722.createDecoder().decode(payload, 0, 8000, back);
    expect(rms(back) / rms(sound)).toBeGreaterThan(0.95);
  });

  it('RFC 3551 §4.5.2 counts 8000 a second for 16,000 samples', () => {
    expect([g722.clockRate, g722.sampleRate, g722.samplesIn(new Uint8Array(160), 0, 160)]).toEqual([8000, 16_000, 320]);
  });
});

describe('concealment of waveform codecs', () => {
  const frame = 160;

  /** Decodes speech with the packets named lost; what came out. */
  function withLoss(lost: ReadonlySet<number>, sound: Int16Array): Int16Array {
    const encoder = pcmu.createEncoder();
    const decoder = pcmu.createDecoder();
    const out = new Int16Array(sound.length);
    const payload = new Uint8Array(frame);
    for (let index = 0; index * frame < sound.length; index++) {
      const place = out.subarray(index * frame, (index + 1) * frame);
      encoder.encode(sound.subarray(index * frame), frame, payload, 0);
      if (lost.has(index)) decoder.conceal(frame, place);
      else decoder.decode(payload, 0, frame, place);
    }
    return out;
  }

  it('continues a steady tone almost as it was', () => {
    const tone = sine(8000, 160, 8000, 4000);
    const out = withLoss(new Set([10]), tone);
    expect(signalToNoise(tone.subarray(1600, 1760), out.subarray(1600, 1760))).toBeGreaterThan(12);
  });

  it('makes no jump where loss begins and ends', () => {
    const tone = sine(8000, 200, 8000, 4000);
    const steepest = (samples: Int16Array): number =>
      Math.max(...samples.subarray(1).map((sample, index) => Math.abs(sample - (samples[index] ?? 0))));
    expect(steepest(withLoss(new Set([7, 11]), tone))).toBeLessThan(2 * steepest(tone));
  });

  it('fades to silence after 60 ms', () => {
    const tone = sine(8000, 200, 8000, 4000);
    const out = withLoss(new Set([5, 6, 7, 8, 9]), tone);
    expect(rms(out.subarray(880, 960))).toBeGreaterThan(rms(out.subarray(1200, 1280)));
    expect(rms(out.subarray(1280, 1600))).toBe(0);
  });

  it('conceals before anything was heard, with silence', () => {
    const out = new Int16Array(160).fill(77);
    expect(pcma.createDecoder().conceal(160, out)).toBe(160);
    expect(rms(out)).toBe(0);
  });
});
