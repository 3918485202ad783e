import type { Diagnosis } from '../base/diagnosis.ts';
import { randomToken } from '../base/random.ts';
import { ok, type Result } from '../base/result.ts';
import { AUDIO_FRAME_SAMPLES } from '../audio/audio-port.ts';
import { playWavs } from '../audio/wav-player.ts';
import { sealKeys, type PlainParameters, type StreamPorts } from '../media/media-command.ts';
import type { ConferenceRoom } from '../media/conference-room.ts';
import type { ConferenceSeat, StreamEvent, StreamSink, StreamSource, StreamStatistics } from '../media/media-plane.ts';
import { StreamEngine } from '../media/stream-engine.ts';
import { toneSource } from '../media/tone-generator.ts';
import type { FrameSink, FrameSource, StreamHost } from '../media/stream-host.ts';
import type { Tracer } from '../trace/tracer.ts';
import { RtpSocketPair } from './media-sockets.ts';
import { StreamTrace } from './media-worker-trace.ts';
import { readWavFile, WavFileWriter } from './wav-file.ts';

/** What says that somebody records: 1400 Hz every 15 seconds, as on recorded lines everywhere. */
const NOTICE = [
  { frequenciesHz: [1400], ms: 400 },
  { frequenciesHz: [], ms: 14_600 },
];

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
  /** Whether anybody wants statistics as they go. */
  listening = false;
  readonly #context: WorkerStreamContext;
  readonly #open: (address: string) => Promise<Result<RtpSocketPair, Diagnosis>>;
  #sockets: RtpSocketPair | undefined;
  readonly #engine: StreamEngine;
  /** Of both ways. */
  #recording: WavFileWriter | undefined;
  #recordingPath: string | null = null;
  readonly #trace: StreamTrace;
  #source: StreamSource = { kind: 'silence' };
  #sink: StreamSink = { kind: 'none' };
  #recorder: WavFileWriter | undefined;

  private constructor(
    id: string,
    context: WorkerStreamContext,
    engine: StreamEngine,
    trace: StreamTrace,
    open: (address: string) => Promise<Result<RtpSocketPair, Diagnosis>>,
  ) {
    this.id = id;
    this.#context = context;
    this.#open = open;
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
    // The engine answers through sockets, which in turn hand packets to the engine: those in use wait here.
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
    const stream = new WorkerStream(options.stream, context, engine, trace, async (address) => {
      const opened = await RtpSocketPair.open({
        ...options,
        address,
        random: host.random,
        onRtp: (octets, from, port) => {
          trace.packet('rtp.received', octets.length, from, port);
          engine.receiveRtp(octets, octets.length, now(), from, port);
        },
        onRtcp: (octets, from, port) => {
          trace.packet('rtcp.received', octets.length, from, port);
          engine.receiveRtcp(octets, octets.length, now(), from, port);
        },
      });
      if (opened.ok) link.sockets = opened.value;
      return opened;
    });
    const opened = await stream.move(options.address);
    return opened.ok ? ok(stream) : opened;
  }

  /** Where it listens. */
  get ports(): StreamPorts {
    return { port: this.#sockets?.port ?? 0, rtcpPort: this.#sockets?.rtcpPort ?? 0 };
  }

  /** Listens at another address of this machine from now on; where that cannot be, all stays as it was. */
  async move(address: string): Promise<Result<StreamPorts, Diagnosis>> {
    const opened = await this.#open(address);
    if (!opened.ok) return opened;
    const before = this.#sockets;
    this.#sockets = opened.value;
    await before?.close();
    return ok(this.ports);
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

  confer(room: ConferenceRoom | undefined, seat: ConferenceSeat | null): void {
    this.#engine.confer(room, seat);
  }

  /** Keeps both ways in a file; `null` ends it. */
  record(path: string | null): void {
    this.#recordingPath = path;
    this.#engine.setTap(undefined);
    const before = this.#recording;
    this.#recording = undefined;
    void before?.close();
    if (path !== null) void this.#recordBoth(path);
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
    this.#recordingPath = null;
    this.#engine.setTap(undefined);
    const statistics = this.#engine.close(this.#context.now());
    this.#trace.statistics(statistics);
    await this.#stopRecording();
    await this.#recording?.close();
    await this.#sockets?.close();
    return statistics;
  }

  async #recordBoth(path: string): Promise<void> {
    const opened = await WavFileWriter.open(
      path,
      (diagnosis) => {
        this.#report(diagnosis);
      },
      2,
    );
    if (!opened.ok) {
      this.#report(opened.error);
      return;
    }
    const writer = opened.value;
    if (this.#recordingPath !== path) {
      await writer.close();
      return;
    }
    this.#recording = writer;
    const both = new Int16Array(2 * AUDIO_FRAME_SAMPLES);
    this.#engine.setTap({
      notice: toneSource(NOTICE, true),
      take: (received, sent) => {
        for (let index = 0; index < sent.length; index++) {
          both[2 * index] = received[index] ?? 0;
          both[2 * index + 1] = sent[index] ?? 0;
        }
        writer.write(both);
      },
    });
  }

  async #play(source: Extract<StreamSource, { kind: 'wav' }>): Promise<void> {
    const paths = typeof source.path === 'string' ? [source.path] : source.path;
    const read = await Promise.all(paths.map(readWavFile));
    if (this.#source !== source) return;
    const files = read.flatMap((wav) => (wav.ok ? [wav.value] : []));
    for (const wav of read) if (!wav.ok) this.#report(wav.error);
    if (files.length === 0) {
      this.#context.emit(this.id, { kind: 'source-ended' });
      return;
    }
    this.#engine.setSource({ kind: 'frames', pull: playWavs(files, source.loop) });
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
