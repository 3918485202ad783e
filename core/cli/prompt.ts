import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { Secret } from '../base/secret.ts';

/** Whether there is a person to ask: somebody who sees the question and can type. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Asks on standard error; `undefined` where the person ended it instead, or `signal` did. Only where {@link canAsk}. */
export function askLine(question: string, signal: AbortSignal): Promise<string | undefined> {
  return ask(question, signal, process.stderr);
}

/** The same for something that nobody shall see while it is typed. */
export async function askSecret(question: string, signal: AbortSignal): Promise<Secret | undefined> {
  const nowhere = new Writable({
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const answer = await ask(question, signal, nowhere);
  process.stderr.write('\n');
  return answer === undefined ? undefined : new Secret(answer);
}

/** What is typed appears on `echo`. */
function ask(question: string, signal: AbortSignal, echo: NodeJS.WritableStream): Promise<string | undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve(undefined);
      return;
    }
    const lines = createInterface({ input: process.stdin, output: echo, terminal: true });
    // Only now: until here the terminal itself would have shown what a quick person types.
    if (echo !== process.stderr) process.stderr.write(question);
    const end = (): void => {
      lines.close();
    };
    signal.addEventListener('abort', end, { once: true });
    lines.on('SIGINT', () => {
      // In raw mode the terminal hands Ctrl-C to us instead of the system.
      process.kill(process.pid, 'SIGINT');
    });
    lines.on('close', () => {
      signal.removeEventListener('abort', end);
      resolve(undefined);
    });
    lines.question(question, (answer) => {
      resolve(answer);
      lines.close();
    });
  });
}
