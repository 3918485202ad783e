import { readFile } from 'node:fs/promises';
import { parseWav } from '../../core/audio/wav.ts';
import type { Codec } from '../../core/codec/codec.ts';
import { createCodec } from '../../core/codec/create-codec.ts';
import { createResampler } from '../../core/codec/resampler.ts';
import { createOpusFactory } from '../../core/io/opus-wasm.ts';
import type { BenchRow } from './bench-row.ts';

/** The name on the command line. */
export const name = 'codec';

const ROUNDS = 5;
const PACKET_MS = 20;
const CODECS = [
  { name: 'PCMU', payloadType: 0, clockRate: 8000, channels: 1, format: '' },
  { name: 'G722', payloadType: 9, clockRate: 8000, channels: 1, format: '' },
  { name: 'opus', payloadType: 111, clockRate: 48_000, channels: 2, format: '' },
] as const;

/**
 * Seconds of speech encoded and decoded in a second, on one thread, beside copying the same samples: what no codec can beat.
 */
export async function run(): Promise<BenchRow[]> {
  const wav = parseWav(await readFile(new URL('../../resources/sounds/demo-speech.wav', import.meta.url)));
  if (!wav.ok) throw new Error(wav.error);
  const floats = new Float32Array(wav.value.length);
  wav.value.read(0, floats);
  const speech = Int16Array.from(floats, (value) => Math.round(value * 32_767));
  const rows: BenchRow[] = [];
  for (const parameters of CODECS) {
    const codec = createCodec(parameters, createOpusFactory());
    if (codec === undefined) continue;
    const sound = resampled(speech, wav.value.sampleRate, codec.sampleRate);
    const best = { encode: 0, decode: 0, copy: 0 };
    for (let round = 0; round < ROUNDS; round++) {
      const speed = measure(codec, sound);
      for (const key of ['encode', 'decode', 'copy'] as const) best[key] = Math.max(best[key], speed[key]);
    }
    for (const direction of ['encode', 'decode'] as const) {
      rows.push({
        bench: name,
        case: `${direction} ${parameters.name}`,
        value: Math.round(best[direction]),
        unit: 'x real time',
        higherIsBetter: true,
        reference: { name: 'copying the samples', version: process.versions.node, value: Math.round(best.copy) },
        ratio: Number((best[direction] / best.copy).toFixed(4)),
      });
    }
  }
  return rows;
}

function resampled(samples: Int16Array, from: number, to: number): Int16Array {
  const resampler = createResampler(from, to);
  const frame = from / 100;
  const piece = new Int16Array(to / 100);
  const output: number[] = [];
  for (let at = 0; at + frame <= samples.length; at += frame) {
    const count = resampler.process(samples.subarray(at, at + frame), frame, piece);
    output.push(...piece.subarray(0, count));
  }
  return Int16Array.from(output);
}

/** Seconds of sound in a second of work. */
function measure(
  codec: Codec,
  sound: Int16Array,
): { readonly encode: number; readonly decode: number; readonly copy: number } {
  const frame = (codec.sampleRate * PACKET_MS) / 1000;
  const frames = Math.floor(sound.length / frame);
  const seconds = (frames * PACKET_MS) / 1000;
  const encoder = codec.createEncoder();
  const decoder = codec.createDecoder();
  const payloads: Uint8Array[] = [];
  const octets = new Uint8Array(4000);
  let started = performance.now();
  for (let index = 0; index < frames; index++) {
    const length = encoder.encode(sound.subarray(index * frame, (index + 1) * frame), frame, octets, 0);
    payloads.push(octets.slice(0, length));
  }
  const encode = seconds / ((performance.now() - started) / 1000);
  const output = new Int16Array(frame * 6);
  started = performance.now();
  for (const payload of payloads) decoder.decode(payload, 0, payload.length, output);
  const decode = seconds / ((performance.now() - started) / 1000);
  started = performance.now();
  for (let index = 0; index < frames; index++) output.set(sound.subarray(index * frame, (index + 1) * frame));
  const copy = seconds / ((performance.now() - started) / 1000);
  encoder.close();
  decoder.close();
  return { encode, decode, copy };
}
