import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Timer } from '../base/clock.ts';
import { readBoundedFile } from './bounded-file.ts';
import { FOLDER_FILES } from './certificate-files.ts';

/** How often the files are looked at; a change is in force after at most two looks. */
const LOOK_EVERY_MS = 2000;
const LARGEST_FILE = 1024 * 1024;

interface WatchedFolder {
  readonly folder: string;
  /** What the files looked like to the system, so that they are read only after a change. */
  status: string;
  /** What was in them; of the last change that was told. */
  content: string;
  /** A change that has been seen once. */
  pending: string | undefined;
}

/**
 * Watches certificate folders and tells when what is in them has changed, and has then stayed the same for one look: files
 * that are still being written, one after the other, are waited for. It looks instead of being told by the system, because
 * that works on every file system, through links, and where a whole folder is replaced.
 */
export class CertificateWatcher {
  readonly #clock: Clock;
  readonly #onChange: (key: string) => void;
  readonly #folders: ReadonlyMap<string, WatchedFolder>;
  #timer: Timer | undefined;
  #closed = false;

  private constructor(clock: Clock, folders: ReadonlyMap<string, WatchedFolder>, onChange: (key: string) => void) {
    this.#clock = clock;
    this.#folders = folders;
    this.#onChange = onChange;
    this.#arm();
  }

  /** Starts from what the folders hold now; `folders` has a path for each key that `onChange` is told. */
  static async start(
    clock: Clock,
    folders: ReadonlyMap<string, string>,
    onChange: (key: string) => void,
  ): Promise<CertificateWatcher> {
    const watched = new Map<string, WatchedFolder>();
    for (const [key, folder] of folders) {
      const status = await statusOf(folder);
      watched.set(key, { folder, status, content: await contentOf(folder), pending: undefined });
    }
    return new CertificateWatcher(clock, watched, onChange);
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #arm(): void {
    this.#timer = this.#clock.after(LOOK_EVERY_MS, () => {
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    for (const [key, watched] of this.#folders) {
      const changed = await look(watched);
      if (this.#closed) return;
      if (changed) this.#onChange(key);
    }
    this.#arm();
  }
}

async function look(watched: WatchedFolder): Promise<boolean> {
  const status = await statusOf(watched.folder);
  if (status === watched.status && watched.pending === undefined) return false;
  watched.status = status;
  const content = await contentOf(watched.folder);
  if (content === watched.content) {
    watched.pending = undefined;
    return false;
  }
  if (content !== watched.pending) {
    watched.pending = content;
    return false;
  }
  watched.content = content;
  watched.pending = undefined;
  return true;
}

async function statusOf(folder: string): Promise<string> {
  const parts: string[] = [];
  for (const name of Object.values(FOLDER_FILES)) {
    const status = await stat(join(folder, name)).catch(() => undefined);
    parts.push(status === undefined ? '-' : [status.ino, status.size, status.mtimeMs, status.ctimeMs].join(' '));
  }
  return parts.join('|');
}

/** Who may read a file counts as well: the change may be that it can be read now, or by too many. */
async function contentOf(folder: string): Promise<string> {
  const parts: string[] = [];
  for (const name of Object.values(FOLDER_FILES)) {
    const file = await readBoundedFile(join(folder, name), LARGEST_FILE);
    if (!file.ok) {
      parts.push(`${file.error.code} ${String(file.error.evidence.detail)}`);
      continue;
    }
    const { mode, uid } = file.value.status;
    parts.push([createHash('sha256').update(file.value.octets).digest('hex'), mode, uid].join(' '));
  }
  return parts.join('|');
}
