import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { _electron, chromium, type Browser, type ElectronApplication, type Page } from 'playwright-core';
import { electronBinary } from '../../../build/electron-binary.ts';
import { root } from '../../../build/paths.ts';
import type * as ElectronModule from './electron-module.ts';
import { toAppUrl } from './app-url.ts';

/** How to start the program. */
export interface LaunchOptions {
  readonly dataDir: string;
  /** Further environment, for the phone that stands in for the real one. */
  readonly env?: Readonly<Record<string, string>>;
  /** Further arguments, such as a link. */
  readonly args?: readonly string[];
}

/** The program, running, with its window open; the same under a real Electron and under the harness. */
export interface PhoneProgram {
  /** The page of its window. */
  readonly page: Page;
  /** The address of the page as Electron would have it. */
  address(): string;
  /** Runs a function, which may use nothing from outside of itself, in the main process. */
  inMain<T>(work: (electron: typeof ElectronModule) => T | Promise<T>): Promise<T>;
  /** Asks it to end, as a session that logs out does. */
  terminate(): void;
  /** The exit code, once it has ended. */
  readonly ended: Promise<number | null>;
  /** Ends what is left of it, at once. */
  dispose(): Promise<void>;
}

/** Whether {@link launchPhone} runs the main process under Node, with a phone that stands in for the real one. */
export const underNode = electronBinary() === undefined;

/** Starts `dist/electron/main.js` and waits for its window. */
export async function launchPhone(options: LaunchOptions): Promise<PhoneProgram> {
  const binary = electronBinary();
  return binary === undefined ? launchUnderNode(options) : launchElectron(binary, options);
}

/** Starts the main process under Node, without waiting for anything: for programs that are to end by themselves. */
export function forkMain({ dataDir, env = {}, args = [] }: LaunchOptions): ChildProcess {
  const harness = join(root, 'test/support/electron-harness');
  return fork(join(root, 'dist/electron/main.js'), ['--data', dataDir, ...args], {
    execArgv: ['--import', join(harness, 'register.ts')],
    env: { ...process.env, SOTTO_HARNESS_RUNTIME: join(harness, 'fake-phone-runtime.ts'), ...env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
}

async function launchUnderNode(options: LaunchOptions): Promise<PhoneProgram> {
  const child = forkMain(options);
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const [{ debuggingAddress }] = (await Promise.race([
    once(child, 'message'),
    ended.then((code) =>
      Promise.reject(new Error(`the main process ended with ${String(code)} before it had a window`)),
    ),
  ])) as [{ debuggingAddress: string }];
  const browser = await chromium.connectOverCDP(debuggingAddress);
  const page = await firstWindow(browser);
  let lastId = 0;
  return {
    page,
    address: () => toAppUrl(page.url()),
    inMain: async <T>(work: (electron: typeof ElectronModule) => T | Promise<T>) => {
      const id = ++lastId;
      const answer = new Promise<{ value?: T; error?: string }>((resolve) => {
        const take = (message: { id?: number; value?: T; error?: string }): void => {
          if (message.id !== id) return;
          child.off('message', take);
          resolve(message);
        };
        child.on('message', take);
      });
      child.send({ id, source: work.toString() });
      const { value, error } = await answer;
      if (error !== undefined) throw new Error(error);
      return value as T;
    },
    terminate: () => child.kill('SIGTERM'),
    ended,
    dispose: async () => {
      await browser.close().catch(() => undefined);
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** The first page that is not the empty one that a browser starts with. */
async function firstWindow(browser: Browser): Promise<Page> {
  const [context] = browser.contexts();
  if (context === undefined) throw new Error('the browser has no context');
  const isWindow = (page: Page): boolean => page.url() !== 'about:blank';
  for (let attempt = 0; attempt < 600; attempt++) {
    const page = context.pages().find(isWindow);
    if (page !== undefined) return page;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('no window opened');
}

async function launchElectron(binary: string, { dataDir, env = {}, args = [] }: LaunchOptions): Promise<PhoneProgram> {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const program: ElectronApplication = await _electron.launch({
    executablePath: binary,
    args: [...sandbox, root, '--data', dataDir, ...args],
    env: { ...(process.env as Record<string, string>), ...env },
  });
  const page = await program.firstWindow();
  const child = program.process();
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  return {
    page,
    address: () => page.url(),
    inMain: (work) => program.evaluate(work as unknown as (electron: unknown) => never),
    terminate: () => child.kill('SIGTERM'),
    ended,
    dispose: async () => {
      await program.close().catch(() => undefined);
    },
  };
}
