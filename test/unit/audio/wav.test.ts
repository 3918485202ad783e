import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AUDIO_FRAME_SAMPLES, AUDIO_RATE } from '../../../core/audio/audio-port.ts';
import { playWavs, WavPlayer } from '../../../core/audio/wav-player.ts';
import { formatWavHeader, parseWav, type Wav } from '../../../core/audio/wav.ts';
import { amplitudeAt, level, tone } from '../../support/tone.ts';

/** A WAV file from its parts; `samples` are the octets of the data chunk. */
function file(
  format: { code: number; channels: number; rate: number; bits: number; extended?: boolean },
  samples: Uint8Array,
  dataSize = samples.length,
): Uint8Array {
  const formatSize = format.extended === true ? 40 : 16;
  const octets = new Uint8Array(12 + 8 + formatSize + 8 + samples.length);
  const view = new DataView(octets.buffer);
  const text = (at: number, name: string): void => void new TextEncoder().encodeInto(name, octets.subarray(at));
  text(0, 'RIFF');
  view.setUint32(4, octets.length - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, formatSize, true);
  view.setUint16(20, format.extended === true ? 0xfffe : format.code, true);
  view.setUint16(22, format.channels, true);
  view.setUint32(24, format.rate, true);
  view.setUint16(34, format.bits, true);
  if (format.extended === true) view.setUint16(44, format.code, true);
  text(20 + formatSize, 'data');
  view.setUint32(24 + formatSize, dataSize, true);
  octets.set(samples, 28 + formatSize);
  return octets;
}

function parsed(octets: Uint8Array): Wav {
  const wav = parseWav(octets);
  if (!wav.ok) throw new Error(wav.error);
  return wav.value;
}

function play(wav: Wav): Int16Array {
  const player = new WavPlayer(wav);
  const frame = new Int16Array(AUDIO_FRAME_SAMPLES);
  const all: number[] = [];
  while (player.pull(frame)) all.push(...frame);
  return Int16Array.from(all);
}

const octetsOf = (samples: Int16Array | Float32Array): Uint8Array => new Uint8Array(samples.buffer);

describe('WAV files', () => {
  it.each([
    { name: '8 bits', code: 1, bits: 8, samples: Uint8Array.of(0, 128, 192), values: [-1, 0, 0.5] },
    { name: '16 bits', code: 1, bits: 16, samples: octetsOf(Int16Array.of(-32768, 0, 16384)), values: [-1, 0, 0.5] },
    { name: '24 bits', code: 1, bits: 24, samples: Uint8Array.of(0, 0, 128, 0, 0, 0, 0, 0, 64), values: [-1, 0, 0.5] },
    {
      name: '32-bit float',
      code: 3,
      bits: 32,
      samples: octetsOf(Float32Array.of(-1, NaN, 0.5)),
      values: [-1, 0, 0.5],
    },
  ])('$name are read at their value', ({ code, bits, samples, values }) => {
    for (const extended of [false, true]) {
      const wav = parsed(file({ code, channels: 1, rate: 8000, bits, extended }, samples));
      const output = new Float32Array(3);
      wav.read(0, output);
      expect([...output]).toEqual(values);
      expect(wav.length).toBe(3);
    }
  });

  it('two channels become one, their mean', () => {
    const wav = parsed(
      file({ code: 1, channels: 2, rate: 48000, bits: 16 }, octetsOf(Int16Array.of(16384, 0, 8192, 8192))),
    );
    const output = new Float32Array(3);
    wav.read(0, output);
    expect([...output]).toEqual([0.25, 0.25, 0]);
  });

  it('a recording that was cut off plays to its real end, whatever its header promises', () => {
    const samples = octetsOf(tone(1000, 48000, 4800));
    for (const size of [0, 0xffffffff]) {
      expect(parsed(file({ code: 1, channels: 1, rate: 48000, bits: 16 }, samples, size)).length).toBe(4800);
    }
  });

  it.each([8000, 11025, 16000, 44100, 48000, 96000])('a tone at %d Hz keeps frequency and level at 48 kHz', (rate) => {
    const wav = parsed(file({ code: 1, channels: 1, rate, bits: 16 }, octetsOf(tone(1000, rate, rate))));
    const samples = play(wav);
    expect(samples.length).toBe(AUDIO_RATE);
    const middle = samples.subarray(AUDIO_RATE / 4, (3 * AUDIO_RATE) / 4);
    expect(amplitudeAt(1000, AUDIO_RATE, middle)).toBeCloseTo(0.5, 2);
    // Everything that is not the tone, aliases first of all, is at least 60 dB below it.
    const rest = middle.map((sample, n) => {
      const at = n + AUDIO_RATE / 4;
      return sample - 32767 * 0.5 * Math.sin((2 * Math.PI * 1000 * at) / AUDIO_RATE);
    });
    expect(level(rest)).toBeLessThan(0.5 / 1000);
  });

  it('what lies above the band of 48 kHz does not fold into it', () => {
    const rate = 96000;
    const samples = play(parsed(file({ code: 1, channels: 1, rate, bits: 16 }, octetsOf(tone(30000, rate, rate)))));
    expect(level(samples.subarray(4800, 43200))).toBeLessThan(0.001);
  });

  it('a player ends with silence; recordings follow each other, and begin again where they are to', () => {
    const wav = parsed(file({ code: 1, channels: 1, rate: 48000, bits: 16 }, octetsOf(tone(1000, 48000, 700))));
    const frame = new Int16Array(AUDIO_FRAME_SAMPLES);
    const once = new WavPlayer(wav);
    expect([once.pull(frame), once.pull(frame)]).toEqual([true, true]);
    expect(frame.subarray(220).every((sample) => sample === 0)).toBe(true);
    expect(once.pull(frame)).toBe(false);
    const both = playWavs([wav, wav]);
    expect([1, 2, 3, 4, 5, 6].map(() => both(frame))).toEqual([true, true, true, true, false, false]);
    const loop = playWavs([wav, wav], true);
    for (let n = 0; n < 9; n++) expect(loop(frame)).toBe(true);
    const nothing = { ...wav, length: 0, read: () => undefined };
    expect(playWavs([nothing, nothing], true)(frame)).toBe(false);
  });

  it('our own header describes the samples behind it', () => {
    const samples = octetsOf(tone(400, AUDIO_RATE, 960));
    const octets = Uint8Array.of(...formatWavHeader(AUDIO_RATE, samples.length), ...samples);
    const wav = parsed(octets);
    expect([wav.sampleRate, wav.channels, wav.length]).toEqual([AUDIO_RATE, 1, 960]);
  });

  it.each([
    ['nothing', new Uint8Array()],
    ['text', new TextEncoder().encode('this is not a sound file at all')],
    ['a-law', file({ code: 6, channels: 1, rate: 8000, bits: 8 }, new Uint8Array(8))],
    ['no channel', file({ code: 1, channels: 0, rate: 8000, bits: 16 }, new Uint8Array(8))],
    ['no rate', file({ code: 1, channels: 1, rate: 0, bits: 16 }, new Uint8Array(8))],
  ])('%s is an error, not an exception', (_name, octets) => {
    expect(parseWav(octets).ok).toBe(false);
  });

  it('octets from anywhere never throw', () => {
    const valid = file({ code: 1, channels: 2, rate: 8000, bits: 24 }, new Uint8Array(60));
    fc.assert(
      fc.property(fc.nat(valid.length - 1), fc.nat(255), fc.nat(valid.length), (at, value, length) => {
        const octets = valid.slice(0, length);
        if (at < length) octets[at] = value;
        const wav = parseWav(octets);
        if (wav.ok) wav.value.read(-1, new Float32Array(20));
      }),
      { numRuns: 2000 },
    );
  });
});
