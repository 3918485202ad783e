import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { randomToken, type Random } from '../base/random.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { MailboxStore, VoicemailDraft, VoicemailMessage } from '../pbx/applications/voicemail.ts';

/** Longest part of a caller's name that a file name carries. */
const LONGEST_CALLER = 64;
/** Time, a token that keeps apart what comes in the same millisecond (which may have points in it), caller. */
const NAME = /^(\d{1,15})\.[^/\\]{8}\.([^/\\]*)\.wav$/;

/**
 * Mailboxes as folders, in the manner of Maildir: a message is written in `tmp`, becomes one by moving to `new`, and lies in
 * `cur` once it was heard. A move happens or does not, so that no crash loses a message or leaves half of one.
 */
export class VoicemailFolder implements MailboxStore {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(folder: string, { clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#folder = folder;
    this.#clock = clock;
    this.#random = random;
  }

  /** Makes messages of what was being recorded when the switch ended; before anybody is recorded. */
  async recover(): Promise<void> {
    for (const mailbox of await namesIn(this.#folder)) {
      for (const name of await namesIn(this.#in(mailbox, 'tmp'))) {
        if (NAME.test(name)) await rename(this.#in(mailbox, 'tmp', name), this.#in(mailbox, 'new', name)).catch(() => undefined); // prettier-ignore
      }
    }
  }

  async list(mailbox: string): Promise<readonly VoicemailMessage[]> {
    const parts = await Promise.all(
      (['new', 'cur'] as const).map(async (part) =>
        (await namesIn(this.#in(mailbox, part))).flatMap((name) => this.#message(mailbox, part, name)),
      ),
    );
    return parts.flat().sort((a, b) => a.leftAt - b.leftAt);
  }

  async begin(mailbox: string, from: string): Promise<Result<VoicemailDraft, Diagnosis>> {
    const caller = encodeURIComponent(from.toWellFormed()).replaceAll(/[*.]/g, '_').slice(0, LONGEST_CALLER);
    const name = `${this.#clock.wall()}.${randomToken(this.#random, 8)}.${caller}.wav`;
    const [draft, message] = [this.#in(mailbox, 'tmp', name), this.#in(mailbox, 'new', name)];
    try {
      for (const part of ['tmp', 'new', 'cur']) await mkdir(this.#in(mailbox, part), { recursive: true, mode: 0o700 });
    } catch (error) {
      return err(notSaved(mailbox, error));
    }
    return ok({
      path: draft,
      keep: () => rename(draft, message).then(() => ok(undefined), (error: unknown) => err(notSaved(mailbox, error))), // prettier-ignore
      discard: () => rm(draft, { force: true }).catch(() => undefined),
    });
  }

  async markHeard(mailbox: string, id: string): Promise<void> {
    if (NAME.test(id)) await rename(this.#in(mailbox, 'new', id), this.#in(mailbox, 'cur', id)).catch(() => undefined);
  }

  async remove(mailbox: string, id: string): Promise<void> {
    if (!NAME.test(id)) return;
    for (const part of ['new', 'cur']) await rm(this.#in(mailbox, part, id), { force: true }).catch(() => undefined);
  }

  #message(mailbox: string, part: 'new' | 'cur', name: string): VoicemailMessage[] {
    const [, leftAt, caller] = NAME.exec(name) ?? [];
    if (leftAt === undefined || caller === undefined) return [];
    const path = this.#in(mailbox, part, name);
    return [{ id: name, from: decoded(caller), leftAt: Number(leftAt), heard: part === 'cur', path }];
  }

  /** Names of users have no separators; that is asked of the configuration. */
  #in(mailbox: string, ...path: readonly string[]): string {
    return join(this.#folder, mailbox, ...path);
  }
}

/** Nothing where the folder is not there. */
async function namesIn(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => []);
}

/** A name that was cut in the middle of an escape stays as it is. */
function decoded(caller: string): string {
  try {
    return decodeURIComponent(caller);
  } catch {
    return caller;
  }
}

function notSaved(mailbox: string, error: unknown): Diagnosis {
  return {
    code: 'file.unreadable',
    side: 'here',
    summary: `A message for ${mailbox} could not be saved.`,
    cure: 'Check owner, mode and free space of the folder with the mailboxes.',
    evidence: { mailbox, error: error instanceof Error && 'code' in error ? String(error.code) : String(error) },
  };
}
