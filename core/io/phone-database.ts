import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';

/** A row as SQLite gives it. */
export type DatabaseRow = Readonly<Record<string, SQLOutputValue>>;

/** Each version of the schema as what leads to it from the one before. A version that was shipped never changes. */
const MIGRATIONS = [
  `CREATE TABLE calls (
     row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL, account TEXT NOT NULL,
     direction TEXT NOT NULL, address TEXT NOT NULL, name TEXT NOT NULL, keys TEXT NOT NULL,
     started_at INTEGER NOT NULL, day INTEGER NOT NULL, connected_at INTEGER, ended_at INTEGER,
     outcome TEXT NOT NULL, code TEXT, security TEXT NOT NULL,
     seen INTEGER NOT NULL DEFAULT 0, removed INTEGER NOT NULL DEFAULT 0, folded TEXT NOT NULL
   ) STRICT;
   CREATE INDEX calls_newest ON calls (removed, started_at DESC, row DESC);
   CREATE INDEX calls_outcome ON calls (removed, outcome, started_at DESC, row DESC);
   CREATE INDEX calls_unseen ON calls (outcome, seen) WHERE seen = 0 AND removed = 0;
   CREATE INDEX calls_days ON calls (removed, day DESC);
   CREATE VIRTUAL TABLE calls_text USING fts5 (folded, content = 'calls', content_rowid = 'row', tokenize = 'trigram');
   CREATE TRIGGER calls_added AFTER INSERT ON calls BEGIN
     INSERT INTO calls_text (rowid, folded) VALUES (new.row, new.folded);
   END;
   CREATE TRIGGER calls_gone AFTER DELETE ON calls BEGIN
     INSERT INTO calls_text (calls_text, rowid, folded) VALUES ('delete', old.row, old.folded);
   END;
   CREATE TABLE contacts (
     row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, favourite INTEGER NOT NULL,
     notes TEXT NOT NULL, addresses TEXT NOT NULL, sorted TEXT NOT NULL, removed INTEGER NOT NULL DEFAULT 0,
     folded TEXT NOT NULL
   ) STRICT;
   CREATE INDEX contacts_sorted ON contacts (removed, favourite DESC, sorted, row);
   CREATE TABLE contact_keys (key TEXT NOT NULL, contact INTEGER NOT NULL, PRIMARY KEY (key, contact)) STRICT, WITHOUT ROWID;
   CREATE INDEX contact_keys_contact ON contact_keys (contact);
   CREATE VIRTUAL TABLE contacts_text USING fts5 (folded, content = 'contacts', content_rowid = 'row', tokenize = 'trigram');
   CREATE TRIGGER contacts_added AFTER INSERT ON contacts BEGIN
     INSERT INTO contacts_text (rowid, folded) VALUES (new.row, new.folded);
   END;
   CREATE TRIGGER contacts_gone AFTER DELETE ON contacts BEGIN
     INSERT INTO contacts_text (contacts_text, rowid, folded) VALUES ('delete', old.row, old.folded);
     DELETE FROM contact_keys WHERE contact = old.row;
   END;
   CREATE TRIGGER contacts_changed AFTER UPDATE OF folded ON contacts BEGIN
     INSERT INTO contacts_text (contacts_text, rowid, folded) VALUES ('delete', old.row, old.folded);
     INSERT INTO contacts_text (rowid, folded) VALUES (new.row, new.folded);
   END;`,
] as const;

/**
 * What the phone keeps in SQLite, in `phone.sqlite` of the data folder. It can always be used: where the file cannot, the
 * database is in memory, and {@link trouble} says why.
 */
export class PhoneDatabase {
  /** What was wrong with the file, until the next start. */
  readonly trouble: Diagnosis | undefined;
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(database: DatabaseSync, path: string, trouble: Diagnosis | undefined) {
    this.#database = database;
    this.#path = path;
    this.trouble = trouble;
  }

  /**
   * Opens the file, and brings it to this version's schema. A file that is broken is moved aside and begun anew; one of a newer
   * version, or one that cannot be used, is left alone.
   */
  static open(folder: string): PhoneDatabase {
    const path = join(folder, 'phone.sqlite');
    try {
      return new PhoneDatabase(openFile(path), path, undefined);
    } catch (error) {
      if (error instanceof NewerSchema) return PhoneDatabase.inMemory(newer(path, error.version));
      if (!isBroken(error)) return PhoneDatabase.inMemory(notWritable(path, error));
    }
    try {
      const aside = `${path}.broken-${Date.now()}`;
      renameSync(path, aside);
      for (const rest of ['-wal', '-shm']) rmSync(`${path}${rest}`, { force: true });
      return new PhoneDatabase(openFile(path), path, movedAside(path, aside));
    } catch (error) {
      return PhoneDatabase.inMemory(notWritable(path, error));
    }
  }

  /** One that lives as long as the program. */
  static inMemory(trouble?: Diagnosis): PhoneDatabase {
    const database = new DatabaseSync(':memory:');
    migrate(database);
    return new PhoneDatabase(database, ':memory:', trouble);
  }

  /** Rows of a query; none where it cannot be read. */
  rows(sql: string, ...values: SQLInputValue[]): DatabaseRow[] {
    try {
      return this.#statement(sql).all(...values);
    } catch {
      return [];
    }
  }

  /** Changes something: whole, or not at all with the reason. */
  write(change: (run: (sql: string, ...values: SQLInputValue[]) => number) => void): Result<void, Diagnosis> {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      change((sql, ...values) => Number(this.#statement(sql).run(...values).changes));
      this.#database.exec('COMMIT');
      return ok(undefined);
    } catch (error) {
      try {
        this.#database.exec('ROLLBACK');
      } catch {
        // What filled the disk has ended the transaction already.
      }
      return err(notWritable(this.#path, error));
    }
  }

  close(): void {
    this.#database.close();
  }

  #statement(sql: string): StatementSync {
    const prepared = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, prepared);
    return prepared;
  }
}

/** Words of a search as a condition on the table's folded text; its values come in the same order. */
export function textCondition(
  table: 'calls' | 'contacts',
  words: readonly string[],
): { readonly sql: string; readonly values: readonly string[] } {
  // An index of three letters each knows nothing of shorter words.
  const long = words.filter((word) => Array.from(word).length >= 3);
  const short = words.filter((word) => Array.from(word).length < 3);
  const match = long.map((word) => `"${word.replaceAll('"', '""')}"`).join(' AND ');
  return {
    sql: [
      ...(long.length > 0 ? [`row IN (SELECT rowid FROM ${table}_text WHERE ${table}_text MATCH ?)`] : []),
      ...short.map(() => 'instr(folded, ?) > 0'),
    ].map((condition) => ` AND ${condition}`).join(''), // prettier-ignore
    values: long.length > 0 ? [match, ...short] : short,
  };
}

class NewerSchema extends Error {
  readonly version: number;

  constructor(version: number) {
    super('newer schema');
    this.version = version;
  }
}

function openFile(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;');
    const [verdict] = database.prepare('PRAGMA quick_check(1)').all();
    if (verdict?.quick_check !== 'ok') throw new Error('broken');
    migrate(database);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function migrate(database: DatabaseSync): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version > MIGRATIONS.length) throw new NewerSchema(version);
  for (const [index, migration] of MIGRATIONS.entries()) {
    if (index >= version) database.exec(`BEGIN; ${migration} PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB, and what our own check found. */
function isBroken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return 'errcode' in error ? error.errcode === 11 || error.errcode === 26 : error.message === 'broken';
}

function newer(path: string, version: number): Diagnosis {
  return {
    code: 'config.conflict',
    side: 'here',
    summary: 'The call history was written by a newer Sotto, and is left alone.',
    cure: 'Install the newer version again. Until then calls and contacts are kept only while Sotto runs.',
    evidence: { path, version, known: MIGRATIONS.length },
  };
}

function movedAside(path: string, aside: string): Diagnosis {
  return {
    code: 'config.invalid',
    side: 'here',
    summary: 'The file of call history and contacts was broken, and a new one was begun.',
    cure: 'Put a backup in its place, or import the contacts again. The broken file was kept.',
    evidence: { path, aside },
  };
}

function notWritable(path: string, error: unknown): Diagnosis {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
  const full = code === 13;
  return {
    code: 'file.unreadable',
    side: 'here',
    summary: full
      ? 'The disk is full: call history and contacts are not saved.'
      : 'Call history and contacts cannot be saved.',
    cure: full
      ? 'Make room on the disk. Calls work all the same.'
      : 'Check owner and mode of the data folder. Calls work all the same.',
    evidence: { path, sqlite: code },
  };
}
