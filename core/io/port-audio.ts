import { AUDIO_FRAME_SAMPLES, type AudioDevice, type AudioPort, type AudioRoute } from '../audio/audio-port.ts';
import { SilenceWatch } from '../audio/silence-watch.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import type { Tracer } from '../trace/tracer.ts';
import { entryBeside } from './entry-file.ts';
import type { AudioProcessReport } from './audio-process-message.ts';
import { AudioChild } from './port-audio-child.ts';
import { deviceLost, diagnoseOpening, noDevice, silentMicrophone } from './port-audio-diagnosis.ts';
import { SilentAudio } from './silent-audio.ts';

/** A device that is silent for this long is lost; it delivers every 10 ms. */
const STALLED_MS = 500;
const WATCH_EVERY_MS = 100;
/** Loading the library and opening the devices takes 0.1 s; a sound server that does not answer takes for ever. */
const OPENING_MS = 5_000;
const LISTING_MS = 3_000;
/** Pauses before the process is started again; the last one repeats. */
const RESTART_AFTER_MS = [0, 250, 500, 1_000, 2_000, 5_000];
/** How often a device that is missing beside one that works is looked for. */
const LOOK_EVERY_MS = 5_000;
/** The pause on a machine without any device. */
const NO_CARD_MS = 15_000;
/** A run of this length makes the next pause the shortest again. */
const STABLE_MS = 10_000;

/** What the port needs; `entry` is the module of the audio process, other than ours only in tests. */
export interface PortAudioOptions {
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly entry?: URL;
}

/**
 * Microphone and speaker by PortAudio, driven by a process of its own. The caller never waits for a device: while none
 * is there, frames of silence come in time. A process that hangs is killed and started again; what is wrong is told once
 * as a diagnosis, and `undefined` when it is over.
 */
export class PortAudio implements AudioPort {
  readonly #clock: Clock;
  readonly #tracer: Tracer;
  readonly #entry: URL;
  readonly #silence: SilentAudio;
  readonly #listeners = new Set<(diagnosis: Diagnosis | undefined) => void>();
  #session: Session | undefined;
  #listing: Promise<readonly AudioDevice[]> | undefined;
  #diagnosis: Diagnosis | undefined;

  constructor({ clock, tracer, entry }: PortAudioOptions) {
    this.#clock = clock;
    this.#tracer = tracer;
    this.#entry = entry ?? entryBeside(import.meta.url, 'audio-process');
    this.#silence = new SilentAudio(clock);
  }

  /** The process number of the audio process, where one runs. */
  get pid(): number | undefined {
    return this.#session?.child?.pid;
  }

  /** Asked of a fresh process each time, because the list of one that has a stream open never changes. */
  devices(): Promise<readonly AudioDevice[]> {
    this.#listing ??= this.#list().finally(() => (this.#listing = undefined));
    return this.#listing;
  }

  start(route: AudioRoute, onFrame: (samples: Int16Array) => void): void {
    this.stop();
    this.#session = {
      route,
      onFrame,
      child: undefined,
      timers: new Set(),
      failures: 0,
      watch: new SilenceWatch(),
      silent: false,
      lost: undefined,
      inputSeen: undefined,
      outputSeen: undefined,
    };
    this.#beSilent(this.#session);
    this.#launch(this.#session);
  }

  play(samples: Int16Array): void {
    this.#session?.child?.send({ kind: 'play', samples });
  }

  stop(): void {
    void this.#end();
  }

  onDiagnosis(listener: (diagnosis: Diagnosis | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    await this.#end();
    await this.#listing;
  }

  async #end(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    this.#silence.stop();
    for (const timer of session?.timers ?? []) timer.cancel();
    await session?.child?.kill();
  }

  #list(): Promise<readonly AudioDevice[]> {
    return new Promise((resolve) => {
      const finish = (devices: readonly AudioDevice[]): void => {
        timer.cancel();
        void child.kill().then(() => {
          resolve(devices);
        });
      };
      const child = new AudioChild(
        this.#entry,
        (report) => {
          if (report.kind === 'devices') finish(report.devices);
          else if (report.kind === 'no-module') finish([]);
        },
        () => {
          finish([]);
        },
      );
      const timer = this.#clock.after(LISTING_MS, () => {
        finish([]);
      });
      child.send({ kind: 'list' });
    });
  }

  #launch(session: Session): void {
    const began = this.#clock.now();
    session.watch = new SilenceWatch();
    session.inputSeen = undefined;
    session.outputSeen = undefined;
    session.child = new AudioChild(
      this.#entry,
      (report) => {
        this.#handle(session, report);
      },
      (reason) => {
        this.#restart(session, reason, began);
      },
    );
    session.child.send({ kind: 'open', route: session.route });
    const opening = this.#after(session, OPENING_MS, () => {
      if (session.inputSeen === undefined && session.outputSeen === undefined) {
        this.#restart(session, 'it does not open', began);
      }
    });
    const watch = (): void => {
      const now = this.#clock.now();
      const stalled = [session.inputSeen, session.outputSeen].some(
        (seen) => seen !== undefined && now - seen > STALLED_MS,
      );
      if (stalled) {
        opening.cancel();
        this.#restart(session, 'it delivers nothing any more', began);
      } else {
        this.#after(session, WATCH_EVERY_MS, watch);
      }
    };
    watch();
  }

  #handle(session: Session, report: AudioProcessReport): void {
    switch (report.kind) {
      case 'frame':
        this.#deliver(session, report.samples);
        return;
      case 'progress':
        session.outputSeen = this.#clock.now();
        return;
      case 'opened': {
        const { input, output, devices } = report;
        this.#tracer.emit('audio', 5, 'audio.device', { input, output, pid: session.child?.pid });
        if (input.device !== undefined) session.inputSeen = this.#clock.now();
        if (output.device !== undefined) session.outputSeen = this.#clock.now();
        if (input.device === undefined && output.device === undefined) {
          // What was there and is gone counts as lost until it is back.
          if (session.lost === undefined) this.#report(diagnoseOpening(session.route, input, output));
          const noCard = session.lost === undefined && devices.length === 0;
          this.#launchLater(session, noCard ? NO_CARD_MS : this.#nextPause(session));
          return;
        }
        const diagnosis = diagnoseOpening(session.route, input, output);
        // A loss is over when sound is back, not when the device has been opened.
        if (diagnosis !== undefined || session.lost === undefined) this.#report(diagnosis);
        if (diagnosis !== undefined) this.#lookForChange(session, devices);
        return;
      }
      case 'no-module':
        // It will not be there later either.
        this.#halt(session);
        this.#report(noDevice('sound device', report.reason));
        return;
      case 'devices':
        return;
    }
  }

  #deliver(session: Session, samples: Int16Array): void {
    if (samples.length !== AUDIO_FRAME_SAMPLES) return;
    session.inputSeen = this.#clock.now();
    if (session.silent) {
      session.silent = false;
      this.#silence.stop();
      if (session.lost !== undefined && this.#diagnosis === session.lost) this.#report(undefined);
      session.lost = undefined;
    }
    const silent = session.watch.push(samples);
    if (silent === true && this.#diagnosis === undefined) this.#report(silentMicrophone(session.route.input));
    if (silent === false && this.#diagnosis?.code === 'audio.silent') this.#report(undefined);
    session.onFrame(samples);
  }

  #restart(session: Session, reason: string, began: number): void {
    if (this.#session !== session) return;
    if (this.#clock.now() - began >= STABLE_MS) session.failures = 0;
    session.lost = deviceLost(reason);
    this.#report(session.lost);
    this.#launchLater(session, this.#nextPause(session));
  }

  #launchLater(session: Session, pauseMs: number): void {
    this.#halt(session);
    this.#after(session, pauseMs, () => {
      this.#launch(session);
    });
  }

  #nextPause(session: Session): number {
    return RESTART_AFTER_MS[Math.min(session.failures++, RESTART_AFTER_MS.length - 1)] ?? 0;
  }

  /**
   * While one direction is missing: lists the devices from time to time, opens all anew when the list has changed, and
   * else tries the missing one again, which may only have been busy.
   */
  #lookForChange(session: Session, known: readonly AudioDevice[]): void {
    this.#after(session, LOOK_EVERY_MS, () => {
      void this.devices().then((devices) => {
        if (this.#session !== session) return;
        if (JSON.stringify(devices) === JSON.stringify(known)) {
          session.child?.send({ kind: 'open', route: session.route });
          return;
        }
        this.#halt(session);
        this.#launch(session);
      });
    });
  }

  /** Kills the process and lets silence take over. */
  #halt(session: Session): void {
    for (const timer of session.timers) timer.cancel();
    session.timers.clear();
    void session.child?.kill();
    session.child = undefined;
    this.#beSilent(session);
  }

  #beSilent(session: Session): void {
    if (session.silent) return;
    session.silent = true;
    this.#silence.start(session.route, session.onFrame);
  }

  #report(diagnosis: Diagnosis | undefined): void {
    if (diagnosis?.code === this.#diagnosis?.code && diagnosis?.summary === this.#diagnosis?.summary) {
      this.#diagnosis = diagnosis;
      return;
    }
    this.#diagnosis = diagnosis;
    this.#tracer.emit('audio', diagnosis === undefined ? 5 : 3, 'diagnosis', { diagnosis });
    for (const listener of this.#listeners) listener(diagnosis);
  }

  #after(session: Session, delayMs: number, fire: () => void): Timer {
    const timer = this.#clock.after(delayMs, () => {
      session.timers.delete(timer);
      fire();
    });
    session.timers.add(timer);
    return timer;
  }
}

/** From `start` to `stop`. */
interface Session {
  readonly route: AudioRoute;
  readonly onFrame: (samples: Int16Array) => void;
  readonly timers: Set<Timer>;
  watch: SilenceWatch;
  child: AudioChild | undefined;
  failures: number;
  /** Whether silence stands in for the microphone. */
  silent: boolean;
  /** When the last frame came, and when the speaker last took one; `undefined` where the direction is not open. */
  inputSeen: number | undefined;
  outputSeen: number | undefined;
  /** The loss that the next frame ends. */
  lost: Diagnosis | undefined;
}
