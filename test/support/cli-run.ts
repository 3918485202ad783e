import { spawn, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One line that a program printed with `--json`. */
export interface CliEvent extends Readonly<Record<string, unknown>> {
  readonly event: string;
}

/** How a program ended. */
export interface CliEnd {
  /** `null` where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly events: readonly CliEvent[];
  /** The last object, where it was a result. */
  readonly result: CliEvent | undefined;
  /** Codes of the diagnoses in the result, worst first. */
  readonly codes: readonly string[];
  readonly seconds: number;
  /** Whether a process of its group outlived it. */
  readonly leftBehind: boolean;
}

export interface CliOptions {
  readonly program?: 'cli' | 'web';
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** User to run as; only root may choose. */
  readonly uid?: number;
  /** Limit of open files. */
  readonly openFiles?: number;
  /** Closes the program's standard output after so many lines, as `head` does. */
  readonly keepLines?: number;
  /** Kills the program after so many seconds; a test then fails with what it printed. */
  readonly limitSeconds?: number;
}

const PROGRAM = fileURLToPath(new URL('cli-program.ts', import.meta.url));
const DEFAULT_LIMIT_S = 90;
/** Halves the processor time of a start from the sources. */
const COMPILE_CACHE = join(tmpdir(), 'sotto-test-compile-cache');
/** Keeps what programs leave by default out of the home of whoever runs the tests. */
const CONFIG_HOME = join(tmpdir(), `sotto-test-config-${process.pid}`);
const running = new Set<CliProcess>();

/** `sotto`, or the browser shell, in a process group of its own, so that Ctrl-C reaches it as from a terminal. */
export class CliProcess {
  readonly #child: ChildProcess;
  readonly #started = performance.now();
  readonly #waiting = new Set<() => void>();
  #stdout = '';
  #stderr = '';
  #events: CliEvent[] = [];
  #unfinished = '';
  #over = false;
  readonly finished: Promise<CliEnd>;

  constructor(args: readonly string[], options: CliOptions = {}) {
    const { program = 'cli', env, cwd, uid, openFiles, keepLines = Infinity, limitSeconds = DEFAULT_LIMIT_S } = options;
    const command = [process.execPath, PROGRAM, program, ...args];
    const [file = '', ...rest] =
      openFiles === undefined ? command : ['/bin/sh', '-c', `ulimit -n ${openFiles}; exec "$@"`, 'sh', ...command];
    this.#child = spawn(file, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      // What the test runner sets for itself is none of the program's business.
      env: {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        XDG_CONFIG_HOME: CONFIG_HOME,
        NODE_COMPILE_CACHE: COMPILE_CACHE,
        ...env,
      },
      ...(cwd === undefined ? {} : { cwd }),
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    running.add(this);
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#read(text);
      if (this.#stdout.split('\n').length > keepLines) this.#child.stdout?.destroy();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#wake();
    });
    const limit = setTimeout(() => {
      this.#stderr += `\n(killed after ${limitSeconds} s)\n`;
      this.signal('SIGKILL');
    }, limitSeconds * 1000);
    this.finished = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => {
        clearTimeout(limit);
        this.#over = true;
        const leftBehind = this.#groupLives();
        if (leftBehind) this.signal('SIGKILL');
        running.delete(this);
        this.#wake();
        resolve(this.#end(code, signal, leftBehind));
      });
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the program did not start');
    return this.#child.pid;
  }

  get events(): readonly CliEvent[] {
    return this.#events;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** The first event that fits, past or to come. Fails where the program ends before, or after `seconds`. */
  async event(name: string, fits: (event: CliEvent) => boolean = () => true, seconds = 45): Promise<CliEvent> {
    return this.#until(`event ${name}`, seconds, () =>
      this.#events.find((event) => event.event === name && fits(event)),
    );
  }

  /** Waits until standard error, where the log goes, has a line that matches. */
  async logged(pattern: RegExp, seconds = 45): Promise<void> {
    await this.#until(`log line ${String(pattern)}`, seconds, () => (pattern.test(this.#stderr) ? true : undefined));
  }

  async #until<T>(what: string, seconds: number, find: () => T | undefined): Promise<T> {
    const deadline = performance.now() + seconds * 1000;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      const left = deadline - performance.now();
      if (this.#over || left <= 0) {
        throw new Error(`no ${what} ${this.#over ? 'before the end' : 'in time'}\n${this.#stdout}\n${this.#stderr}`);
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, left);
        this.#waiting.add(wake);
      });
    }
  }

  /** Sends a signal to the program and whatever it started, as a terminal does. */
  signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // It has ended already.
    }
  }

  #read(text: string): void {
    this.#stdout += text;
    const lines = (this.#unfinished + text).split('\n');
    this.#unfinished = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith('{')) this.#events.push(JSON.parse(line) as CliEvent);
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #groupLives(): boolean {
    try {
      process.kill(-this.pid, 0);
      return true;
    } catch {
      return false;
    }
  }

  #end(code: number | null, signal: NodeJS.Signals | null, leftBehind: boolean): CliEnd {
    const last = this.#events.at(-1);
    const result = last?.event === 'result' ? last : undefined;
    const diagnoses = Array.isArray(result?.diagnosis) ? (result.diagnosis as { code: string }[]) : [];
    return {
      code,
      signal,
      stdout: this.#stdout,
      stderr: this.#stderr,
      events: this.#events,
      result,
      codes: diagnoses.map((diagnosis) => diagnosis.code),
      seconds: (performance.now() - this.#started) / 1000,
      leftBehind,
    };
  }
}

/** Runs a command with `--json` to its end. */
export function runCli(args: readonly string[], options?: CliOptions): Promise<CliEnd> {
  return new CliProcess([...args, '--json'], options).finished;
}

/** Kills what a test left running and says what it was; nothing after a good test. */
export async function killLeftovers(): Promise<readonly number[]> {
  const left = [...running];
  for (const one of left) one.signal('SIGKILL');
  await Promise.all(left.map(({ finished }) => finished));
  return left.map(({ pid }) => pid);
}
