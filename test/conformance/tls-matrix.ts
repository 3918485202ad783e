/** Writes `docs/tls-matrix.md` from its table: `npm run tls-matrix`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from '../../build/paths.ts';
import { matrixPage } from '../support/tls-matrix.ts';

await writeFile(join(root, 'docs/tls-matrix.md'), matrixPage());
