import type { Codec, Decoder, Encoder } from './codec.ts';
import type { OpusDecoder, OpusEncoder, OpusFactory } from './opus.ts';

const RATE = 48_000;
/** Fullband speech (RFC 7587 §3.1.1). */
const BITRATE = 32_000;
/** Half of the best: no difference that can be heard in speech, at less than half the time. */
const COMPLEXITY = 5;
/** Loss that error correction is made for before the first report, percent. */
const EXPECTED_LOSS = 5;
/** The longest payload, RFC 6716 §3.2.1 times the frames of a packet of 60 ms. */
const MAX_PAYLOAD = 1275 * 3;

/** Opus (RFC 6716, RFC 7587), mono, with in-band error correction unless the peer's `format` says that it has none. */
export function opusCodec(factory: OpusFactory, format = ''): Codec {
  const parameters = new Map(
    format.split(';').map((parameter): [string, string] => {
      const [key = '', value = ''] = parameter.split('=');
      return [key.trim().toLowerCase(), value.trim()];
    }),
  );
  const limit = Number(parameters.get('maxaveragebitrate') ?? BITRATE);
  return {
    name: 'opus',
    clockRate: RATE,
    sampleRate: RATE,
    samplesIn: opusSamples,
    packetTimeMs: (wantedMs) => [60, 40, 20].find((legal) => legal <= wantedMs) ?? 10,
    createEncoder: () =>
      new OpusCodecEncoder(
        factory.createEncoder({
          sampleRate: RATE,
          bitrate: limit >= 6000 && limit < BITRATE ? limit : BITRATE,
          complexity: COMPLEXITY,
          forwardErrorCorrection: parameters.get('useinbandfec') !== '0',
          expectedLossPercent: EXPECTED_LOSS,
          discontinuous: false,
        }),
      ),
    createDecoder: () => new OpusCodecDecoder(factory.createDecoder(RATE)),
  };
}

/** Samples at 48 kHz in a packet, from its first octets (RFC 6716 §3.1, §3.2); 0 where they make no packet. */
export function opusSamples(payload: Uint8Array, offset: number, length: number): number {
  if (length < 1) return 0;
  const toc = payload[offset] ?? 0;
  const config = toc >> 3;
  let frame: number;
  if (config < 12) frame = 480 * ([1, 2, 4, 6][config & 3] ?? 0);
  else if (config < 16) frame = 480 << (config & 1);
  else frame = 120 << (config & 3);
  const code = toc & 3;
  const count = code === 0 ? 1 : code < 3 ? 2 : length < 2 ? 0 : (payload[offset + 1] ?? 0) & 0x3f;
  const samples = frame * count;
  return samples > 5760 ? 0 : samples;
}

class OpusCodecEncoder implements Encoder {
  readonly #encoder: OpusEncoder;

  constructor(encoder: OpusEncoder) {
    this.#encoder = encoder;
  }

  encode(samples: Int16Array, count: number, output: Uint8Array, offset: number): number {
    return this.#encoder.encode(samples, count, output.subarray(offset, offset + MAX_PAYLOAD));
  }

  setLoss(share: number): void {
    this.#encoder.setExpectedLoss(Math.max(EXPECTED_LOSS, Math.min(50, Math.round(share * 100))));
  }

  close(): void {
    this.#encoder.close();
  }
}

class OpusCodecDecoder implements Decoder {
  readonly #decoder: OpusDecoder;

  constructor(decoder: OpusDecoder) {
    this.#decoder = decoder;
  }

  decode(payload: Uint8Array, offset: number, length: number, output: Int16Array): number {
    return this.#decoder.decode(payload.subarray(offset, offset + length), output);
  }

  conceal(count: number, output: Int16Array): number {
    return this.#decoder.conceal(count, output);
  }

  recover(payload: Uint8Array, offset: number, length: number, count: number, output: Int16Array): number {
    return this.#decoder.recover(payload.subarray(offset, offset + length), count, output);
  }

  close(): void {
    this.#decoder.close();
  }
}
