import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Diagnosis } from '../base/diagnosis.ts';
import type { Secret } from '../base/secret.ts';
import { AUTHORITY_FILES, authorityContext, readAuthority } from '../io/authority-files.ts';
import { AUTHORITY_FOLDER, type AuthorityInFolder } from '../io/certificate-setup.ts';
import { diagnoseFileError } from '../io/file-diagnosis.ts';
import { systemClock } from '../io/node-clock.ts';
import { CommandFailure, text, UsageError, type CommandContext } from './command.ts';
import { diagnosisText } from './output.ts';
import { givenPassphrase } from './passphrase.ts';
import { askSecret, canAsk } from './prompt.ts';

/** How often a person may mistype a passphrase. */
const TRIES = 3;

/** The folder of `--dir`; the current one where it was not given. */
export function certificateFolder(context: CommandContext): string {
  return resolve(text(context, 'dir') ?? '.');
}

/** The one positional argument, where it may be left out; throws where there are more. */
export function onePositional(context: CommandContext, name: string): string | undefined {
  const [first, second] = context.positionals;
  if (second !== undefined) throw new UsageError(`only one ${name} can be given, not "${second}" as well`);
  return first;
}

/**
 * The folder of the authority that is responsible for a folder or file: inside the folder, the folder itself, or beside it,
 * as the folders of profiles have it. Where there is none, the place in which it should be.
 */
export async function findAuthorityFolder(start: string): Promise<string> {
  const status = await stat(start).catch(() => undefined);
  const folder = status?.isFile() === true ? dirname(start) : start;
  for (const candidate of [join(folder, AUTHORITY_FOLDER), folder, join(dirname(folder), AUTHORITY_FOLDER)]) {
    for (const name of Object.values(AUTHORITY_FILES)) {
      if (await exists(join(candidate, name))) return candidate;
    }
  }
  return join(folder, AUTHORITY_FOLDER);
}

/**
 * Opens an authority with the passphrase that was given, or that the person at the terminal types. Fails the command where
 * there is none, or it does not open.
 */
export async function openAuthority(context: CommandContext, authorityFolder: string): Promise<AuthorityInFolder> {
  const given = await givenPassphrase(context);
  let read = await tryOpen(authorityFolder, given);
  for (let tries = 0; tries < TRIES && asksForPassphrase(read) && given === undefined && canAsk(); tries++) {
    const typed = await askSecret('Passphrase of the authority: ', context.signal);
    if (typed === undefined) break;
    read = await tryOpen(authorityFolder, typed);
  }
  if (!read.ok) {
    const { code, evidence } = read.error;
    const none = code === 'file.missing' && !(await authorityBegun(authorityFolder));
    throw new CommandFailure(none ? noAuthority(authorityFolder) : { ...read.error, evidence });
  }
  for (const warning of read.value.warnings) warn(context, warning);
  return { authority: read.value.authority, authorityFolder };
}

/** Tells something that should be mended, on the way. */
export function warn({ output }: CommandContext, warning: Diagnosis): void {
  output.event('warning', { ...warning }, diagnosisText(warning).replace('✗', '!'));
}

/** Tells something that a person should know, on the way. */
export function notice({ output }: CommandContext, message: string): void {
  output.event('notice', { message }, `  ${message}`);
}

/** Runs what writes files; its failure is that of the command. */
export async function writing<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new CommandFailure(diagnoseFileError(path, error));
    throw error;
  }
}

/** There is no authority where one is needed, in the words that users of gentls_cert know. */
export function noAuthority(folder: string): Diagnosis {
  return {
    code: 'file.missing',
    side: 'here',
    summary: `No existing CA found in "${folder}", please create one with "sotto cert setup" first.`,
    cure: 'Run sotto cert setup, or say with --dir where the authority is.',
    evidence: { path: folder },
  };
}

function tryOpen(folder: string, passphrase: Secret | undefined): ReturnType<typeof readAuthority> {
  return readAuthority(
    folder,
    authorityContext(() => systemClock.wall()),
    passphrase,
  );
}

function asksForPassphrase(read: Awaited<ReturnType<typeof readAuthority>>): boolean {
  return !read.ok && read.error.code === 'file.passphrase';
}

/** Whether at least one of the two files is there: the other was lost. */
async function authorityBegun(folder: string): Promise<boolean> {
  return (await exists(join(folder, AUTHORITY_FILES.key))) || exists(join(folder, AUTHORITY_FILES.certificate));
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
