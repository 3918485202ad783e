import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.ts';
import { fetchElectronBinary } from './electron-binary.ts';
import { root } from './paths.ts';

/** The browser's shell, as `dist/` has it. */
interface WebShell {
  /** Serves the phone on loopback until it is told to end; resolves to the exit code. */
  runWebShell(args: readonly string[]): Promise<number>;
}

/** Why the phone cannot open in a window of Electron's here, in words for people; `undefined` where it may. */
function reasonAgainstElectron(args: readonly string[]): string | undefined {
  if (args.includes('--browser')) return '--browser was asked for';
  if (process.platform !== 'linux') return undefined;
  if (process.getuid?.() === 0) return 'Electron keeps its sandbox and so does not run as root';
  if ((process.env.DISPLAY ?? '') === '' && (process.env.WAYLAND_DISPLAY ?? '') === '') return 'there is no display';
  return undefined;
}

async function startElectron(binary: string, args: readonly string[]): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const child = spawn(binary, [root, ...args], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  child.on('error', () => {
    resolve(1);
  });
  child.on('exit', (code) => {
    resolve(code ?? 1);
  });
  return promise;
}

async function startBrowser(reason: string, args: readonly string[]): Promise<number> {
  console.error(`Opening in the browser: ${reason}.`);
  const shell = (await import(pathToFileURL(join(root, 'dist/core/web/main.js')).href)) as WebShell;
  return shell.runWebShell(args.filter((arg) => arg !== '--browser'));
}

/** Opens the phone: in Electron where that can be had, otherwise as a page on loopback. Resolves to the exit code. */
async function start(args: readonly string[]): Promise<number> {
  if (!(await build())) return 1;
  const reason = reasonAgainstElectron(args);
  if (reason !== undefined) return startBrowser(reason, args);
  const binary = await fetchElectronBinary();
  if (binary === undefined) return startBrowser("Electron's program could not be fetched", args);
  return startElectron(binary, args);
}

process.exitCode = await start(process.argv.slice(2));
