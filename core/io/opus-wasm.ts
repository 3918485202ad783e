import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { OpusDecoder, OpusEncoder, OpusEncoderOptions, OpusFactory } from '../codec/opus.ts';

/** The little of the standard's interface that is needed; Node has it, its type declarations do not. */
declare const WebAssembly: {
  readonly Module: new (octets: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

/** What the module exports of libopus 1.x; numbers are addresses in its memory. */
interface OpusExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(size: number): number;
  free(address: number): void;
  opus_encoder_get_size(channels: number): number;
  opus_encoder_init(encoder: number, rate: number, channels: number, application: number): number;
  opus_encoder_ctl_set(encoder: number, request: number, value: number): number;
  opus_encode(encoder: number, pcm: number, count: number, data: number, size: number): number;
  opus_decoder_get_size(channels: number): number;
  opus_decoder_init(decoder: number, rate: number, channels: number): number;
  opus_decode(decoder: number, data: number, length: number, pcm: number, count: number, correction: number): number;
}

const MONO = 1;
/** Not `VOIP`, whose high-pass shifts the phase of low voices; the signal is said to be voice all the same. */
const APPLICATION_AUDIO = 2049;
/** Requests of `opus_defines.h`. */
const SET_BITRATE = 4002;
const SET_COMPLEXITY = 4010;
const SET_INBAND_FEC = 4012;
const SET_PACKET_LOSS_PERC = 4014;
const SET_DTX = 4016;
const SET_SIGNAL = 4024;
const SIGNAL_VOICE = 3001;

const MAX_PAYLOAD = 8192;
/** 120 ms at 48 kHz. */
const MAX_SAMPLES = 5760;

/**
 * libopus in WebAssembly: one instance, whose memory all encoders and decoders made by the factory share. Its native
 * build is never used, as external array buffers abort in Electron.
 *
 * @param wasm the module; by default the one with SIMD that `@evan/opus` carries
 */
export function createOpusFactory(wasm: Uint8Array = readOpusModule()): OpusFactory {
  const library = new OpusLibrary(wasm);
  return {
    createEncoder: (options) => new WasmOpusEncoder(library, options),
    createDecoder: (sampleRate) => new WasmOpusDecoder(library, sampleRate),
  };
}

function readOpusModule(): Uint8Array {
  return readFileSync(createRequire(import.meta.url).resolve('@evan/opus/wasm/simd.wasm'));
}

/** The instance with one place for sound and one for payloads, used by one call at a time. */
class OpusLibrary {
  readonly exports: OpusExports;
  readonly pcm: number;
  readonly data: number;
  #octets: Uint8Array;
  #samples: Int16Array;

  constructor(wasm: Uint8Array) {
    const refresh = (): void => {
      this.#octets = new Uint8Array(this.exports.memory.buffer);
      this.#samples = new Int16Array(this.exports.memory.buffer);
    };
    const nothing = (): number => 0;
    const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), {
      wasi_snapshot_preview1: { fd_seek: nothing, fd_write: nothing, fd_close: nothing, proc_exit: nothing },
      env: { emscripten_notify_memory_growth: refresh },
    });
    this.exports = instance.exports as OpusExports;
    this.#octets = new Uint8Array(this.exports.memory.buffer);
    this.#samples = new Int16Array(this.exports.memory.buffer);
    this.pcm = this.exports.malloc(2 * MAX_SAMPLES);
    this.data = this.exports.malloc(MAX_PAYLOAD);
  }

  putSamples(samples: Int16Array, count: number): void {
    this.#samples.set(samples.subarray(0, count), this.pcm / 2);
  }

  takeSamples(count: number, output: Int16Array): void {
    output.set(this.#samples.subarray(this.pcm / 2, this.pcm / 2 + count));
  }

  putPayload(payload: Uint8Array): void {
    this.#octets.set(payload, this.data);
  }

  takePayload(length: number, output: Uint8Array): void {
    output.set(this.#octets.subarray(this.data, this.data + length));
  }
}

class WasmOpusEncoder implements OpusEncoder {
  readonly #library: OpusLibrary;
  #encoder: number;

  constructor(library: OpusLibrary, options: OpusEncoderOptions) {
    const { exports } = library;
    this.#library = library;
    this.#encoder = exports.malloc(exports.opus_encoder_get_size(MONO));
    const status = exports.opus_encoder_init(this.#encoder, options.sampleRate, MONO, APPLICATION_AUDIO);
    if (status !== 0) {
      this.close();
      throw new RangeError(`Opus has no encoder for ${options.sampleRate} Hz (${status})`);
    }
    const settings: readonly (readonly [number, number])[] = [
      [SET_BITRATE, options.bitrate],
      [SET_COMPLEXITY, options.complexity],
      [SET_SIGNAL, SIGNAL_VOICE],
      [SET_INBAND_FEC, Number(options.forwardErrorCorrection)],
      [SET_PACKET_LOSS_PERC, options.expectedLossPercent],
      [SET_DTX, Number(options.discontinuous)],
    ];
    for (const [request, value] of settings) exports.opus_encoder_ctl_set(this.#encoder, request, value);
  }

  encode(samples: Int16Array, count: number, output: Uint8Array): number {
    const { exports, pcm, data } = this.#library;
    if (this.#encoder === 0 || count > MAX_SAMPLES) return -1;
    this.#library.putSamples(samples, count);
    const length = exports.opus_encode(this.#encoder, pcm, count, data, Math.min(MAX_PAYLOAD, output.length));
    if (length < 0) return -1;
    this.#library.takePayload(length, output);
    return length;
  }

  setExpectedLoss(percent: number): void {
    if (this.#encoder !== 0) this.#library.exports.opus_encoder_ctl_set(this.#encoder, SET_PACKET_LOSS_PERC, percent);
  }

  close(): void {
    this.#library.exports.free(this.#encoder);
    this.#encoder = 0;
  }
}

class WasmOpusDecoder implements OpusDecoder {
  readonly #library: OpusLibrary;
  #decoder: number;

  constructor(library: OpusLibrary, sampleRate: number) {
    const { exports } = library;
    this.#library = library;
    this.#decoder = exports.malloc(exports.opus_decoder_get_size(MONO));
    const status = exports.opus_decoder_init(this.#decoder, sampleRate, MONO);
    if (status !== 0) {
      this.close();
      throw new RangeError(`Opus has no decoder for ${sampleRate} Hz (${status})`);
    }
  }

  decode(payload: Uint8Array, output: Int16Array): number {
    // An empty payload would ask libopus for concealment.
    if (payload.length === 0 || payload.length > MAX_PAYLOAD) return -1;
    this.#library.putPayload(payload);
    return this.#run(this.#library.data, payload.length, Math.min(MAX_SAMPLES, output.length), 0, output);
  }

  conceal(count: number, output: Int16Array): number {
    return this.#run(0, 0, count, 0, output);
  }

  recover(payload: Uint8Array, count: number, output: Int16Array): number {
    if (payload.length === 0 || payload.length > MAX_PAYLOAD) return this.conceal(count, output);
    this.#library.putPayload(payload);
    const made = this.#run(this.#library.data, payload.length, count, 1, output);
    return made < 0 ? this.conceal(count, output) : made;
  }

  close(): void {
    this.#library.exports.free(this.#decoder);
    this.#decoder = 0;
  }

  #run(data: number, length: number, count: number, correction: number, output: Int16Array): number {
    const { exports, pcm } = this.#library;
    if (this.#decoder === 0 || count > output.length || count > MAX_SAMPLES) return -1;
    const made = exports.opus_decode(this.#decoder, data, length, pcm, count, correction);
    if (made < 0) return -1;
    this.#library.takeSamples(made, output);
    return made;
  }
}
