import { existsSync } from 'node:fs';
import { outsideArchive } from '../io/entry-file.ts';

/** The folder with package.json and resources/: two levels up in the sources, three in `dist/`. Ends with a slash. */
export function packageRoot(): URL {
  let folder = new URL('../', outsideArchive(import.meta.url));
  for (let level = 0; level < 4; level++) {
    if (existsSync(new URL('package.json', folder))) return folder;
    folder = new URL('../', folder);
  }
  throw new Error('package.json is missing: the installation is incomplete');
}
