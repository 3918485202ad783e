import type { Codec, Decoder, Encoder } from './codec.ts';
import { ALAW_DECODE, alawOf, ULAW_DECODE, ulawOf } from './g711.ts';
import { WaveformConcealer } from './waveform-concealer.ts';

const RATE = 8000;

/** PCMU: G.711 µ-law (RFC 3551 §4.5.14). */
export const pcmu: Codec = g711('PCMU', ulawOf, ULAW_DECODE);
/** PCMA: G.711 A-law (RFC 3551 §4.5.14). */
export const pcma: Codec = g711('PCMA', alawOf, ALAW_DECODE);

function g711(name: string, octetOf: (sample: number) => number, samples: Int16Array): Codec {
  return {
    name,
    clockRate: RATE,
    sampleRate: RATE,
    samplesIn: (_payload, _offset, length) => length,
    packetTimeMs: (wantedMs) => Math.min(100, Math.max(10, wantedMs - (wantedMs % 10))),
    createEncoder: () => new G711Encoder(octetOf),
    createDecoder: () => new G711Decoder(samples),
  };
}

class G711Encoder implements Encoder {
  readonly #octetOf: (sample: number) => number;

  constructor(octetOf: (sample: number) => number) {
    this.#octetOf = octetOf;
  }

  encode(samples: Int16Array, count: number, output: Uint8Array, offset: number): number {
    for (let index = 0; index < count; index++) output[offset + index] = this.#octetOf(samples[index] ?? 0);
    return count;
  }

  setLoss(): void {
    // Waveform codecs send the same whatever is lost.
  }

  close(): void {
    // Nothing is held.
  }
}

class G711Decoder implements Decoder {
  readonly #samples: Int16Array;
  readonly #concealer = new WaveformConcealer(RATE);

  constructor(samples: Int16Array) {
    this.#samples = samples;
  }

  decode(payload: Uint8Array, offset: number, length: number, output: Int16Array): number {
    if (length > output.length) return -1;
    for (let index = 0; index < length; index++) output[index] = this.#samples[payload[offset + index] ?? 0] ?? 0;
    this.#concealer.accept(output, length);
    return length;
  }

  conceal(count: number, output: Int16Array): number {
    this.#concealer.conceal(output, count);
    return count;
  }

  recover(_payload: Uint8Array, _offset: number, _length: number, count: number, output: Int16Array): number {
    return this.conceal(count, output);
  }

  close(): void {
    // Nothing is held.
  }
}
