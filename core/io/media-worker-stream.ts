import type { Diagnosis } from '../base/diagnosis.ts';
import { randomToken } from '../base/random.ts';
import { ok, type Result } from '../base/result.ts';
import { WavPlayer } from '../audio/wav-player.ts';
import { sealKeys, type PlainParameters } from '../media/media-command.ts';
import type { StreamEvent, StreamSink, StreamSource, StreamStatistics } from '../media/media-plane.ts';
import { StreamEngine } from '../media/stream-engine.ts';
import type { FrameSink, FrameSource, StreamHost } from '../media/stream-host.ts';
import type { Tracer } from '../trace/tracer.ts';
import { RtpSocketPair } from './media-sockets.ts';
import { StreamTrace } from './media-worker-trace.ts';
import { readWavFile, WavFileWriter } from './wav-file.ts';

/** What the streams of a worker have in common. */
export interface WorkerStreamContext {
  /** The time of the sound (the clock of the frame ticker). */
  readonly now: () => number;
  readonly tracer: Tracer;
  readonly host: Pick<StreamHost, 'random' | 'crypto' | 'opus' | 'wallOffsetMs'>;
  /** The microphone's frame of this tick. */
  readonly microphone: FrameSource;
  /** Adds a frame to what the speaker says in this tick. */
  readonly speaker: FrameSink;
  readonly emit: (stream: string, event: StreamEvent) => void;
}

/** One stream in the worker: its sockets, its engine, and the files it plays and records. */
export class WorkerStream {
  readonly id: string;
  readonly port: number;
  readonly rtcpPort: number;
  /** Whether anybody wants statistics as they go. */
  listening = false;
  readonly #context: WorkerStreamContext;
  readonly #sockets: RtpSocketPair;
  readonly #engine: StreamEngine;
  readonly #trace: StreamTrace;
  #source: StreamSource = { kind: 'silence' };
  #sink: StreamSink = { kind: 'none' };
  #recorder: WavFileWriter | undefined;

  private constructor(
    id: string,
    context: WorkerStreamContext,
    sockets: RtpSocketPair,
    engine: StreamEngine,
    trace: StreamTrace,
  ) {
    this.id = id;
    this.port = sockets.port;
    this.rtcpPort = sockets.rtcpPort;
    this.#context = context;
    this.#sockets = sockets;
    this.#engine = engine;
    this.#trace = trace;
  }

  /** Opens the ports; nothing is sent before {@link configure}. */
  static async open(
    options: {
      readonly stream: string;
      readonly address: string;
      readonly portMin: number;
      readonly portMax: number;
      readonly call: string;
    },
    context: WorkerStreamContext,
  ): Promise<Result<WorkerStream, Diagnosis>> {
    const { now, host } = context;
    const trace = new StreamTrace(context.tracer, now, options.call, options.stream);
    // The engine answers through sockets, which in turn hand packets to the engine: the one that comes first waits here.
    const link: { sockets?: RtpSocketPair } = {};
    const engine = new StreamEngine(
      {
        ...host,
        cname: randomToken(host.random, 16),
        sendRtp: (packet, length, address, port) => link.sockets?.sendRtp(packet, length, address, port),
        sendRtcp: (packet, length, address, port) => link.sockets?.sendRtcp(packet, length, address, port),
        emit: (event) => {
          trace.event(event);
          context.emit(options.stream, event);
        },
      },
      now(),
    );
    const opened = await RtpSocketPair.open({
      ...options,
      random: host.random,
      onRtp: (octets, address, port) => {
        trace.packet('rtp.received', octets.length, address, port);
        engine.receiveRtp(octets, octets.length, now(), address, port);
      },
      onRtcp: (octets, address, port) => {
        trace.packet('rtcp.received', octets.length, address, port);
        engine.receiveRtcp(octets, octets.length, now(), address, port);
      },
    });
    if (!opened.ok) return opened;
    link.sockets = opened.value;
    return ok(new WorkerStream(options.stream, context, opened.value, engine, trace));
  }

  /** Whether the stream needs the sound devices. */
  get usesDevice(): boolean {
    return this.#source.kind === 'device' || this.#sink.kind === 'device';
  }

  configure(parameters: PlainParameters): void {
    this.#engine.configure(sealKeys(parameters), this.#context.now());
    this.#trace.keyed(parameters);
  }

  setSource(source: StreamSource): void {
    this.#source = source;
    switch (source.kind) {
      case 'device':
        this.#engine.setSource({ kind: 'frames', pull: this.#context.microphone });
        return;
      case 'wav':
        this.#engine.setSource({ kind: 'silence' });
        void this.#play(source);
        return;
      default:
        this.#engine.setSource(source);
    }
  }

  setSink(sink: StreamSink): void {
    this.#sink = sink;
    this.#engine.setSink(sink.kind === 'device' ? this.#context.speaker : undefined);
    void this.#stopRecording();
    if (sink.kind === 'wav') void this.#record(sink);
  }

  setMuted(muted: boolean): void {
    this.#engine.setMuted(muted);
  }

  sendDtmf(digits: string, durationMs: number | undefined): void {
    this.#engine.sendDtmf(digits, durationMs);
  }

  bridge(other: WorkerStream | undefined): void {
    this.#engine.bridge(other === undefined ? null : other.#engine);
  }

  tick(now: number): void {
    this.#engine.tick(now);
  }

  statistics(): StreamStatistics {
    return this.#engine.statistics();
  }

  /** Once a second: tells the trace how the stream does. */
  observe(): void {
    this.#trace.statistics(this.statistics());
  }

  async close(): Promise<StreamStatistics> {
    const statistics = this.#engine.close(this.#context.now());
    this.#trace.statistics(statistics);
    await this.#stopRecording();
    await this.#sockets.close();
    return statistics;
  }

  async #play(source: Extract<StreamSource, { kind: 'wav' }>): Promise<void> {
    const wav = await readWavFile(source.path);
    if (this.#source !== source) return;
    if (!wav.ok) {
      this.#report(wav.error);
      this.#context.emit(this.id, { kind: 'source-ended' });
      return;
    }
    const player = new WavPlayer(wav.value, source.loop);
    this.#engine.setSource({ kind: 'frames', pull: (frame) => player.pull(frame) });
  }

  async #record(sink: Extract<StreamSink, { kind: 'wav' }>): Promise<void> {
    const writer = await WavFileWriter.open(sink.path, (diagnosis) => {
      this.#report(diagnosis);
    });
    if (!writer.ok) {
      this.#report(writer.error);
    } else if (this.#sink !== sink) {
      await writer.value.close();
    } else {
      this.#recorder = writer.value;
      this.#engine.setSink((frame) => {
        writer.value.write(frame);
      });
    }
  }

  async #stopRecording(): Promise<void> {
    const recorder = this.#recorder;
    this.#recorder = undefined;
    await recorder?.close();
  }

  #report(diagnosis: Diagnosis): void {
    const event = { kind: 'diagnosis', diagnosis } as const;
    this.#trace.event(event);
    this.#context.emit(this.id, event);
  }
}
