import { fork, type ChildProcess } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import type { AudioProcessCommand, AudioProcessReport } from './audio-process-message.ts';

/** One run of the audio process, from fork to SIGKILL. It is never asked to end: it may be unable to. */
export class AudioChild {
  readonly #process: ChildProcess;
  readonly #gone: Promise<void>;
  #silenced = false;

  /** `onGone` is called once when the process ended without being killed from here. */
  constructor(entry: URL, onReport: (report: AudioProcessReport) => void, onGone: (reason: string) => void) {
    this.#process = fork(entry, [], {
      // Each pending read or write of a device blocks one thread of the pool.
      env: { ...process.env, UV_THREADPOOL_SIZE: '16', ELECTRON_RUN_AS_NODE: '1' },
      execArgv: [],
      serialization: 'advanced',
      // PortAudio and ALSA print to both, per opened device and per failure.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    favour(this.#process.pid);
    this.#gone = new Promise((resolve) => {
      const end = (reason: string): void => {
        resolve();
        if (!this.#silenced) onGone(reason);
        this.#silenced = true;
      };
      this.#process.once('exit', (code, signal) => {
        end(`the audio process ended, ${signal ?? `code ${code ?? 'unknown'}`}`);
      });
      this.#process.on('error', (error) => {
        end(error.message);
      });
    });
    this.#process.on('message', (message) => {
      if (!this.#silenced) onReport(message as AudioProcessReport);
    });
  }

  /** The process number, for tests that kill it. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  send(command: AudioProcessCommand): void {
    // The callback takes the error of a process that is just ending; `onGone` tells of it.
    if (this.#process.connected) this.#process.send(command, () => undefined);
  }

  /** Ends it at once; nothing is reported any more. Fulfilled when it is gone. */
  kill(): Promise<void> {
    this.#silenced = true;
    this.#process.kill('SIGKILL');
    return this.#gone;
  }
}

/** Puts sound before everything that can wait, where the system lets us. Threads that start later inherit it. */
function favour(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, constants.priority.PRIORITY_HIGH);
  } catch {
    // Not allowed without privileges on most systems; sound then takes its turn like the rest.
  }
}
