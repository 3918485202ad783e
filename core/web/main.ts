import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { exitSoon } from '../shell/exit-soon.ts';
import { startPhoneRuntime } from '../shell/phone-runtime.ts';
import { packageRoot } from '../shell/package-root.ts';
import { VERSION } from '../shell/version.ts';
import { defaultDataFolder } from '../io/data-folder.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { serveWindow } from './web-server.ts';

/**
 * The phone in the browser: starts the core, serves its window on loopback, opens it, and prints where it is as one line of
 * JSON. Resolves to the exit code when it was told to end.
 */
export async function runWebShell(args: readonly string[]): Promise<number> {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        'no-open': { type: 'boolean' },
        port: { type: 'string' },
        data: { type: 'string' },
        verbose: { type: 'boolean', short: 'v', multiple: true },
        trace: { type: 'string' },
      },
    }));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  const port = Number(values.port ?? 0);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    process.stderr.write('--port must be a number from 0 to 65535\n');
    return 2;
  }
  const ending = untilTold();
  const runtime = await startPhoneRuntime({
    dataDir: values.data ?? defaultDataFolder(),
    resourcesDir: fileURLToPath(new URL('resources/', packageRoot())),
    version: VERSION,
    verbosity: values.verbose?.length ?? 0,
    traceFile: values.trace,
  });
  if (!runtime.ok) {
    fail(runtime.error);
    return runtime.error.code.startsWith('config.') ? 2 : 1;
  }
  const server = await serveWindow({
    runtime: runtime.value,
    folder: fileURLToPath(new URL('dist/renderer', packageRoot())),
    port,
  });
  if (!server.ok) {
    fail(server.error);
    await runtime.value.close();
    return 1;
  }
  process.stdout.write(`${JSON.stringify({ event: 'ready', url: server.value.url })}\n`);
  if (values['no-open'] !== true) openBrowser(server.value.url);
  const code = await ending;
  await server.value.close();
  await runtime.value.close();
  exitSoon(code);
  return code;
}

function fail(diagnosis: Diagnosis): void {
  process.stdout.write(`${JSON.stringify({ event: 'result', ok: false, diagnosis: [diagnosis] })}\n`);
  process.stderr.write(`${diagnosis.summary} ${diagnosis.cure} [${diagnosis.code}]\n`);
}

/** Ctrl-C ends with 130, SIGTERM with 0; a second Ctrl-C at once. */
function untilTold(): Promise<number> {
  return new Promise((resolve) => {
    let told = false;
    process.on('SIGINT', () => {
      if (told) process.exit(130);
      told = true;
      resolve(130);
    });
    process.on('SIGTERM', () => {
      resolve(0);
    });
  });
}

const BROWSERS: Partial<Record<NodeJS.Platform, { readonly command: string; readonly args: readonly string[] }>> = {
  darwin: { command: 'open', args: [] },
  win32: { command: 'cmd', args: ['/c', 'start', ''] },
};

/** The system's browser, without waiting for it; where there is none the printed address is enough. */
function openBrowser(url: string): void {
  const { command, args } = BROWSERS[process.platform] ?? { command: 'xdg-open', args: [] };
  const child = spawn(command, [...args, url], { stdio: 'ignore', detached: true });
  child.on('error', () => undefined);
  child.unref();
}
