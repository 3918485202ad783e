import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top folder of the project, absolute. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The Node that the lock file names: it strips types, whatever the machine itself has. */
export const node = firstThatExists(
  [join(root, 'node_modules/node/bin/node'), join(root, 'node_modules/node/bin/node.exe')],
  process.execPath,
);

/** The start file of a tool among the development dependencies, to be run with {@link node}. */
export const tools = {
  tsc: join(root, 'node_modules/typescript/bin/tsc'),
  eslint: join(root, 'node_modules/eslint/bin/eslint.js'),
  prettier: join(root, 'node_modules/prettier/bin/prettier.cjs'),
  knip: join(root, 'node_modules/knip/bin/knip.js'),
  vite: join(root, 'node_modules/vite/bin/vite.js'),
  vitest: join(root, 'node_modules/vitest/vitest.mjs'),
} as const;

function firstThatExists(paths: readonly string[], otherwise: string): string {
  return paths.find((path) => existsSync(path)) ?? otherwise;
}
