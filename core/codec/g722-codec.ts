import type { Codec, Decoder, Encoder } from './codec.ts';
import { G722Decoder, G722Encoder } from './g722.ts';
import { WaveformConcealer } from './waveform-concealer.ts';

const RATE = 16_000;

/** G722 at 64 kbit/s; its timestamps count 8000 a second (RFC 3551 §4.5.2). */
export const g722: Codec = {
  name: 'G722',
  clockRate: 8000,
  sampleRate: RATE,
  samplesIn: (_payload, _offset, length) => 2 * length,
  packetTimeMs: (wantedMs) => Math.min(100, Math.max(10, wantedMs - (wantedMs % 10))),
  createEncoder: () => new G722CodecEncoder(),
  createDecoder: () => new G722CodecDecoder(),
};

class G722CodecEncoder implements Encoder {
  readonly #encoder = new G722Encoder();

  encode(samples: Int16Array, count: number, output: Uint8Array, offset: number): number {
    return this.#encoder.encode(samples, count, output, offset);
  }

  setLoss(): void {
    // The encoder sends the same whatever is lost.
  }

  close(): void {
    // Nothing is held.
  }
}

class G722CodecDecoder implements Decoder {
  readonly #decoder = new G722Decoder();
  readonly #concealer = new WaveformConcealer(RATE);

  decode(payload: Uint8Array, offset: number, length: number, output: Int16Array): number {
    if (2 * length > output.length) return -1;
    const count = this.#decoder.decode(payload, offset, length, output);
    this.#concealer.accept(output, count);
    return count;
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
