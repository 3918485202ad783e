import * as z from 'zod';
import type { RegistrationStore, StoredBinding } from '../pbx/registration-store.ts';
import type { DatabaseSchema, SqliteDatabase } from './sqlite-database.ts';

/** What the switch keeps of registrations. */
export const REGISTRATION_SCHEMA: DatabaseSchema = {
  file: 'registrations.sqlite',
  holds: 'registrations of the switch',
  migrations: [
    `CREATE TABLE bindings (
       user TEXT NOT NULL, key TEXT NOT NULL, expires_at INTEGER NOT NULL, binding TEXT NOT NULL,
       PRIMARY KEY (user, key)
     ) STRICT, WITHOUT ROWID;`,
  ],
};

const socket = z.object({ address: z.string(), port: z.number().int() });
const bindingSchema = z.object({
  user: z.string(),
  key: z.string(),
  contact: z.string(),
  instance: z.string().optional(),
  regId: z.number().int().optional(),
  callId: z.string(),
  sequence: z.number().int(),
  expires: z.number().int(),
  expiresAt: z.number(),
  agent: z.string(),
  q: z.number().optional(),
  path: z.array(z.string()).optional(),
  profile: z.string(),
  protocol: z.enum(['udp', 'tcp', 'tls', 'ws', 'wss']),
  local: socket,
  remote: socket,
});

/** Registrations in a database of their own beside the configuration of the switch. */
export class RegistrationTable implements RegistrationStore {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
  }

  load(now: number): readonly StoredBinding[] {
    this.#database.run('DELETE FROM bindings WHERE expires_at <= ?', now);
    return this.#database.rows('SELECT binding FROM bindings').flatMap(({ binding }) => {
      const read = bindingSchema.safeParse(parseJson(binding));
      return read.success ? [read.data] : [];
    });
  }

  save(binding: StoredBinding): void {
    this.#database.run(
      'INSERT OR REPLACE INTO bindings (user, key, expires_at, binding) VALUES (?, ?, ?, ?)',
      binding.user,
      binding.key,
      Math.round(binding.expiresAt),
      JSON.stringify(binding),
    );
  }

  remove({ user, key }: Pick<StoredBinding, 'user' | 'key'>): void {
    this.#database.run('DELETE FROM bindings WHERE user = ? AND key = ?', user, key);
  }

  close(): void {
    this.#database.close();
  }
}

function parseJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
