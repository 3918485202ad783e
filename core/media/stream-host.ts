import type { Random } from '../base/random.ts';
import type { OpusFactory } from '../codec/opus.ts';
import type { SrtpCrypto } from '../srtp/srtp-crypto.ts';
import type { StreamEvent, ToneStep } from './media-plane.ts';

/** Fills one frame (`AUDIO_FRAME_SAMPLES`, 48 kHz mono); `false` says that the source is at its end. */
export type FrameSource = (frame: Int16Array) => boolean;

/** Takes one frame; it is overwritten afterwards, so what is kept must be copied. */
export type FrameSink = (frame: Int16Array) => void;

/** Takes what a stream receives and what it sends, frame by frame; `notice` is added to what it sends. */
export interface StreamTap {
  readonly notice: FrameSource;
  readonly take: (received: Int16Array, sent: Int16Array) => void;
}

/** Sends the first `length` octets of `packet`, which is overwritten after the call, as one datagram. */
export type PacketSender = (packet: Uint8Array, length: number, address: string, port: number) => void;

/** What a stream engine needs of the world around it. The engine owns no socket, no timer and no device. */
export interface StreamHost {
  readonly random: Random;
  readonly crypto: SrtpCrypto;
  readonly opus: OpusFactory;
  /** The canonical name in RTCP (RFC 3550 §6.5.1); must not identify the user (RFC 7022). */
  readonly cname: string;
  /** Wall clock minus the monotonic clock, milliseconds; gives RTCP sender reports their NTP time. */
  readonly wallOffsetMs: number;
  /** Sends from the RTP port. */
  readonly sendRtp: PacketSender;
  /** Sends from the RTCP port. */
  readonly sendRtcp: PacketSender;
  /** Everything of {@link StreamEvent} except `statistics`, which the host makes at its own pace. */
  readonly emit: (event: StreamEvent) => void;
}

/** Where the engine's sound comes from: made by itself, or pulled frame by frame. */
export type EngineSource =
  | { readonly kind: 'silence' }
  | { readonly kind: 'tones'; readonly steps: readonly ToneStep[]; readonly loop?: boolean }
  | { readonly kind: 'echo'; readonly delayMs?: number }
  | { readonly kind: 'frames'; readonly pull: FrameSource };
