import type { Diagnosis } from '../base/diagnosis.ts';
import { ok, type Result } from '../base/result.ts';
import { exposeKeys, type MediaCommand, type StreamPorts } from '../media/media-command.ts';
import type {
  ConferenceSeat,
  MediaStream,
  StreamEvent,
  StreamSink,
  StreamSource,
  StreamStatistics,
} from '../media/media-plane.ts';
import type { StreamParameters } from '../rtp/stream-parameters.ts';

/** How a stream reaches its worker. */
export interface StreamLink {
  send(command: MediaCommand, buffers?: readonly ArrayBuffer[]): void;
  /** `undefined` where the worker does not know the stream any more. */
  move(address: string): Promise<Result<StreamPorts, Diagnosis>>;
  statistics(kind: 'statistics' | 'close'): Promise<StreamStatistics | undefined>;
  closed(): void;
}

/** The main thread's end of a stream that lives in the media worker. */
export class RemoteStream implements MediaStream {
  readonly id: string;
  readonly #link: StreamLink;
  #place: { readonly address: string } & StreamPorts;
  readonly #listeners = new Set<(event: StreamEvent) => void>();
  #closing: Promise<StreamStatistics> | undefined;
  /** The last figures seen: what is known of a stream whose worker is gone. */
  #known: StreamStatistics = NO_STATISTICS;

  constructor(names: { readonly id: string; readonly address: string } & StreamPorts, link: StreamLink) {
    this.id = names.id;
    this.#place = names;
    this.#link = link;
  }

  get address(): string {
    return this.#place.address;
  }

  get port(): number {
    return this.#place.port;
  }

  get rtcpPort(): number {
    return this.#place.rtcpPort;
  }

  async moveTo(address: string): Promise<Result<void, Diagnosis>> {
    const moved = await this.#link.move(address);
    if (!moved.ok) return moved;
    this.#place = { address, ...moved.value };
    return ok(undefined);
  }

  configure(parameters: StreamParameters): void {
    const exposed = exposeKeys(parameters);
    this.#link.send({ kind: 'configure', stream: this.id, parameters: exposed.parameters }, exposed.buffers);
  }

  setSource(source: StreamSource): void {
    this.#link.send({ kind: 'source', stream: this.id, source });
  }

  setSink(sink: StreamSink): void {
    this.#link.send({ kind: 'sink', stream: this.id, sink });
  }

  setMuted(muted: boolean): void {
    this.#link.send({ kind: 'mute', stream: this.id, muted });
  }

  sendDtmf(digits: string, durationMs?: number): void {
    this.#link.send({ kind: 'dtmf', stream: this.id, digits, durationMs });
  }

  bridge(other: MediaStream | null): void {
    this.#link.send({ kind: 'bridge', stream: this.id, other: other?.id ?? null });
  }

  confer(seat: ConferenceSeat | null): void {
    this.#link.send({ kind: 'confer', stream: this.id, seat });
  }

  record(path: string | null): void {
    this.#link.send({ kind: 'record', stream: this.id, path });
  }

  async statistics(): Promise<StreamStatistics> {
    if (this.#closing !== undefined) return this.#closing;
    this.#known = (await this.#link.statistics('statistics')) ?? this.#known;
    return this.#known;
  }

  onEvent(listener: (event: StreamEvent) => void): () => void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#link.send({ kind: 'listen', stream: this.id, listening: true });
    return () => {
      if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
      this.#link.send({ kind: 'listen', stream: this.id, listening: false });
    };
  }

  close(): Promise<StreamStatistics> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Hands an event of the worker to the listeners. */
  notify(event: StreamEvent): void {
    if (event.kind === 'statistics') this.#known = event.statistics;
    for (const listener of this.#listeners) listener(event);
  }

  async #close(): Promise<StreamStatistics> {
    const statistics = (await this.#link.statistics('close')) ?? this.#known;
    this.#listeners.clear();
    this.#link.closed();
    return statistics;
  }
}

const NO_STATISTICS: StreamStatistics = {
  packetsSent: 0,
  packetsReceived: 0,
  packetsLost: 0,
  packetsLate: 0,
  octetsSent: 0,
  octetsReceived: 0,
  authFailures: 0,
  replayed: 0,
  jitterMs: 0,
  bufferDelayMs: 0,
  concealedMs: 0,
  roundTripMs: undefined,
  remoteLoss: undefined,
  mos: undefined,
  levelSent: 0,
  levelReceived: 0,
  codec: '',
  suite: undefined,
};
