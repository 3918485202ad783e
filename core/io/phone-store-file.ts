import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LineCounter, parseDocument } from 'yaml';
import * as z from 'zod';
import { settingsSchema } from '../api/state.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import { Secret } from '../base/secret.ts';
import { DEFAULT_SETTINGS } from '../phone/settings.ts';
import { EMPTY_PHONE, type PhoneStore, type StoredPhone } from '../phone/phone-store.ts';
import { writeFileAtomically } from './atomic-file.ts';

const phoneSchema = z.object({
  accounts: z.array(
    z.object({
      id: z.string().min(1).max(64),
      address: z.string().min(3).max(512),
      authorizationUser: z.string().max(256),
      displayName: z.string().max(256),
      server: z.string().max(512),
      transport: z.enum(['udp', 'tcp', 'tls']),
      srtp: z.enum(['mandatory', 'optional', 'off']),
      trust: z.string().max(32_768),
      verify: z.boolean(),
    }),
  ),
  defaultAccountId: z.string().nullable(),
  audio: z.object({ input: z.string().nullable(), output: z.string().nullable() }),
  welcomed: z.boolean(),
  /** Files of earlier versions lack what came later. */
  settings: z
    .record(z.string(), z.unknown())
    .default({})
    .transform((kept) => ({ ...DEFAULT_SETTINGS, ...kept }))
    .pipe(settingsSchema),
});

const secretsSchema = z.record(z.string(), z.object({ password: z.string() }));

/**
 * Settings as JSON in the data folder: `phone.json`, and the passwords apart in `secrets.json`, which only its owner can
 * read. Both are written whole.
 */
export class PhoneStoreFile implements PhoneStore {
  readonly #settings: string;
  readonly #secrets: string;

  constructor(folder: string) {
    this.#settings = join(folder, 'phone.json');
    this.#secrets = join(folder, 'secrets.json');
  }

  async load(): Promise<Result<StoredPhone, Diagnosis>> {
    const settings = await readJson(this.#settings, phoneSchema);
    if (!settings.ok) return settings;
    const secrets = await readJson(this.#secrets, secretsSchema);
    if (!secrets.ok) return secrets;
    if (settings.value === undefined) return ok(EMPTY_PHONE);
    const { accounts, defaultAccountId, audio, welcomed, settings: chosen } = settings.value;
    return ok({
      accounts: accounts.map((account) => ({
        ...account,
        password: new Secret(secrets.value?.[account.id]?.password ?? ''),
      })),
      defaultAccountId: defaultAccountId ?? undefined,
      audio: { input: audio.input ?? undefined, output: audio.output ?? undefined },
      welcomed,
      settings: chosen,
    });
  }

  async save(phone: StoredPhone): Promise<Result<void, Diagnosis>> {
    const secrets = Object.fromEntries(phone.accounts.map(({ id, password }) => [id, { password: password.reveal() }]));
    const settings: z.input<typeof phoneSchema> = {
      accounts: phone.accounts.map(({ password: _password, ...account }) => account),
      defaultAccountId: phone.defaultAccountId ?? null,
      audio: { input: phone.audio.input ?? null, output: phone.audio.output ?? null },
      welcomed: phone.welcomed,
      settings: phone.settings,
    };
    try {
      // Secrets first: an account without its password would be worse than a password without its account.
      await writeFileAtomically(this.#secrets, JSON.stringify(secrets), 0o600);
      await writeFileAtomically(this.#settings, `${JSON.stringify(settings, undefined, 2)}\n`, 0o600);
      return ok(undefined);
    } catch (error) {
      return err({
        code: 'file.unreadable',
        side: 'here',
        summary: 'The settings could not be saved.',
        cure: 'Check the free space of the disk, and owner and mode of the data folder.',
        evidence: { path: this.#settings, error: errorCode(error) },
      });
    }
  }
}

/** `undefined` where the file is not there yet. */
async function readJson<S extends z.ZodType>(
  path: string,
  schema: S,
): Promise<Result<z.infer<S> | undefined, Diagnosis>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return ok(undefined);
    return err({
      code: 'file.unreadable',
      side: 'here',
      summary: 'The settings cannot be read.',
      cure: 'Check owner and mode of the file.',
      evidence: { path, error: errorCode(error) },
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return err(broken(path, placeOfMistake(text)));
  }
  const checked = schema.safeParse(json);
  if (checked.success) return ok(checked.data);
  const issue = checked.error.issues[0];
  return err(broken(path, { field: issue?.path.join('.') ?? '', expected: issue?.message ?? '' }));
}

/** Where JSON breaks off; empty where that cannot be told. The error of `JSON.parse` knows only sometimes, and quotes. */
function placeOfMistake(text: string): Record<string, number> {
  const lines = new LineCounter();
  const [mistake] = parseDocument(text, { lineCounter: lines, prettyErrors: false }).errors;
  if (mistake === undefined) return {};
  const { line, col } = lines.linePos(mistake.pos[0]);
  return { line, column: col };
}

function broken(path: string, place: Record<string, string | number>): Diagnosis {
  return {
    code: 'config.invalid',
    side: 'here',
    summary: 'The settings are broken.',
    cure: 'Mend the file at the place named, or move it away to begin with empty settings.',
    evidence: { path, ...place },
  };
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
