import { mkdirSync, openSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Chromium } from './chromium.ts';
import { ElectronEmitter } from './emitter.ts';

/** Electron's `app`, as far as Sotto uses it. */
class App extends ElectronEmitter {
  readonly isPackaged = false;
  readonly #paths = new Map([['userData', join(tmpdir(), 'sotto-electron-harness')]]);
  readonly #ready = Promise.withResolvers<undefined>();
  #chromium: Chromium | undefined;
  #lock: string | undefined;
  /** Whether windows close because the program ends. */
  quitting = false;
  /** Closes all windows; `windows.ts` fills it in. */
  closeWindows: () => Promise<void> = () => Promise.resolve();

  constructor() {
    super();
    // Electron gets ready after the main module has run.
    setImmediate(() => {
      this.#start();
    });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => {
        this.quit();
      });
    }
  }

  /** The browser behind the windows; there once the program is ready. */
  get chromium(): Chromium {
    if (this.#chromium === undefined) throw new Error('a window before the program is ready');
    return this.#chromium;
  }

  whenReady(): Promise<undefined> {
    return this.#ready.promise;
  }

  /** What the last call of `setBadgeCount` said. */
  badge = 0;

  setBadgeCount(count: number): boolean {
    this.badge = count;
    return true;
  }

  getLocale(): string {
    return 'en-GB';
  }

  isReady(): boolean {
    return this.#chromium !== undefined;
  }

  getPath(name: string): string {
    const path = this.#paths.get(name);
    if (path === undefined) throw new Error(`Failed to get '${name}' path`);
    return path;
  }

  setPath(name: string, path: string): void {
    this.#paths.set(name, path);
  }

  /** One program for each data folder; a second one tells the first and gets `false`. */
  requestSingleInstanceLock(): boolean {
    const folder = this.getPath('userData');
    mkdirSync(folder, { recursive: true });
    const lock = join(folder, 'harness.lock');
    const knock = join(folder, 'harness.knock');
    try {
      openSync(lock, 'wx');
    } catch {
      writeFileSync(knock, JSON.stringify(process.argv));
      return false;
    }
    this.#lock = lock;
    watch(folder, (_change, file) => {
      if (file !== 'harness.knock') return;
      try {
        const argv = JSON.parse(readFileSync(knock, 'utf8')) as string[];
        rmSync(knock);
        this.emit('second-instance', {}, argv);
      } catch {
        // Half written: the watcher calls again.
      }
    }).unref();
    return true;
  }

  /** Asks, closes the windows, asks again, ends: with a listener's objection it does not. */
  quit(): void {
    void this.#quit();
  }

  /** Ends at once, asking nobody. */
  exit(code: number): void {
    this.#chromium?.kill();
    if (this.#lock !== undefined) rmSync(this.#lock, { force: true });
    process.exit(code);
  }

  async #quit(): Promise<void> {
    if (this.emitPreventable('before-quit')) return;
    this.quitting = true;
    await this.closeWindows();
    this.quitting = false;
    if (this.emitPreventable('will-quit')) return;
    this.exit(0);
  }

  #start(): void {
    const profile = this.#paths.get('sessionData') ?? this.getPath('userData');
    mkdirSync(profile, { recursive: true });
    this.#chromium = new Chromium(profile);
    this.emit('ready');
    this.#ready.resolve(undefined);
  }
}

/** The one `app`. */
export const app = new App();
