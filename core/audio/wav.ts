import { err, ok, type Result } from '../base/result.ts';

/** Octets before the samples in the files that we write. */
export const WAV_HEADER_OCTETS = 44;

const FORMAT_PCM = 1;
const FORMAT_FLOAT = 3;
const FORMAT_EXTENSIBLE = 0xfffe;

/** Why octets are not a WAV file that we can play; English, for the evidence of a diagnosis. */
export type WavError = string;

/** A WAV file in memory, read as one channel of numbers from -1 to 1. */
export interface Wav {
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples per channel. */
  readonly length: number;
  /** Mixes the channels of `output.length` samples beginning with `from` into `output`; silence outside the recording. */
  read(from: number, output: Float32Array): void;
}

/**
 * Reads a RIFF WAVE file: PCM of 8, 16, 24 or 32 bits or 32-bit float, 1 to 8 channels, 1 to 384 kHz. Sizes that promise
 * more than there is (a recording that was cut off) or nothing at all are put right; anything else broken is an error.
 */
export function parseWav(octets: Uint8Array): Result<Wav, WavError> {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  if (octets.length < 12 || tag(view, 0) !== 'RIFF' || tag(view, 8) !== 'WAVE') return err('no RIFF WAVE header');
  let format: Format | undefined;
  for (let at = 12; at + 8 <= octets.length;) {
    const name = tag(view, at);
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (name === 'fmt ') {
      const parsed = parseFormat(view, body, size);
      if (!parsed.ok) return parsed;
      format = parsed.value;
    } else if (name === 'data') {
      if (format === undefined) return err('the data come before their format');
      const there = octets.length - body;
      return ok(new WavData(view, body, size === 0 ? there : Math.min(size, there), format));
    }
    at = body + size + (size & 1);
  }
  return err('no data chunk');
}

/** The header of a mono 16-bit PCM file whose samples take `dataOctets`. */
export function formatWavHeader(sampleRate: number, dataOctets: number, channels = 1): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(WAV_HEADER_OCTETS);
  const view = new DataView(header.buffer);
  putTag(header, 0, 'RIFF');
  view.setUint32(4, WAV_HEADER_OCTETS - 8 + dataOctets, true);
  putTag(header, 8, 'WAVE');
  putTag(header, 12, 'fmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, FORMAT_PCM, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 2 * channels, true);
  view.setUint16(32, 2 * channels, true);
  view.setUint16(34, 16, true);
  putTag(header, 36, 'data');
  view.setUint32(40, dataOctets, true);
  return header;
}

interface Format {
  readonly sampleRate: number;
  readonly channels: number;
  readonly octetsPerSample: number;
  readonly decode: (view: DataView, at: number) => number;
}

function parseFormat(view: DataView, at: number, size: number): Result<Format, WavError> {
  if (size < 16 || at + size > view.byteLength) return err('the format chunk is cut off');
  let code = view.getUint16(at, true);
  const channels = view.getUint16(at + 2, true);
  const sampleRate = view.getUint32(at + 4, true);
  const bits = view.getUint16(at + 14, true);
  // WAVEFORMATEXTENSIBLE: the format that matters is the first two octets of the subformat's GUID.
  if (code === FORMAT_EXTENSIBLE && size >= 40) code = view.getUint16(at + 24, true);
  const decode = decoder(code, bits);
  if (decode === undefined) return err(`format ${code} with ${bits} bits`);
  if (channels < 1 || channels > 8) return err(`${channels} channels`);
  if (sampleRate < 1_000 || sampleRate > 384_000) return err(`a rate of ${sampleRate} Hz`);
  return ok({ sampleRate, channels, octetsPerSample: bits / 8, decode });
}

function decoder(code: number, bits: number): Format['decode'] | undefined {
  if (code === FORMAT_FLOAT && bits === 32) return (view, at) => finite(view.getFloat32(at, true));
  if (code !== FORMAT_PCM) return undefined;
  switch (bits) {
    case 8:
      return (view, at) => (view.getUint8(at) - 128) / 128;
    case 16:
      return (view, at) => view.getInt16(at, true) / 2 ** 15;
    case 24:
      return (view, at) => ((view.getInt8(at + 2) << 16) | view.getUint16(at, true)) / 2 ** 23;
    case 32:
      return (view, at) => view.getInt32(at, true) / 2 ** 31;
    default:
      return undefined;
  }
}

class WavData implements Wav {
  readonly sampleRate: number;
  readonly channels: number;
  readonly length: number;
  readonly #view: DataView;
  readonly #start: number;
  readonly #format: Format;

  constructor(view: DataView, start: number, octets: number, format: Format) {
    this.sampleRate = format.sampleRate;
    this.channels = format.channels;
    this.length = Math.floor(octets / (format.channels * format.octetsPerSample));
    this.#view = view;
    this.#start = start;
    this.#format = format;
  }

  read(from: number, output: Float32Array): void {
    const { decode, octetsPerSample } = this.#format;
    const block = this.channels * octetsPerSample;
    for (let n = 0; n < output.length; n++) {
      const index = from + n;
      let sum = 0;
      if (index >= 0 && index < this.length) {
        const at = this.#start + index * block;
        for (let channel = 0; channel < this.channels; channel++)
          sum += decode(this.#view, at + channel * octetsPerSample);
      }
      output[n] = sum / this.channels;
    }
  }
}

function finite(value: number): number {
  return Number.isFinite(value) ? Math.max(-1, Math.min(1, value)) : 0;
}

function tag(view: DataView, at: number): string {
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}

function putTag(octets: Uint8Array, at: number, name: string): void {
  for (let n = 0; n < 4; n++) octets[at + n] = name.charCodeAt(n);
}
