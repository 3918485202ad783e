import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

/** Parameters and results of the DevTools protocol, as JSON. */
export type CdpObject = Readonly<Record<string, unknown>>;

/** One event of the DevTools protocol. */
export interface CdpEvent {
  readonly method: string;
  readonly params: CdpObject;
  /** The page that it comes from; `undefined` for the browser itself. */
  readonly sessionId?: string;
}

interface Waiting {
  resolve(result: CdpObject): void;
  reject(error: Error): void;
}

/** A headless Chromium of our own, commanded through a pipe: JSON with a NUL after each message, on descriptors 3 and 4. */
export class Chromium {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #commands: Writable;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(event: CdpEvent) => void>();
  #lastId = 0;
  #rest = '';

  constructor(profile: string) {
    this.#profile = profile;
    const flags = ['--headless=new', '--disable-gpu', '--no-first-run', '--disable-background-networking'];
    if (process.getuid?.() === 0) flags.push('--no-sandbox');
    this.#process = spawn(
      process.env.CHROMIUM ?? 'chromium',
      // The pipe is ours; the port lets Playwright look at the same pages.
      [...flags, '--remote-debugging-pipe', '--remote-debugging-port=0', `--user-data-dir=${profile}`, 'about:blank'],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] },
    );
    this.#commands = this.#process.stdio[3] as Writable;
    (this.#process.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => {
      this.#receive(text);
    });
    this.#process.on('error', (error) => {
      this.#fail(error);
    });
    this.#process.on('exit', () => {
      this.#fail(new Error('Chromium has ended'));
    });
    // A write after its end is answered by the failure above.
    this.#commands.on('error', () => undefined);
  }

  /** Sends one command, to a page or to the browser; rejects with the words of Chromium. */
  send(method: string, params: CdpObject = {}, sessionId?: string): Promise<CdpObject> {
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers<CdpObject>();
    this.#waiting.set(id, { resolve, reject });
    this.#commands.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return promise;
  }

  /** Adds one who hears every event. */
  onEvent(listener: (event: CdpEvent) => void): void {
    this.#listeners.add(listener);
  }

  /** Where Playwright can connect to the same browser. */
  async debuggingAddress(): Promise<string> {
    for (let attempt = 0; attempt < 1200; attempt++) {
      const text = await readFile(join(this.#profile, 'DevToolsActivePort'), 'utf8').catch(() => '');
      const [port, path] = text.split('\n');
      if (port !== undefined && path !== undefined) return `ws://127.0.0.1:${port}${path}`;
      await delay(25);
    }
    throw new Error('Chromium did not open its debugging port');
  }

  /** Ends the browser at once. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }

  #receive(text: string): void {
    const messages = (this.#rest + text).split('\0');
    this.#rest = messages.pop() ?? '';
    for (const message of messages) this.#take(JSON.parse(message) as CdpMessage);
  }

  #take(message: CdpMessage): void {
    if (message.id === undefined) {
      for (const listener of this.#listeners) listener(message);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error === undefined) waiting?.resolve(message.result ?? {});
    // A page that was closed meanwhile answers no more, and what was said to it is void, as in Electron.
    else if (message.error.message.includes('Session with given id not found')) return;
    else waiting?.reject(new Error(message.error.message));
  }

  #fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

interface CdpMessage extends CdpEvent {
  readonly id?: number;
  readonly result?: CdpObject;
  readonly error?: { readonly message: string };
}
