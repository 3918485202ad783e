import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import type { Snapshot } from '../../core/api/state.ts';
import { FakeCore } from './fake-core.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The browser that these tests drive: Debian's. */
const CHROMIUM = '/usr/bin/chromium';

/** One window on one fake core. */
export interface OpenWindow {
  readonly core: FakeCore;
  readonly page: Page;
}

/**
 * Builds the window as it is shipped, and opens it in Chromium on fake cores. What the page reports as an error, such as
 * a breach of the content security policy, is kept in {@link problems}; a test ends with none.
 */
export class WindowHarness {
  readonly problems: string[] = [];
  /** Where the built window is. */
  readonly folder: string;
  readonly #browser: Browser;
  readonly #open: OpenWindow[] = [];

  private constructor(folder: string, browser: Browser) {
    this.folder = folder;
    this.#browser = browser;
  }

  /** Builds into a folder of its own and starts the browser. */
  static async start(): Promise<WindowHarness> {
    const folder = await mkdtemp(join(tmpdir(), 'sotto-window-'));
    const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
    const build = ['build', '--config', 'build/vite.renderer.config.ts', '--outDir', folder, '--logLevel', 'warn'];
    // Not under the test's NODE_ENV: that would be React's development build, which nobody gets.
    await promisify(execFile)(process.execPath, [vite, ...build], {
      cwd: ROOT,
      env: { ...process.env, NODE_ENV: 'production' },
    });
    return new WindowHarness(folder, await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] }));
  }

  get browserVersion(): string {
    return this.#browser.version();
  }

  /** Opens a window of 340 × 560 on a new core in the given state, in English unless told otherwise. */
  async open(state: Partial<Snapshot> = {}, options: BrowserContextOptions = {}): Promise<OpenWindow> {
    const core = new FakeCore(this.folder, state);
    await core.start();
    const context = await this.#browser.newContext({
      viewport: { width: 340, height: 560 },
      locale: 'en-GB',
      ...options,
    });
    const page = await context.newPage();
    page.on('pageerror', (error) => this.problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') this.problems.push(message.text());
    });
    const window = { core, page };
    this.#open.push(window);
    await page.goto(core.url);
    await page.locator('.stage').waitFor();
    return window;
  }

  /** Closes every window and its core; gives the problems since the last time. */
  async closeWindows(): Promise<readonly string[]> {
    for (const { page, core } of this.#open.splice(0)) {
      await page.context().close();
      await core.stop();
    }
    return this.problems.splice(0);
  }

  /** Ends the browser and removes the build. */
  async stop(): Promise<void> {
    await this.closeWindows();
    await this.#browser.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
