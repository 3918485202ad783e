/** The longest packet a decoder takes: 120 ms (RFC 6716 §3.2.5). */
export const MAX_PACKET_MS = 120;

/** Turns sound into payloads. It keeps the state of one stream. */
export interface Encoder {
  /** Encodes the first `count` samples at the codec's sample rate; the octets written at `offset` of `output`, or -1. */
  encode(samples: Int16Array, count: number, output: Uint8Array, offset: number): number;
  /** Tells what share of packets the peer loses, 0 to 1, to codecs that can do something about it. */
  setLoss(share: number): void;
  close(): void;
}

/** Turns payloads into sound. It keeps the state of one stream, so every packet or its loss must pass through it. */
export interface Decoder {
  /** Decodes `length` octets at `offset`; the samples written to `output`, or -1 where the payload is broken. */
  decode(payload: Uint8Array, offset: number, length: number, output: Int16Array): number;
  /** Makes up `count` samples for a packet that did not come in time. */
  conceal(count: number, output: Int16Array): number;
  /**
   * Takes `count` samples of the packet before this one, which is lost, out of this one where the codec sends such
   * copies; conceals otherwise. The packet itself is decoded afterwards.
   */
  recover(payload: Uint8Array, offset: number, length: number, count: number, output: Int16Array): number;
  close(): void;
}

/** One codec as a stream uses it. */
export interface Codec {
  /** As in a=rtpmap. */
  readonly name: string;
  /** What timestamps count in (Hz); G.722 counts 8000 by a mistake kept (RFC 3551 §4.5.2). */
  readonly clockRate: number;
  /** The sound's rate at encoder and decoder, Hz. */
  readonly sampleRate: number;
  /** Samples in a payload at {@link sampleRate}, without decoding it; 0 where it is broken. */
  samplesIn(payload: Uint8Array, offset: number, length: number): number;
  /** The longest packet time up to `wantedMs` that encoder and engine can make: a multiple of 10 ms. */
  packetTimeMs(wantedMs: number): number;
  createEncoder(): Encoder;
  createDecoder(): Decoder;
}
