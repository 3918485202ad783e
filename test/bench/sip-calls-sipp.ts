import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../support/free-port.ts';

/** Calls that SIPp is allowed to make in a second: more than it can. */
const UNLIMITED = '100000';
const AT_ONCE = '50';
const GIVE_UP_S = 60;

/** The version of SIPp; `undefined` where it is not installed. */
export function sippVersion(): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile('sipp', ['-v'], (_error, stdout) => {
      resolve(/SIPp (v[\d.]+)/.exec(stdout)?.[1]);
    });
  });
}

/** A SIPp that takes calls by UDP until it took `count`; `seconds` is the processor time that it spent. */
export async function sippCallee(
  count: number,
  at?: number,
): Promise<{ readonly port: number; readonly seconds: Promise<number> }> {
  const port = at ?? (await freePort());
  const seconds = runSipp(['-sn', 'uas', '-i', '127.0.0.1', '-p', String(port), '-m', String(count)]);
  // It does not say when it is ready; the first INVITE is sent again half a second later at the latest.
  return { port, seconds };
}

/** A SIPp that makes `count` calls to a port by UDP, 50 at once; the processor time that it spent, in seconds. */
export async function sippCaller(target: number, count: number, number = 'service'): Promise<number> {
  const port = String(await freePort());
  return runSipp([
    '-sn', 'uac', `127.0.0.1:${target}`, '-i', '127.0.0.1', '-p', port, '-m', String(count), '-l', AT_ONCE,
    '-r', UNLIMITED, '-d', '0', '-s', number,
  ]); // prettier-ignore
}

async function runSipp(args: readonly string[]): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'sipp-'));
  try {
    return await new Promise((resolve, reject) => {
      // The shell's own clock: nothing else tells the processor time of a program that has ended.
      const shell = spawn(
        'bash',
        ['-c', `TIMEFORMAT='%U %S'; time timeout ${GIVE_UP_S} sipp "$@" -nostdin >/dev/null 2>&1`, 'sipp', ...args],
        { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
      );
      let text = '';
      shell.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
      shell.once('error', reject);
      shell.once('close', (code) => {
        const times = text.trim().split(/\s+/).map(Number);
        // 1: some calls failed. On a busy machine a message that is sent again is one that SIPp's script does not know.
        if (code === 0 || code === 1) resolve((times[0] ?? 0) + (times[1] ?? 0));
        else reject(new Error(`sipp ended with ${code ?? 'a signal'}`));
      });
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
