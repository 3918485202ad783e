import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A demo call, measured from outside. Milliseconds count from the start of the process. */
export interface MeasuredDemo {
  readonly registeredMs: number;
  readonly firstAudioMs: number;
  /** Resident memory in the middle of the call, MiB; `undefined` where the system does not tell. */
  readonly residentMiB: number | undefined;
}

const SOTTO = fileURLToPath(new URL('../../build/sotto.js', import.meta.url));
const LIMIT_MS = 60_000;

/** Runs `sotto demo` once, as it is built. */
export async function measureDemo(): Promise<MeasuredDemo> {
  const started = performance.now();
  const child = spawn(process.execPath, [SOTTO, 'demo', '--json', '--seconds', '3', '-vvv'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const seen = new Map<string, number>();
  let resident: Promise<number | undefined> = Promise.resolve(undefined);
  const watch = (text: string): void => {
    for (const mark of ['"event":"registered"', '"event":"media"', 'rtp.first-packet']) {
      if (text.includes(mark) && !seen.has(mark)) {
        seen.set(mark, performance.now() - started);
        if (mark === '"event":"media"') resident = residentMiB(child.pid);
      }
    }
  };
  child.stdout.setEncoding('utf8').on('data', watch);
  child.stderr.setEncoding('utf8').on('data', watch);
  await new Promise((resolve) => child.on('close', resolve));
  clearTimeout(limit);
  const registeredMs = seen.get('"event":"registered"');
  const firstAudioMs = seen.get('rtp.first-packet');
  if (child.exitCode !== 0 || registeredMs === undefined || firstAudioMs === undefined) {
    throw new Error('the demo did not get through; run "npm run build" and "npx sotto demo"');
  }
  return { registeredMs, firstAudioMs, residentMiB: await resident };
}

/** Resident memory of a process, MiB; `undefined` outside Linux or after its end. */
export async function residentMiB(pid: number | undefined): Promise<number | undefined> {
  const status = await readFile(`/proc/${pid ?? 0}/status`, 'utf8').catch(() => '');
  const kilobytes = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

/** A Node that does nothing for a second: what every program on this run-time costs. Memory in MiB, start in ms. */
export async function measureBareNode(): Promise<{
  readonly startMs: number;
  readonly residentMiB: number | undefined;
}> {
  const started = performance.now();
  const child = spawn(process.execPath, ['-e', 'console.log("up"); setTimeout(() => {}, 1000)'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  const startMs = performance.now() - started;
  const memory = await residentMiB(child.pid);
  await new Promise((resolve) => child.on('close', resolve));
  return { startMs, residentMiB: memory };
}
