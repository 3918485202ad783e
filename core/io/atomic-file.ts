import { open, rename, unlink } from 'node:fs/promises';
import { dirname, join, basename } from 'node:path';

/**
 * Replaces a file whole: the new text goes to a file beside it, of the given mode from the first octet on, and takes the
 * old one's place once it is on the disk. A crash leaves either the old file or the new one. Throws what the system says.
 */
export async function writeFileAtomically(path: string, text: string, mode: number): Promise<void> {
  const beside = join(dirname(path), `.${basename(path)}.${process.pid}.new`);
  try {
    const file = await open(beside, 'w', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await unlink(beside).catch(() => undefined);
    throw error;
  }
}
