/**
 * The file of a thread or process that is started from beside a module, written in the same language: source or compiled.
 * Where the program is packed into an archive of Electron's it is the copy outside of it.
 */
export function entryBeside(moduleUrl: string, name: string): URL {
  const extension = moduleUrl.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./${name}.${extension}`, outsideArchive(moduleUrl));
}

/** Electron reads files in its archive, threads and other programs do not: what they need lies beside it, too. */
export function outsideArchive(url: string): string {
  return url.replace('/app.asar/', '/app.asar.unpacked/');
}
