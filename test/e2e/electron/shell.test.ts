import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { build } from '../../../build/build.ts';
import { forkMain, launchPhone, underNode, type PhoneProgram } from '../../support/electron-harness/launch.ts';

/** What the preload shows the page. */
interface Bridge {
  send(text: unknown): void;
  onMessage(listener: (text: string) => void): void;
}
declare const sotto: Bridge;

/** A program of its own for one test. */
async function launch(
  env: Record<string, string> = {},
  {
    args = [],
    dataDir = mkdtempSync(join(tmpdir(), 'sotto-electron-')),
  }: { readonly args?: readonly string[]; readonly dataDir?: string } = {},
): Promise<PhoneProgram & { dataDir: string }> {
  const program = await launchPhone({ dataDir, env, args });
  onTestFinished(async () => {
    await program.dispose();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  });
  return { ...program, dataDir };
}

/** One program for all tests that leave it as it was. */
let program: PhoneProgram;
const sharedDataDir = mkdtempSync(join(tmpdir(), 'sotto-electron-'));

beforeAll(async () => {
  expect(await build()).toBe(true);
  program = await launchPhone({ dataDir: sharedDataDir });
  return async () => {
    await program.dispose();
    rmSync(sharedDataDir, { recursive: true, force: true, maxRetries: 5 });
  };
}, 180_000);

/** Sends texts to the core from the page, and resolves to the first `count` texts that come back. */
function talk(texts: readonly unknown[], count: number): Promise<string[]> {
  return program.page.evaluate(
    ([sent, expected]) =>
      new Promise<string[]>((resolve) => {
        const heard: string[] = [];
        sotto.onMessage((text) => {
          if (heard.push(text) === expected) resolve(heard);
        });
        for (const text of sent) sotto.send(text);
      }),
    [texts, count] as const,
  );
}

const stateRequest = (id: number, padding = 0): string =>
  JSON.stringify({ id, request: 'state.get', input: {} }) + ' '.repeat(padding);

describe('the window', () => {
  it('opens at 340 by 560 on our own page and carries the contract both ways', async () => {
    expect(program.address()).toBe('app://sotto/index.html');
    const [reply = ''] = await talk([stateRequest(7001)], 1);
    expect(JSON.parse(reply)).toMatchObject({ id: 7001, output: { revision: expect.any(Number) as number } });
    expect(await program.page.evaluate(() => [innerWidth, innerHeight])).toEqual([340, 560]);
  });

  it('draws the phone', async () => {
    await expect.poll(() => program.page.locator('#root').innerText(), { timeout: 10_000 }).not.toBe('');
  });
});

describe('security (the checklist of Electron)', () => {
  it('runs the page sandboxed, isolated and without Node', async () => {
    const preferences = await program.inMain(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.getLastWebPreferences(),
    );
    expect(preferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      webSecurity: true,
    });
    expect(preferences).not.toMatchObject({ allowRunningInsecureContent: true });
    expect(preferences).not.toMatchObject({ experimentalFeatures: true });
    const globals = await program.page.evaluate(() =>
      ['require', 'process', 'module', 'Buffer', 'electron', 'ipcRenderer'].filter((name) => name in globalThis),
    );
    expect(globals).toEqual([]);
  });

  it('shows the page two functions that it cannot replace', async () => {
    const shown = await program.page.evaluate(() => {
      const before = Object.keys(sotto).sort();
      try {
        (globalThis as unknown as { sotto: unknown }).sotto = {};
      } catch {
        // Strict code is told so; either way it must be there still.
      }
      return [before, Object.keys(sotto).sort(), Object.isFrozen(sotto)];
    });
    expect(shown).toEqual([['onMessage', 'send'], ['onMessage', 'send'], true]);
  });

  it('has a content security policy that stops inline script, eval, frames and requests elsewhere', async () => {
    const outcome = await program.page.evaluate(async () => {
      const marks = globalThis as unknown as { ran?: boolean };
      const script = document.createElement('script');
      script.textContent = 'globalThis.ran = true';
      document.body.append(script);
      const frame = document.createElement('iframe');
      frame.src = 'https://elsewhere.invalid/';
      const framed = new Promise((resolve) => {
        document.addEventListener('securitypolicyviolation', (event) => {
          if (event.effectiveDirective === 'frame-src') resolve(true);
        });
      });
      document.body.append(frame);
      const fetched = await fetch('https://elsewhere.invalid/').then(
        () => 'fetched',
        () => 'refused',
      );
      // Code that a debugger brings may evaluate; code that runs later is under the policy, as the page's own is.
      await new Promise((resolve) => setTimeout(resolve));
      let evaluated = 'evaluated';
      try {
        (0, eval)('1');
      } catch {
        evaluated = 'refused';
      }
      return { inline: marks.ran ?? false, fetched, evaluated, frameRefused: await framed };
    });
    expect(outcome).toEqual({ inline: false, fetched: 'refused', evaluated: 'refused', frameRefused: true });
  });

  it('stays on its page whatever the page asks for', async () => {
    for (const target of ['https://elsewhere.invalid/', 'file:///etc/passwd', 'app://sotto/other.html']) {
      await program.page.evaluate((url) => {
        location.href = url;
      }, target);
      await program.page.waitForTimeout(200);
      expect(program.address()).toBe('app://sotto/index.html');
    }
    const [reply = ''] = await talk([stateRequest(7002)], 1);
    expect(JSON.parse(reply)).toMatchObject({ id: 7002 });
  });

  it('opens no further window', async () => {
    await program.page.evaluate(() => {
      window.open('https://elsewhere.invalid/');
      window.open('app://sotto/index.html');
    });
    await program.page.waitForTimeout(300);
    const pages = program.page.context().pages();
    expect(pages.filter((page) => page !== program.page && page.url() !== 'about:blank')).toEqual([]);
    expect(await program.inMain(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
  });

  it.each(['geolocation', 'notifications', 'microphone', 'camera', 'midi'])('denies %s', async (name) => {
    const state = await program.page.evaluate(
      async (permission) => (await navigator.permissions.query({ name: permission as PermissionName })).state,
      name,
    );
    expect(state).toBe('denied');
  });

  it('serves nothing from outside of its folder', async () => {
    const statuses = await program.page.evaluate(async () => {
      const paths = [
        '../electron/main.js',
        '%2e%2e%2felectron%2fmain.js',
        '..%5celectron%5cmain.js',
        '%00',
        '/',
        'none.js',
      ];
      return Promise.all(paths.map(async (path) => (await fetch(new URL(path, location.href))).status));
    });
    expect(statuses).toEqual([404, 404, 404, 404, 404, 404]);
  });

  it('drops messages that are not text, or longer than a request may be', async () => {
    const replies = await talk([{ id: 1 }, 42, stateRequest(7003, 65_536), stateRequest(7004)], 1);
    expect(replies.map((text) => (JSON.parse(text) as { id: number }).id)).toEqual([7004]);
  });
});

describe('start and end', () => {
  it.runIf(underNode)('gives the phone its folders and version', async () => {
    const program = await launch();
    const given = JSON.parse(readFileSync(join(program.dataDir, 'started.json'), 'utf8')) as Record<string, string>;
    expect(given.dataDir).toBe(program.dataDir);
    expect(existsSync(given.resourcesDir ?? '')).toBe(true);
  });

  it('ends when its window is closed, after the phone let go of it', async () => {
    const program = await launch();
    await program.page.close();
    expect(await program.ended).toBe(0);
    if (underNode) expect(existsSync(join(program.dataDir, 'detached'))).toBe(true);
  });

  it('lets the phone say goodbye, then ends with 0', async () => {
    const program = await launch();
    program.terminate();
    expect(await program.ended).toBe(0);
    if (underNode) expect(existsSync(join(program.dataDir, 'closed'))).toBe(true);
  });

  it.runIf(underNode)('ends within 3 s although the phone does not', async () => {
    const program = await launch({ SOTTO_HARNESS_RUNTIME_HANGS: '1' });
    const started = performance.now();
    program.terminate();
    expect(await program.ended).toBe(0);
    expect(performance.now() - started).toBeGreaterThan(2900);
    expect(performance.now() - started).toBeLessThan(4500);
  });

  it.runIf(underNode)('is one program for each data folder: a second start shows the first and ends', async () => {
    const program = await launch();
    const before = await program.inMain(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.timesFocused);
    const second = forkMain({ dataDir: program.dataDir });
    const [code] = (await once(second, 'exit')) as [number];
    expect(code).toBe(0);
    await expect
      .poll(() => program.inMain(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.timesFocused))
      .toBe((before ?? 0) + 1);
  });
});

describe('links', () => {
  it('one that the program is started with stands in the dial field, and one that comes later, too; nothing is called', async () => {
    const program = await launch({}, { args: ['sip:1000@example.com;transport=tls?Subject=x'] });
    const field = (): Promise<string> => program.page.getByRole('textbox').first().inputValue();
    await expect.poll(field, { timeout: 15_000 }).toBe('sip:1000@example.com;transport=tls?Subject=x');
    if (!underNode) return;
    const second = forkMain({ dataDir: program.dataDir, args: ['tel:+4930901820'] });
    await once(second, 'exit');
    await expect.poll(field, { timeout: 15_000 }).toBe('tel:+4930901820');
  });
});

describe('the desktop', () => {
  it.runIf(underNode)(
    'a call that rings raises the window, shows a note that can decline it, and keeps the machine awake',
    async () => {
      const program = await launch({ SOTTO_HARNESS_RUNTIME_RINGS: '1' });
      await expect.poll(() => program.inMain(({ Notification }) => Notification.shown.map(({ options }) => options.title))).toEqual(['Bob Baker']); // prettier-ignore
      const seen = await program.inMain(({ BrowserWindow, powerSaveBlocker, app }) => ({
        raised: BrowserWindow.getAllWindows()[0]?.timesRaised,
        awake: powerSaveBlocker.running.size,
        badge: app.badge,
      }));
      expect(seen).toEqual({ raised: 1, awake: 1, badge: 2 });
      await program.inMain(({ Notification }) => Notification.shown[0]?.emit('action', {}, 1));
      await expect.poll(() => existsSync(join(program.dataDir, 'declined'))).toBe(true);
    },
  );

  it.runIf(underNode)('the window opens where it was closed', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'sotto-electron-'));
    writeFileSync(join(dataDir, 'window.json'), JSON.stringify({ x: 300, y: 200, width: 400, height: 600 }));
    const program = await launch({}, { dataDir });
    const bounds = await program.inMain(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getNormalBounds());
    expect(bounds).toEqual({ x: 300, y: 200, width: 400, height: 600 });
    rmSync(join(dataDir, 'window.json'));
    await program.inMain(({ BrowserWindow }) => void BrowserWindow.getAllWindows()[0]?.close());
    expect(await program.ended).toBe(0);
    expect(JSON.parse(readFileSync(join(dataDir, 'window.json'), 'utf8'))).toEqual(bounds);
  });
});
