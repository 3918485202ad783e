import { access, constants, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';

/** A data folder that this process alone uses. */
export interface DataFolder {
  readonly path: string;
  /** Lets the next process in. */
  release(): Promise<void>;
}

/** Where the phone keeps its things where nobody said otherwise: by the rules of each system. */
export function defaultDataFolder(): string {
  const { APPDATA, XDG_CONFIG_HOME } = process.env;
  if (process.platform === 'win32') return join(APPDATA ?? join(homedir(), 'AppData', 'Roaming'), 'Sotto');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Sotto');
  return join(XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'sotto');
}

/** Makes the folder where it is missing (mode 700), and takes it for this process. A dead owner's lock is void. */
export async function openDataFolder(path: string): Promise<Result<DataFolder, Diagnosis>> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    return err(notWritable(path, error));
  }
  const lock = join(path, 'lock');
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const file = await open(lock, 'wx', 0o600);
      await file.writeFile(String(process.pid));
      await file.close();
      return ok({ path, release: () => unlink(lock).catch(() => undefined) });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) return err(notWritable(path, error));
    }
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''));
    if (isAlive(owner)) return err(inUse(path, owner));
    await unlink(lock).catch(() => undefined);
  }
  return err(inUse(path, 0));
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive although we may not signal it.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function notWritable(path: string, error: unknown): Diagnosis {
  return {
    code: 'file.unreadable',
    side: 'here',
    summary: 'The data folder cannot be written.',
    cure: 'Check its owner and mode, or choose another one with --data.',
    evidence: { path, error: error instanceof Error && 'code' in error ? String(error.code) : 'unknown' },
  };
}

function inUse(path: string, pid: number): Diagnosis {
  return {
    code: 'config.conflict',
    side: 'here',
    summary: 'Sotto is already running with this data folder.',
    cure: 'Use the window that is open, or choose another folder with --data.',
    evidence: { path, pid },
  };
}
