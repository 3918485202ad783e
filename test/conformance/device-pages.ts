/** Writes `docs/devices` from the settings of each device: `npm run device-pages`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../build/paths.ts';
import { devicePages } from '../support/device-pages.ts';

const folder = join(root, 'docs/devices');
await mkdir(folder, { recursive: true });
for (const [name, text] of devicePages()) await writeFile(join(folder, name), text);
