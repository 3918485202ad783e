import type { Diagnosis, DiagnosisCode } from '../base/diagnosis.ts';
import type { Result } from '../base/result.ts';
import type { AudioDevice, AudioRoute } from '../audio/audio-port.ts';
import type { StreamParameters } from '../rtp/stream-parameters.ts';

/** Where the sound of a stream comes from. */
export type StreamSource =
  | { readonly kind: 'silence' }
  | { readonly kind: 'device' }
  /** One file, or several without a gap between them. */
  | { readonly kind: 'wav'; readonly path: string | readonly string[]; readonly loop?: boolean }
  | { readonly kind: 'tones'; readonly steps: readonly ToneStep[]; readonly loop?: boolean }
  /** Decoded sound of the stream itself, sent back (9196), at once or later (9195). */
  | { readonly kind: 'echo'; readonly delayMs?: number };

/** Tones that sound together for a time, which may be without end; no tones are silence. */
export interface ToneStep {
  readonly frequenciesHz: readonly number[];
  readonly ms: number;
}

/** One tone without end. */
export function steadyTone(frequencyHz: number): Extract<StreamSource, { kind: 'tones' }> {
  return { kind: 'tones', steps: [{ frequenciesHz: [frequencyHz], ms: Infinity }] };
}

/** The place of a stream in a conference. */
export interface ConferenceSeat {
  /** Names the conference; it is there while somebody is in it. */
  readonly room: string;
  /** Not heard by the others. */
  readonly muted: boolean;
  /** Hears nobody. */
  readonly deaf: boolean;
  /** How much louder than it is it is heard, and hears, decibels. */
  readonly talkDb: number;
  readonly listenDb: number;
}

/** Where its sound goes, beside statistics. */
export type StreamSink =
  { readonly kind: 'none' } | { readonly kind: 'device' } | { readonly kind: 'wav'; readonly path: string };

/** Figures of one stream, since it was opened. */
export interface StreamStatistics {
  readonly packetsSent: number;
  readonly packetsReceived: number;
  /** Gaps in the sequence received; not what was still on its way. */
  readonly packetsLost: number;
  readonly packetsLate: number;
  readonly octetsSent: number;
  readonly octetsReceived: number;
  /** Packets that failed authentication, and packets that came twice. */
  readonly authFailures: number;
  readonly replayed: number;
  /** Interarrival jitter (RFC 3550 §6.4.1), milliseconds. */
  readonly jitterMs: number;
  readonly bufferDelayMs: number;
  readonly concealedMs: number;
  /** RTCP round trip, milliseconds; `undefined` before the first report came back. */
  readonly roundTripMs: number | undefined;
  /** Share of our packets that the peer reports lost, 0 to 1; `undefined` before its first report. */
  readonly remoteLoss: number | undefined;
  /** E-model estimate, 1 to 4.5; `undefined` before sound was received. */
  readonly mos: number | undefined;
  /** Levels of the last 100 ms, 0 to 1 of full scale (RMS). */
  readonly levelSent: number;
  readonly levelReceived: number;
  readonly codec: string;
  readonly suite: string | undefined;
}

export type StreamEvent =
  | { readonly kind: 'first-packet'; readonly delayMs: number }
  | { readonly kind: 'dtmf'; readonly digit: string; readonly durationMs: number }
  | { readonly kind: 'source-ended' }
  | { readonly kind: 'diagnosis'; readonly diagnosis: Diagnosis }
  /** What an earlier diagnosis told is over: the device is back. */
  | { readonly kind: 'cleared'; readonly code: DiagnosisCode }
  /** About ten times a second while a listener is there. */
  | { readonly kind: 'statistics'; readonly statistics: StreamStatistics };

/** One RTP stream with its RTCP: a pair of UDP ports, keys, codec, jitter buffer, source and sink. */
export interface MediaStream {
  readonly id: string;
  /** Where it is reached; another one after {@link moveTo}. */
  readonly address: string;
  readonly port: number;
  readonly rtcpPort: number;
  /** Goes on from another address of this machine, as after a change of network; counters, keys and sound go on. */
  moveTo(address: string): Promise<Result<void, Diagnosis>>;
  /** Puts what offer and answer settled in force; again after a re-INVITE. Counters go on; new keys begin a new context. */
  configure(parameters: StreamParameters): void;
  setSource(source: StreamSource): void;
  setSink(sink: StreamSink): void;
  setMuted(muted: boolean): void;
  /** Queues digits `0-9*#A-D` as RFC 4733 events, `durationMs` each with a gap of at least 50 ms. */
  sendDtmf(digits: string, durationMs?: number): void;
  /**
   * Joins two streams: what one receives the other sends. Payloads pass unchanged where codec and packet time agree and
   * are decrypted and encrypted anew in any case; else they are transcoded. `null` parts them.
   */
  bridge(other: MediaStream | null): void;
  /**
   * Gives the stream a place among others, of whom each hears all others; again to change it, `null` to leave. A source that
   * is set is heard as well, by this stream alone. A stream that is bridged is parted, and the other way round.
   */
  confer(seat: ConferenceSeat | null): void;
  /**
   * Records both ways into a WAV file, left what is received, right what is sent, and lets the other side hear every 15 seconds
   * that it does; `null` ends it. Where the disk does not take it, that is a diagnosis.
   */
  record(path: string | null): void;
  statistics(): Promise<StreamStatistics>;
  onEvent(listener: (event: StreamEvent) => void): () => void;
  /** Sends RTCP BYE, frees the ports, wipes the keys. */
  close(): Promise<StreamStatistics>;
}

/**
 * The media plane as the core sees it. It runs in a worker thread; every call is a message, so nothing that the main
 * thread does delays a packet.
 */
export interface MediaPlane {
  /** Opens an RTP/RTCP pair on an even port of the range (RFC 3550 §11) at `address`. */
  open(options: {
    readonly address: string;
    readonly portMin: number;
    readonly portMax: number;
    /** Names the stream's events in the trace. */
    readonly call: string;
  }): Promise<Result<MediaStream, Diagnosis>>;
  devices(): Promise<readonly AudioDevice[]>;
  /** Chooses microphone, speaker; in force for running calls too. */
  route(route: AudioRoute): void;
  close(): Promise<void>;
}
