import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './paths.ts';
import { runNode } from './program.ts';

const folder = join(root, 'node_modules/electron');

/**
 * Electron's program file, `undefined` where it has not been fetched. Looks only: `import 'electron'` outside of Electron
 * would start to download it.
 */
export function electronBinary(): string | undefined {
  const pointer = join(folder, 'path.txt');
  if (!existsSync(pointer)) return undefined;
  const binary = join(folder, 'dist', readFileSync(pointer, 'utf8').trim());
  return existsSync(binary) ? binary : undefined;
}

/** The same, after trying to fetch it: its package comes without it, and asks for it when first used. */
export async function fetchElectronBinary(): Promise<string | undefined> {
  const present = electronBinary();
  if (present !== undefined) return present;
  console.error('Fetching Electron (once, about 120 MB)');
  await runNode([join(folder, 'install.js')], { output: 'keep', limitSeconds: 600 });
  return electronBinary();
}
