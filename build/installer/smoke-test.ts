import { execFileSync, spawn } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { chromium } from 'playwright-core';
import { root } from '../paths.ts';

/**
 * Tries what `npm run dist` made on this system: its command line places an encrypted call, its window shows, and on
 * macOS the signature has the right to the microphone. Started by hand, and by continuous integration on each system.
 */
const PROGRAMS: Partial<Record<NodeJS.Platform, { readonly window: string; readonly command: string }>> = {
  linux: { window: 'dist/installers/linux-unpacked/sotto-phone', command: 'dist/installers/linux-unpacked/sotto' },
  win32: { window: 'dist/installers/win-unpacked/Sotto.exe', command: 'dist/installers/win-unpacked/sotto.cmd' },
  darwin: {
    window: 'dist/installers/mac*/Sotto.app/Contents/MacOS/Sotto',
    command: 'dist/installers/mac*/Sotto.app/Contents/Resources/sotto',
  },
};

function find(pattern: string): string {
  const [path] = globSync(pattern, { cwd: root });
  if (path === undefined) throw new Error(`${pattern} is missing: run npm run dist first`);
  return join(root, path);
}

/** By Chromium's own debugging port: the way over Node's inspector is shut by a fuse. */
async function tryWindow(program: string, data: string): Promise<void> {
  // CI's machines have no user namespaces for the sandbox, and no one to attack.
  const sandbox = process.platform === 'linux' && process.env.CI !== undefined ? ['--no-sandbox'] : [];
  const app = spawn(program, [`--data=${data}`, '--remote-debugging-port=0', ...sandbox], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    const browser = await chromium.connectOverCDP(await debuggingAddress(app.stderr));
    const context = browser.contexts()[0];
    const window = context?.pages()[0] ?? (await context?.waitForEvent('page'));
    await window?.getByRole('button').first().waitFor();
    console.log(`✓ the window shows: ${(await window?.title()) ?? ''}`);
    await browser.close();
  } finally {
    app.kill();
  }
}

/** What Chromium prints once it listens. */
async function debuggingAddress(output: Readable): Promise<string> {
  let text = '';
  for await (const chunk of output) {
    text += String(chunk);
    const address = /DevTools listening on (ws:\S+)/.exec(text)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error(`the program ended without a window: ${text}`);
}

const programs = PROGRAMS[process.platform];
if (programs === undefined) throw new Error(`nothing is packed for ${process.platform}`);
const data = mkdtempSync(join(tmpdir(), 'sotto-smoke-'));
try {
  const windows = process.platform === 'win32';
  const result = execFileSync(find(programs.command), ['demo', '--seconds', '2', '--json', '--data', join(data, 'demo')], { encoding: 'utf8', shell: windows }); // prettier-ignore
  console.log(`✓ the command line: ${result.trim().split('\n').at(-1) ?? ''}`);
  if (process.platform === 'darwin' && process.env.CSC_LINK) {
    const entitlements = execFileSync('codesign', ['-d', '--entitlements', '-', '--xml', find('dist/installers/mac*/Sotto.app')], { encoding: 'utf8' }); // prettier-ignore
    if (!entitlements.includes('com.apple.security.device.audio-input')) throw new Error('no right to the microphone');
    console.log('✓ the signature has the right to the microphone');
  }
  await tryWindow(find(programs.window), join(data, 'window'));
} finally {
  rmSync(data, { recursive: true, force: true });
}
