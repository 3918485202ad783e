import { randomBytes } from 'node:crypto';
import { link, open, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Whom a file shall belong to. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Replaces a file whole: the new content goes to a file beside it, of the given mode and owner from the first octet on, and
 * takes the old one's place once it is on the disk. A crash leaves either the old file or the new one. Throws what the
 * system says; an owner that the system does not let us set is left as it is.
 */
export function writeFileAtomically(
  path: string,
  content: string | Uint8Array,
  mode: number,
  owner?: FileOwner,
): Promise<void> {
  return placeFile(path, { content, mode, owner }, rename);
}

/** The same for a file that must not be there yet: of several processes one succeeds, the others get `EEXIST`. */
export function createFileAtomically(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  return placeFile(path, { content, mode, owner: undefined }, async (beside) => {
    await link(beside, path);
    await unlink(beside);
  });
}

interface NewFile {
  readonly content: string | Uint8Array;
  readonly mode: number;
  readonly owner: FileOwner | undefined;
}

async function placeFile(
  path: string,
  { content, mode, owner }: NewFile,
  place: (beside: string, path: string) => Promise<void>,
): Promise<void> {
  // A name that nobody can know beforehand, and none that is taken: no other file or link is ever written through.
  const beside = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.new`);
  try {
    const file = await open(beside, 'wx', mode);
    try {
      if (owner !== undefined) await file.chown(owner.uid, owner.gid).catch(() => undefined);
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await place(beside, path);
  } catch (error) {
    await unlink(beside).catch(() => undefined);
    throw error;
  }
}
