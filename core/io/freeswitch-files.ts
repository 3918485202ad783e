import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { diagnoseFileError } from './file-diagnosis.ts';

/** A FreeSWITCH configuration as its own preprocessor would hand it to its XML parser: one document. */
export interface FreeswitchText {
  readonly text: string;
  /** What `set` directives left, by name. */
  readonly variables: ReadonlyMap<string, string>;
  /** Directives that were not followed, and why: a sentence each. */
  readonly notes: readonly string[];
}

const MOST_FILES = 5000;
const MOST_OCTETS = 64 * 1024 * 1024;
const DEEPEST = 20;

/** A directive; it counts inside comments, too, as it does in FreeSWITCH. */
const DIRECTIVE = /<X-PRE-PROCESS\s+cmd\s*=\s*"([^"]*)"\s+data\s*=\s*"([^"]*)"\s*\/?>(?:\s*<\/X-PRE-PROCESS>)?/gi;

/**
 * Reads `freeswitch.xml` of a configuration folder and what it includes, with `$${variables}` filled in. Nothing is run
 * (`exec-set`), asked of a server (`stun-set`) or read outside of the folder.
 */
export async function readFreeswitchFolder(
  folder: string,
  given: Readonly<Record<string, string>>,
): Promise<Result<FreeswitchText, Diagnosis>> {
  const root = resolve(folder);
  const variables = new Map(Object.entries({ conf_dir: root, certs_dir: join(root, 'tls'), ...given }));
  const notes: string[] = [];
  let files = 0;
  let octets = 0;

  const expand = (text: string): string => text.replaceAll(/\$\$\{([^}]*)\}/g, (_, name: string) => variables.get(name) ?? ''); // prettier-ignore

  async function include(file: string, depth: number): Promise<string> {
    files++;
    octets += (await stat(file)).size;
    if (files > MOST_FILES || octets > MOST_OCTETS || depth > DEEPEST) throw new TooMuch();
    const text = (await readFile(file, 'utf8')).replace(/^\s*<\?xml[^>]*\?>/, '');
    let out = '';
    let end = 0;
    for (const found of text.matchAll(DIRECTIVE)) {
      out += expand(text.slice(end, found.index));
      end = found.index + found[0].length;
      out += await follow(found[1] ?? '', expand(found[2] ?? ''), dirname(file), depth);
    }
    return out + expand(text.slice(end));
  }

  async function follow(command: string, data: string, here: string, depth: number): Promise<string> {
    if (command === 'set') {
      const [name = '', ...value] = data.split('=');
      variables.set(name.trim(), value.join('='));
      return '';
    }
    if (command !== 'include') {
      notes.push(`X-PRE-PROCESS ${command} was not followed: ${data.slice(0, 120)}`);
      return '';
    }
    let out = '';
    for (const file of await matching(resolve(here, data))) {
      if (relative(root, file).startsWith('..')) notes.push(`${file} is outside of the configuration and was not read`);
      else out += await include(file, depth + 1);
    }
    return out;
  }

  const main = join(root, 'freeswitch.xml');
  try {
    return ok({ text: await include(main, 0), variables, notes });
  } catch (error) {
    if (!(error instanceof TooMuch)) return err(diagnoseFileError(main, error));
    return err({
      code: 'config.invalid',
      side: 'here',
      summary: 'The FreeSWITCH configuration is too large, or includes itself.',
      cure: `Check its includes; at most ${MOST_FILES} files, ${DEEPEST} deep, are read.`,
      evidence: { folder: root, files, octets },
    });
  }
}

class TooMuch extends Error {}

/** The files that a pattern with `*` in its last part names, in order; none where there is no such folder. */
async function matching(pattern: string): Promise<readonly string[]> {
  const folder = dirname(pattern);
  const parts = basename(pattern).split('*');
  const names = await readdir(folder).catch(() => []);
  const fits = (name: string): boolean => {
    if (parts.length === 1) return name === parts[0];
    let position = 0;
    for (const [index, part] of parts.entries()) {
      const found = index === parts.length - 1 ? name.length - part.length : name.indexOf(part, position);
      if (found < position || (index === 0 && found !== 0) || !name.startsWith(part, found)) return false;
      position = found + part.length;
    }
    return true;
  };
  return names.filter(fits).sort().map((name) => join(folder, name)); // prettier-ignore
}
