import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/** How long a program may take for one step on a loaded machine, milliseconds. */
const STEP_MS = 20_000;
/** How long it may take to end when asked, before it is killed. */
const END_MS = 8_000;
const LOOK_MS = 20;

/** Whether every one of `commands` is installed. */
export function installed(...commands: readonly string[]): boolean {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return commands.every((command) => folders.some((folder) => isExecutable(join(folder, command))));
}

/**
 * A program of somebody else's that runs beside the test. Its output is kept by the line; every wait is bounded, and a wait
 * in vain fails with what the program said last.
 */
export class ExternalProgram {
  readonly name: string;
  /** Lines of standard output. */
  readonly output: string[] = [];
  /** Lines of standard error. */
  readonly errors: string[] = [];
  /** Resolves to the exit code, or to `null` after a signal. */
  readonly ended: Promise<number | null>;
  readonly #process: ChildProcessWithoutNullStreams;
  #running = true;

  constructor(
    command: string,
    args: readonly string[],
    options: {
      readonly env?: Readonly<Record<string, string>>;
      readonly cwd?: string;
      readonly onLine?: (line: string) => void;
    } = {},
  ) {
    this.name = command.replace(/^.*\//, '');
    this.#process = spawn(command, args, { env: { ...process.env, ...options.env }, cwd: options.cwd });
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      this.output.push(line);
      options.onLine?.(line);
    });
    createInterface({ input: this.#process.stderr }).on('line', (line) => this.errors.push(line));
    // A program that is gone does not take its input any more; its end is seen elsewhere.
    this.#process.stdin.on('error', () => undefined);
    this.ended = new Promise((resolve, reject) => {
      this.#process.on('error', reject);
      this.#process.on('close', (code) => {
        this.#running = false;
        resolve(code);
      });
    });
  }

  get running(): boolean {
    return this.#running;
  }

  /** Writes a line to its standard input. */
  say(line: string): void {
    this.#process.stdin.write(`${line}\n`);
  }

  /** Waits until `look` finds something; throws where the time is over, or the program has ended without it. */
  async until<T>(what: string, look: () => T | undefined, limitMs = STEP_MS): Promise<T> {
    const end = performance.now() + limitMs;
    for (;;) {
      // Asked for before looking, so that what was printed at the very end is seen.
      const last = !this.#running || performance.now() > end;
      const found = look();
      if (found !== undefined) return found;
      if (last)
        throw new Error(`${this.name}: ${what} did not happen${this.#running ? '' : '; it ended'}\n${this.#tail()}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  /** Waits until it takes connections on a TCP port of 127.0.0.1. */
  async listening(port: number): Promise<void> {
    let open: true | undefined;
    let knocking = false;
    await this.until(`a listener on port ${port}`, () => {
      if (!knocking) {
        knocking = true;
        const socket = connect({ host: '127.0.0.1', port }, () => {
          open = true;
          socket.destroy();
        });
        socket.on('error', () => undefined).on('close', () => (knocking = false));
      }
      return open;
    });
  }

  /** Waits for a line of standard output; gives the match. */
  line(pattern: RegExp, limitMs?: number): Promise<RegExpExecArray> {
    const look = (): RegExpExecArray | undefined => {
      for (const line of this.output) {
        const match = pattern.exec(line);
        if (match !== null) return match;
      }
      return undefined;
    };
    return this.until(`a line ${String(pattern)}`, look, limitMs);
  }

  /** Waits for its own end; throws where it goes on for longer than that. */
  async end(limitMs = STEP_MS): Promise<number | null> {
    await this.until('its end', () => (this.#running ? undefined : true), limitMs);
    return this.ended;
  }

  /** Asks it to end, and kills it where it does not. Resolves to the exit code, or to `null` after a signal. */
  async stop(signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<number | null> {
    if (this.#running) this.#process.kill(signal);
    const killer = setTimeout(() => this.#process.kill('SIGKILL'), END_MS);
    const code = await this.ended;
    clearTimeout(killer);
    return code;
  }

  #tail(): string {
    return [...this.output.slice(-30), ...this.errors.slice(-30)].join('\n');
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
