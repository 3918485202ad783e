import { Worker } from 'node:worker_threads';
import type { AudioDevice, AudioRoute } from '../audio/audio-port.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { AudioKind, MediaAnswer, MediaCommand, MediaReport, MediaWorkerSettings } from '../media/media-command.ts';
import type { MediaPlane, MediaStream } from '../media/media-plane.ts';
import type { Tracer } from '../trace/tracer.ts';
import { entryBeside } from './entry-file.ts';
import { RemoteStream } from './media-plane-stream.ts';

/** How long the worker may take to end by itself once its streams and devices have; then it is torn down. */
const WORKER_ENDS_WITHIN_MS = 2_000;

/** A command without the number of its request. */
type Request = Extract<MediaCommand, { request: number }>;
type Unnumbered<T> = T extends Request ? Omit<T, 'request'> : never;
type AnswerTo<K extends Request['kind']> = Extract<MediaAnswer, { kind: K }>;

/** What {@link WorkerMediaPlane} needs. */
export interface WorkerMediaPlaneOptions {
  readonly tracer: Tracer;
  /** Where the sources and sinks of kind `device` lead. */
  readonly audio: AudioKind;
  /** The module of the worker, other than ours only in tests. */
  readonly entry?: URL;
}

/**
 * The media plane in a worker thread. The thread starts with the first stream. Should it ever break, its streams end with
 * a diagnosis (their keys and counters are gone with it and must not be used again), and the next stream gets a new one.
 */
export class WorkerMediaPlane implements MediaPlane {
  readonly #tracer: Tracer;
  readonly #settings: MediaWorkerSettings;
  readonly #entry: URL;
  readonly #streams = new Map<string, RemoteStream>();
  readonly #waiting = new Map<number, (answer: MediaAnswer | undefined) => void>();
  #worker: Worker | undefined;
  #ending = false;
  #route: AudioRoute | undefined;
  #requests = 0;
  #opened = 0;

  constructor({ tracer, audio, entry }: WorkerMediaPlaneOptions) {
    this.#tracer = tracer;
    this.#settings = { audio };
    this.#entry = entry ?? entryBeside(import.meta.url, 'media-worker');
  }

  async open(options: {
    readonly address: string;
    readonly portMin: number;
    readonly portMax: number;
    readonly call: string;
  }): Promise<Result<MediaStream, Diagnosis>> {
    const id = `media-${++this.#opened}`;
    const answer = await this.#request('open', { kind: 'open', stream: id, ...options });
    if (answer === undefined) return err(workerBroken());
    if (!answer.result.ok) return answer.result;
    const worker = this.#worker;
    const stream = new RemoteStream(
      { id, address: options.address, ...answer.result.value },
      {
        // A stream stays with its worker: after a crash its commands lead nowhere.
        send: (command, buffers) => {
          if (this.#worker === worker) this.#send(command, buffers);
        },
        move: async (moved) => {
          if (this.#worker !== worker) return err(workerBroken());
          const ports = await this.#request('move', { kind: 'move', stream: id, address: moved });
          return ports?.result ?? err(workerBroken());
        },
        statistics: async (kind) => {
          if (this.#worker !== worker) return undefined;
          return (await this.#request(kind, { kind, stream: id }))?.statistics;
        },
        closed: () => void this.#streams.delete(id),
      },
    );
    this.#streams.set(id, stream);
    return ok(stream);
  }

  async devices(): Promise<readonly AudioDevice[]> {
    return (await this.#request('devices', { kind: 'devices' }))?.devices ?? [];
  }

  route(route: AudioRoute): void {
    this.#route = route;
    if (this.#worker !== undefined) this.#send({ kind: 'route', route });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    this.#ending = true;
    await this.#request('end', { kind: 'end' });
    const held = setTimeout(() => void worker.terminate(), WORKER_ENDS_WITHIN_MS);
    await exited;
    clearTimeout(held);
  }

  async #request<K extends Request['kind']>(
    kind: K,
    command: Unnumbered<Extract<Request, { kind: K }>>,
  ): Promise<AnswerTo<K> | undefined> {
    const request = ++this.#requests;
    const answered = new Promise<MediaAnswer | undefined>((resolve) => this.#waiting.set(request, resolve));
    this.#send({ ...command, request });
    const answer = await answered;
    return answers(kind, answer) ? answer : undefined;
  }

  #send(command: MediaCommand, buffers: readonly ArrayBuffer[] = []): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(command, [...buffers]);
  }

  #start(): Worker {
    const worker = new Worker(this.#entry, {
      name: 'media',
      execArgv: [],
      workerData: this.#settings,
    });
    worker.on('message', (report: MediaReport) => {
      this.#handle(report);
    });
    const gone = (reason: string): void => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      if (this.#ending) {
        this.#ending = false;
        this.#abandon(undefined);
        return;
      }
      this.#tracer.emit('rtp', 0, 'diagnosis', { diagnosis: workerBroken(), reason });
      this.#abandon(workerBroken());
    };
    worker.on('error', (error) => {
      gone(error instanceof Error ? (error.stack ?? error.message) : String(error));
    });
    worker.on('exit', (code) => {
      gone(`exit ${code}`);
    });
    if (this.#route !== undefined) worker.postMessage({ kind: 'route', route: this.#route } satisfies MediaCommand);
    return worker;
  }

  #handle(report: MediaReport): void {
    switch (report.kind) {
      case 'answer':
        this.#waiting.get(report.request)?.(report.answer);
        this.#waiting.delete(report.request);
        return;
      case 'event':
        this.#streams.get(report.stream)?.notify(report.event);
        return;
      case 'trace':
        this.#tracer.emit(report.component, report.level, report.what, report.fields);
        return;
    }
  }

  /** Answers nothing to all that wait, and ends the streams; with a diagnosis where they did not expect it. */
  #abandon(diagnosis: Diagnosis | undefined): void {
    for (const resolve of this.#waiting.values()) resolve(undefined);
    this.#waiting.clear();
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    if (diagnosis === undefined) return;
    for (const stream of streams) stream.notify({ kind: 'diagnosis', diagnosis });
  }
}

function answers<K extends Request['kind']>(kind: K, answer: MediaAnswer | undefined): answer is AnswerTo<K> {
  return answer?.kind === kind;
}

function workerBroken(): Diagnosis {
  return {
    code: 'media.nothing-received',
    side: 'here',
    summary: 'The part of this program that handles sound stopped; this call has no sound any more.',
    cure: 'Hang up and call again; a new one starts by itself. Please send the saved diagnostics with a report.',
    evidence: {},
  };
}
