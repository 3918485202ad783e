import { access, constants, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
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

/**
 * Makes the folder where it is missing (mode 700), and takes it for this process. The lock is one that the system holds, so
 * it ends with its owner, however that ends.
 */
export async function openDataFolder(path: string): Promise<Result<DataFolder, Diagnosis>> {
  let lock: DatabaseSync;
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK);
    lock = new DatabaseSync(join(path, 'lock.sqlite'));
  } catch (error) {
    return err(notWritable(path, error));
  }
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    return err(isBusy(error) ? inUse(path) : notWritable(path, error));
  }
  return ok({
    path,
    release: () => {
      lock.close();
      return Promise.resolve();
    },
  });
}

/** SQLITE_BUSY: somebody else holds the lock. */
function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === 5;
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

function inUse(path: string): Diagnosis {
  return {
    code: 'config.conflict',
    side: 'here',
    summary: 'Sotto is already running with this data folder.',
    cure: 'Use the window that is open, or choose another folder with --data.',
    evidence: { path },
  };
}
