/** How an Opus encoder is set up. */
export interface OpusEncoderOptions {
  /** 8, 12, 16, 24 or 48 kHz. */
  readonly sampleRate: number;
  readonly bitrate: number;
  /** 0 (fast) to 10 (best). */
  readonly complexity: number;
  /** Whether packets carry a coarse copy of the one before (RFC 6716 §2.1.7). */
  readonly forwardErrorCorrection: boolean;
  /** What loss the encoder reckons with, 0 to 100; error correction spends nothing at 0. */
  readonly expectedLossPercent: number;
  /** Whether silence is left out (RFC 7587 §3.1.3). */
  readonly discontinuous: boolean;
}

/** One Opus encoder, mono. */
export interface OpusEncoder {
  /** Encodes the first `count` samples, a legal frame of 2.5 to 60 ms; the octets written to `output`, or -1. */
  encode(samples: Int16Array, count: number, output: Uint8Array): number;
  /** Tells the encoder what the network loses now. */
  setExpectedLoss(percent: number): void;
  close(): void;
}

/** One Opus decoder, mono whatever the packet holds. */
export interface OpusDecoder {
  /** Decodes a packet; the samples written to `output` (120 ms at most), or -1 where the packet is broken. */
  decode(payload: Uint8Array, output: Int16Array): number;
  /** Makes up `count` samples for a lost packet; a multiple of 2.5 ms. */
  conceal(count: number, output: Int16Array): number;
  /** Takes the `count` samples before `payload` from the copy that it carries; conceals where it carries none. */
  recover(payload: Uint8Array, count: number, output: Int16Array): number;
  close(): void;
}

/** Makes encoders and decoders; the adapter over libopus is in `core/io`. */
export interface OpusFactory {
  createEncoder(options: OpusEncoderOptions): OpusEncoder;
  /** A decoder with its output at `sampleRate`: 8, 12, 16, 24 or 48 kHz. */
  createDecoder(sampleRate: number): OpusDecoder;
}
