import { AUDIO_FRAME_SAMPLES, type AudioPort, type AudioRoute } from '../audio/audio-port.ts';
import { FrameQueue } from '../audio/frame-queue.ts';
import { FrameTicker } from '../audio/frame-ticker.ts';
import { Mixer } from '../audio/mixer.ts';
import type { Clock } from '../base/clock.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import type { MediaAnswer, MediaCommand, MediaReport } from '../media/media-command.ts';
import type { StreamEvent } from '../media/media-plane.ts';
import { ConferenceRoom } from '../media/conference-room.ts';
import { WorkerStream, type WorkerStreamContext } from './media-worker-stream.ts';

/** Frames of the microphone that may wait for their tick: 200 ms, what a busy machine may be behind. */
const HEARD_FRAMES = 20;
const TICKS_PER_STATISTICS = 10;
const TICKS_PER_OBSERVATION = 100;

/** What the streams are made with. */
export interface WorkerStreamsOptions extends Pick<WorkerStreamContext, 'tracer' | 'host'> {
  readonly clock: Clock;
  readonly audio: AudioPort;
  readonly post: (report: MediaReport) => void;
}

/**
 * All streams of the media worker and the sound devices that they share: one beat of 10 ms for all, one microphone that
 * each of them hears, one speaker for the sum of what they say. The devices run only while a stream uses them, the beat
 * only while there is a stream. A stream that breaks ends alone.
 */
export class WorkerStreams {
  readonly #options: WorkerStreamsOptions;
  readonly #context: WorkerStreamContext;
  readonly #streams = new Map<string, WorkerStream>();
  readonly #rooms = new Map<string, ConferenceRoom>();
  readonly #heard = new FrameQueue(HEARD_FRAMES);
  readonly #microphone = new Int16Array(AUDIO_FRAME_SAMPLES);
  readonly #speaker = new Int16Array(AUDIO_FRAME_SAMPLES);
  readonly #mixer = new Mixer();
  #route: AudioRoute = { input: undefined, output: undefined };
  #ticker: FrameTicker | undefined;
  #ticks = 0;
  #sounding = false;
  #deviceDiagnosis: Diagnosis | undefined;

  constructor(options: WorkerStreamsOptions) {
    this.#options = options;
    this.#context = {
      now: () => this.#ticker?.now() ?? options.clock.now(),
      tracer: options.tracer,
      host: options.host,
      microphone: (frame) => {
        frame.set(this.#microphone);
        return true;
      },
      speaker: (frame) => {
        this.#mixer.add(frame);
      },
      emit: (stream, event) => {
        this.#emit(stream, event);
      },
    };
    options.audio.onDiagnosis((diagnosis) => {
      this.#tellDevice(diagnosis);
    });
  }

  /** Carries out one command. */
  async handle(command: MediaCommand): Promise<void> {
    switch (command.kind) {
      case 'open': {
        const opened = await WorkerStream.open(command, this.#context);
        if (opened.ok) {
          this.#streams.set(command.stream, opened.value);
          this.#ticker ??= new FrameTicker(
            this.#options.clock,
            (now) => {
              this.#tick(now);
            },
            setImmediate,
          );
        }
        const { ok } = opened;
        this.#answer(command.request, { kind: 'open', result: ok ? { ok, value: opened.value.ports } : opened });
        return;
      }
      case 'move': {
        const moved = await this.#streams.get(command.stream)?.move(command.address);
        if (moved !== undefined) this.#answer(command.request, { kind: 'move', result: moved });
        return;
      }
      case 'statistics': {
        const statistics = this.#streams.get(command.stream)?.statistics();
        this.#answer(command.request, { kind: 'statistics', statistics });
        return;
      }
      case 'close':
        this.#answer(command.request, { kind: 'close', statistics: await this.#close(command.stream) });
        return;
      case 'devices':
        this.#answer(command.request, { kind: 'devices', devices: await this.#options.audio.devices() });
        return;
      case 'route':
        this.#route = command.route;
        if (this.#sounding) this.#startDevices();
        return;
      case 'end':
        await Promise.all([...this.#streams.keys()].map((stream) => this.#close(stream)));
        await this.#options.audio.close();
        this.#answer(command.request, { kind: 'end' });
        return;
      default:
        this.#guarded(command.stream, (stream) => {
          this.#change(stream, command);
        });
    }
  }

  #change(
    stream: WorkerStream,
    command: Extract<
      MediaCommand,
      { kind: 'configure' | 'source' | 'sink' | 'mute' | 'dtmf' | 'bridge' | 'confer' | 'record' | 'listen' }
    >,
  ): void {
    switch (command.kind) {
      case 'configure':
        stream.configure(command.parameters);
        return;
      case 'source':
        stream.setSource(command.source);
        this.#useDevices(stream);
        return;
      case 'sink':
        stream.setSink(command.sink);
        this.#useDevices(stream);
        return;
      case 'mute':
        stream.setMuted(command.muted);
        return;
      case 'dtmf':
        stream.sendDtmf(command.digits, command.durationMs);
        return;
      case 'bridge':
        stream.bridge(command.other === null ? undefined : this.#streams.get(command.other));
        return;
      case 'confer':
        stream.confer(command.seat === null ? undefined : this.#room(command.seat.room), command.seat);
        return;
      case 'record':
        stream.record(command.path);
        return;
      case 'listen':
        stream.listening = command.listening;
        return;
    }
  }

  #tick(now: number): void {
    this.#ticks++;
    if (this.#sounding) this.#heard.pull(this.#microphone);
    for (const [name, room] of this.#rooms) {
      if (room.members === 0) this.#rooms.delete(name);
      else room.turn();
    }
    for (const id of this.#streams.keys()) {
      this.#guarded(id, (stream) => {
        stream.tick(now);
        if (stream.listening && this.#ticks % TICKS_PER_STATISTICS === 0) {
          this.#emit(id, { kind: 'statistics', statistics: stream.statistics() });
        }
        if (this.#ticks % TICKS_PER_OBSERVATION === 0) stream.observe();
      });
    }
    if (!this.#sounding) return;
    this.#mixer.take(this.#speaker);
    this.#options.audio.play(this.#speaker);
  }

  #room(name: string): ConferenceRoom {
    const room = this.#rooms.get(name) ?? new ConferenceRoom();
    this.#rooms.set(name, room);
    return room;
  }

  /** Calls `use` with the stream, if there is one; should that throw, the stream is closed and the others go on. */
  #guarded(id: string, use: (stream: WorkerStream) => void): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    try {
      use(stream);
    } catch (error) {
      const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#options.tracer.emit('rtp', 0, 'diagnosis', { stream: id, diagnosis: streamBroken(), reason });
      this.#emit(id, { kind: 'diagnosis', diagnosis: streamBroken() });
      void this.#close(id);
    }
  }

  async #close(id: string) {
    const stream = this.#streams.get(id);
    if (stream === undefined) return undefined;
    this.#streams.delete(id);
    this.#settleDevices();
    if (this.#streams.size === 0) {
      this.#ticker?.stop();
      this.#ticker = undefined;
    }
    return stream.close();
  }

  /** Starts or stops the devices as the streams need them; a stream that comes later learns what is wrong with them. */
  #useDevices(stream: WorkerStream): void {
    this.#settleDevices();
    if (stream.usesDevice && this.#deviceDiagnosis !== undefined) {
      this.#emit(stream.id, { kind: 'diagnosis', diagnosis: this.#deviceDiagnosis });
    }
  }

  #settleDevices(): void {
    const needed = [...this.#streams.values()].some((stream) => stream.usesDevice);
    if (needed === this.#sounding) return;
    this.#sounding = needed;
    if (needed) this.#startDevices();
    else this.#options.audio.stop();
  }

  #startDevices(): void {
    this.#heard.clear();
    this.#options.audio.start(this.#route, (frame) => {
      this.#heard.push(frame);
    });
  }

  #tellDevice(diagnosis: Diagnosis | undefined): void {
    const before = this.#deviceDiagnosis;
    this.#deviceDiagnosis = diagnosis;
    for (const [id, stream] of this.#streams) {
      if (!stream.usesDevice) continue;
      if (diagnosis !== undefined) this.#emit(id, { kind: 'diagnosis', diagnosis });
      else if (before !== undefined) this.#emit(id, { kind: 'cleared', code: before.code });
    }
  }

  #emit(stream: string, event: StreamEvent): void {
    this.#options.post({ kind: 'event', stream, event });
  }

  #answer(request: number, answer: MediaAnswer): void {
    this.#options.post({ kind: 'answer', request, answer });
  }
}

function streamBroken(): Diagnosis {
  return {
    code: 'media.nothing-received',
    side: 'here',
    summary: 'A fault in this program ended the sound of this call.',
    cure: 'Hang up and call again. Please send the saved diagnostics with a report.',
    evidence: {},
  };
}
