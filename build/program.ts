import { spawn } from 'node:child_process';
import { node, root } from './paths.ts';

/** How a program ended. */
export interface ProgramResult {
  /** Exit code 0 within the time allowed. */
  readonly ok: boolean;
  /** Standard output and standard error in the order in which they came; empty when they were passed through. */
  readonly output: string;
  readonly seconds: number;
}

export interface ProgramOptions {
  /** `pass`: straight to our own output. `keep`: into the result. `both`: as it comes, and into the result. */
  readonly output: 'pass' | 'keep' | 'both';
  /** After this many seconds the program and all that it started are ended, and it has failed. */
  readonly limitSeconds: number;
}

/** Runs a JavaScript or TypeScript program with the project's Node. Never rejects. */
export function runNode(args: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  return run(node, args, options);
}

/** Runs a program in the top folder. Never rejects: one that cannot be started has failed, with the reason as its output. */
export function run(command: string, args: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  const started = performance.now();
  const { promise, resolve } = Promise.withResolvers<ProgramResult>();
  // A group of its own, so that an end by time or by Ctrl-C reaches what the program started, too.
  const child = spawn(command, args, {
    cwd: root,
    detached: process.platform !== 'win32',
    stdio: ['ignore', ...(options.output === 'pass' ? (['inherit', 'inherit'] as const) : (['pipe', 'pipe'] as const))],
  });
  let output = '';
  for (const [stream, own] of [
    [child.stdout, process.stdout],
    [child.stderr, process.stderr],
  ] as const) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (options.output === 'both') own.write(text);
    });
  }

  const end = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
    } catch {
      // It ended by itself in the meantime.
    }
  };
  const limit = setTimeout(() => {
    output += `\nended after ${options.limitSeconds} s\n`;
    if (options.output !== 'keep') console.error(`${command} ${args.join(' ')}: ended after ${options.limitSeconds} s`);
    end();
  }, options.limitSeconds * 1000);
  const interrupt = (): void => {
    end();
    process.exit(130);
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);

  const finish = (ok: boolean): void => {
    clearTimeout(limit);
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    resolve({ ok, output, seconds: (performance.now() - started) / 1000 });
  };
  child.on('error', (error) => {
    output += error.message;
    finish(false);
  });
  child.on('close', (code) => {
    finish(code === 0);
  });
  return promise;
}
