import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { node } from '../paths.ts';

/**
 * A folder that electron-builder takes for Electron's on Linux: Node in the place of its program. What is packed with it
 * runs the command line and has no window: it proves the packing where Electron itself cannot be had.
 */
export function makeStandInElectron(folder: string, version: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'resources'), { recursive: true });
  mkdirSync(join(folder, 'locales'));
  copyFileSync(node, join(folder, 'electron'));
  writeFileSync(join(folder, 'chrome-sandbox'), '');
  for (const program of ['electron', 'chrome-sandbox']) chmodSync(join(folder, program), 0o755);
  writeFileSync(join(folder, 'version'), version);
  writeFileSync(join(folder, 'LICENSE'), '');
  return folder;
}
