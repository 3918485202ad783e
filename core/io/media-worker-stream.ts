import type { FrameSink, FrameSource, StreamHost } from '../media/stream-host.ts';
import { sealKeys, type PlainParameters } from '../media/media-command.ts';
import { StreamEngine } from '../media/stream-engine.ts';
import { WavPlayer } from '../audio/wav-player.ts';
import type { StreamEvent, StreamSink, StreamSource, StreamStatistics } from '../media/media-plane.ts';
import type { Clock } from '../base/clock.ts';
import { randomToken, type Random } from '../base/random.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { ok, type Result } from '../base/result.ts';
import type { Tracer } from '../trace/tracer.ts';
import { RtpSocketPair } from './media-sockets.ts';
import { readWavFile, WavFileWriter } from './wav-file.ts';

/** Packets told of in the trace, per stream and second; the rest is counted. */
const TRACED_PACKETS = 10;

/** What all streams of the worker have in common. */
export interface WorkerStreamContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly tracer: Tracer;
  readonly host: Pick<StreamHost, 'random' | 'crypto' | 'opus' | 'wallOffsetMs'>;
  /** The microphone's frame of this tick. */
  readonly microphone: FrameSource;
  /** Adds a frame to what the speaker says in this tick. */
  readonly speaker: FrameSink;
  readonly emit: (stream: string, event: StreamEvent) => void;
}
