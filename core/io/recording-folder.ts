import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recording } from '../api/recordings.ts';
import { AUDIO_RATE } from '../audio/audio-port.ts';
import { WAV_HEADER_OCTETS } from '../audio/wav.ts';
import type { Clock } from '../base/clock.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { randomToken, type Random } from '../base/random.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { RecordingStore } from '../phone/recordings.ts';

/** Longest part of a name that a file name carries. */
const LONGEST_WHO = 64;
/** When it began, in milliseconds since 1970; a token that keeps apart what begins in the same one; with whom. */
const NAME = /^(\d{1,15})\.[A-Za-z0-9.-]{8}\.([^/\\.]*)\.wav$/;
/** Two channels of 16 bits. */
const OCTETS_PER_SECOND = AUDIO_RATE * 4;

/** Recordings as files of one folder, which only its owner can read. */
export class RecordingFolder implements RecordingStore {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #random: Random;

  constructor(folder: string, { clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#folder = folder;
    this.#clock = clock;
    this.#random = random;
  }

  async begin(who: string): Promise<Result<string, Diagnosis>> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      return err(failed(this.#folder, error));
    }
    const name = encodeURIComponent(who.toWellFormed()).replaceAll(/[*.]/g, '_').slice(0, LONGEST_WHO);
    return ok(join(this.#folder, `${this.#clock.wall()}.${randomToken(this.#random, 8)}.${name}.wav`));
  }

  async list(): Promise<readonly Recording[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const found = await Promise.all(names.map((name) => this.#recording(name)));
    return found.filter((recording) => recording !== undefined).sort((a, b) => b.at - a.at);
  }

  async read(name: string, offset: number, length: number): Promise<Result<Uint8Array, Diagnosis>> {
    if (!NAME.test(name)) return err(failed(name, 'no recording'));
    try {
      const file = await open(join(this.#folder, name));
      try {
        const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset);
        return ok(buffer.subarray(0, bytesRead));
      } finally {
        await file.close();
      }
    } catch (error) {
      return err(failed(name, error));
    }
  }

  async remove(name: string): Promise<Result<void, Diagnosis>> {
    if (!NAME.test(name)) return err(failed(name, 'no recording'));
    return rm(join(this.#folder, name), { force: true }).then(
      () => ok(undefined),
      (error: unknown) => err(failed(name, error)),
    );
  }

  async #recording(name: string): Promise<Recording | undefined> {
    const [, at, who = ''] = NAME.exec(name) ?? [];
    const size = await stat(join(this.#folder, name)).then(({ size }) => size, () => undefined); // prettier-ignore
    if (at === undefined || size === undefined) return undefined;
    const seconds = Math.max(0, Math.round((size - WAV_HEADER_OCTETS) / OCTETS_PER_SECOND));
    return { name, who: decoded(who), at: Number(at), seconds, octets: size };
  }
}

/** A name may have been cut in the middle of a letter. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function failed(file: string, error: unknown): Diagnosis {
  const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return {
    code: reason === 'ENOENT' ? 'file.missing' : 'file.unreadable',
    side: 'here',
    summary: 'The recording cannot be read or written.',
    cure: 'Check owner, mode and free space of the data folder.',
    evidence: { file, error: reason },
  };
}
