import { constants, type Stats } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { diagnoseFile, diagnoseFileError } from './file-diagnosis.ts';

/** A file's content, and what the system knows about the file. */
export interface BoundedFile {
  readonly octets: Buffer;
  readonly status: Stats;
}

/**
 * Reads a file of at most `limit` octets. Folders, devices and pipes are refused and never waited for, and a file that grows
 * meanwhile is cut off with the limit.
 */
export async function readBoundedFile(path: string, limit: number): Promise<Result<BoundedFile, Diagnosis>> {
  try {
    // Without O_NONBLOCK, a named pipe that nobody writes to would hold a thread for ever. Windows has neither.
    await using file = await open(path, constants.O_RDONLY | ((constants.O_NONBLOCK as number | undefined) ?? 0));
    const status = await file.stat();
    if (!status.isFile()) return err(diagnoseFile('file.unreadable', path, { detail: 'not a file' }));
    const octets = Buffer.alloc(Math.min(status.size, limit) + 1);
    let length = 0;
    while (length < octets.length) {
      const { bytesRead } = await file.read(octets, length, octets.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    if (status.size > limit || length > limit) {
      return err(diagnoseFile('file.unreadable', path, { detail: `larger than ${limit} octets` }));
    }
    return ok({ octets: octets.subarray(0, length), status });
  } catch (error) {
    return err(diagnoseFileError(path, error, await describeOwner(path)));
  }
}

/** Whose the file is, for the person who has to mend it; where even that is hidden, nothing. */
async function describeOwner(path: string): Promise<string> {
  const { getuid } = process;
  if (getuid === undefined) return '';
  const status = await stat(path).catch(() => undefined);
  if (status === undefined) return '';
  const mode = (status.mode & 0o777).toString(8).padStart(3, '0');
  return `, mode ${mode} of user ${status.uid} and group ${status.gid}; this program runs as user ${getuid.call(process)}`;
}
