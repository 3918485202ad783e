#!/usr/bin/env node
// Starts the command `sotto` on the Node that the project names, whichever Node found this file: it must parse under Node 20.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { constants, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const OLDEST_MAJOR = 24;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const built = join(root, 'dist/core/cli/main.js');
const program = existsSync(built) ? built : join(root, 'core/cli/main.ts');

if (Number(process.versions.node.split('.')[0]) >= OLDEST_MAJOR) {
  module.enableCompileCache(compileCache());
  const { main } = await import(pathToFileURL(program).href);
  process.exitCode = await main(process.argv.slice(2));
} else {
  runAgain(ownNode());
}

/** Compiled code from the last start halves the time of the next; in a folder of the user's own, where nobody can plant any. */
function compileCache() {
  const { LOCALAPPDATA, XDG_CACHE_HOME } = process.env;
  if (process.platform === 'win32') return join(LOCALAPPDATA ?? homedir(), 'Sotto', 'cache');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'Sotto');
  return join(XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'sotto');
}

/** The `node` package's program; `undefined` where it is not installed. */
function ownNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve('node/package.json'));
    return ['bin/node', 'bin/node.exe'].map((name) => join(folder, name)).find((path) => existsSync(path));
  } catch {
    return undefined;
  }
}

/** Runs this file on another Node: same arguments and streams, signals passed on, and ends as it ends. */
function runAgain(node) {
  if (node === undefined) {
    console.error(
      `sotto needs Node ${OLDEST_MAJOR} or later; this is ${process.version}. Run "npm install" in ${root} to get it.`,
    );
    process.exitCode = 2;
    return;
  }
  const child = spawn(node, process.argv.slice(1), { stdio: 'inherit' });
  // Ctrl-C reaches both through the terminal; a second copy would look like somebody insisting.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}
