import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCliHere } from '../../support/cli-here.ts';
import { installed } from '../../support/external-program.ts';

const PROGRAM = fileURLToPath(new URL('../../support/cli-program.ts', import.meta.url));
const LIMIT_MS = 30_000;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sotto-prompt-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

interface TerminalEnd {
  readonly code: number | null;
  readonly screen: string;
  /** The command line that the system showed when the first question stood on the screen. */
  readonly commandLine: string;
}

/** Runs `sotto cert ...` on a terminal, and types each answer when its question has appeared. */
function onTerminal(args: readonly string[], answers: readonly (readonly [RegExp, string])[]): Promise<TerminalEnd> {
  const command = [process.execPath, PROGRAM, 'cli', 'cert', ...args].map((word) => `'${word}'`).join(' ');
  return new Promise((resolve) => {
    const child = spawn('script', ['-qec', `exec ${command}`, '/dev/null'], { stdio: 'pipe' });
    const timer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
    let [screen, unanswered, commandLine] = ['', '', ''];
    const left = [...answers];
    child.stdout.on('data', (chunk: Buffer) => {
      screen += String(chunk);
      unanswered += String(chunk);
      const next = left[0];
      if (next?.[0].test(unanswered) !== true) return;
      left.shift();
      unanswered = '';
      void commandLineBelow(child.pid ?? 0).then((line) => {
        commandLine ||= line;
        child.stdin.write(next[1]);
      });
    });
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, screen, commandLine });
    });
  });
}

/** The command line of the program that runs on the terminal of `script`. */
async function commandLineBelow(pid: number): Promise<string> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const [child] = children.trim().split(' ');
  return readFile(`/proc/${child ?? ''}/cmdline`, 'utf8').catch(() => '');
}

const RETURN = '\r';
const CTRL_C = '\u0003';

describe.skipIf(process.platform !== 'linux' || !installed('script'))('sotto cert at a terminal', () => {
  it('removes the authority for YES and for nothing else', async () => {
    await runCliHere(['cert', 'setup', '-cn', 'A', '--dir', folder]);
    const no = await onTerminal(['remove', '--dir', folder], [[/YES to delete/, `yes${RETURN}`]]);
    expect([no.code, no.screen]).toEqual([0, expect.stringContaining('Not deleting CA')]);
    expect(await readdir(join(folder, 'CA'))).toContain('cakey.pem');
    const yes = await onTerminal(['remove', '--dir', folder], [[/YES to delete/, `YES${RETURN}`]]);
    expect(yes.code).toBe(0);
    expect(await readdir(folder)).toEqual(['cafile.pem']);
  });

  it('asks for the passphrase again where it was wrong, and never shows it; Ctrl-C ends the question', async () => {
    await runCliHere(['cert', 'setup', '-cn', 'A', '--passphrase', 'hunter2', '--dir', folder]);
    const create = ['create_server', '-cn', 'a.example', '--dir', folder];
    const made = await onTerminal(create, [
      [/Passphrase/, `wrong-one${RETURN}`],
      [/Passphrase/, `hunter2${RETURN}`],
    ]);
    expect([made.code, made.screen]).toEqual([0, expect.stringContaining('agent.pem')]);
    expect(made.screen).not.toMatch(/hunter2|wrong-one/);
    expect((await onTerminal(create, [[/Passphrase/, CTRL_C]])).code).toBe(130);
  });

  it('takes a passphrase away from the list of processes', async () => {
    await runCliHere(['cert', 'setup', '-cn', 'A', '--dir', folder]);
    await runCliHere(['cert', 'create_server', '-cn', 'a.example', '--dir', folder]);
    const args = ['export', '--format', 'pkcs12', '--key-passphrase', 'planted-0815', '--dir', folder];
    const end = await onTerminal(args, [[/Password/, `secret${RETURN}`]]);
    expect([end.code, end.screen]).toEqual([0, expect.stringContaining('agent.p12')]);
    expect(end.commandLine).toContain('sotto cert');
    expect(end.commandLine).not.toContain('planted-0815');
  });
});
