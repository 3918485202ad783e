import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';

/** A row as SQLite gives it. */
export type DatabaseRow = Readonly<Record<string, SQLOutputValue>>;

/** What a database holds. */
export interface DatabaseSchema {
  /** Its name in the folder. */
  readonly file: string;
  /** In the plural, for people. */
  readonly holds: string;
  /** Each version of the schema as what leads to it from the one before. A version that was shipped never changes. */
  readonly migrations: readonly string[];
}

/**
 * A file of SQLite. It can always be used: where the file cannot, the database is in memory, and {@link trouble} says why.
 */
export class SqliteDatabase {
  /** What was wrong with the file, until the next start. */
  readonly trouble: Diagnosis | undefined;
  readonly #path: string;
  readonly #schema: DatabaseSchema;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  private constructor(database: DatabaseSync, schema: DatabaseSchema, path: string, trouble: Diagnosis | undefined) {
    this.#database = database;
    this.#schema = schema;
    this.#path = path;
    this.trouble = trouble;
  }

  /**
   * Opens the file, and brings it to this version's schema. A file that is broken is moved aside and begun anew; one of a newer
   * version, or one that cannot be used, is left alone.
   */
  static open(folder: string, schema: DatabaseSchema): SqliteDatabase {
    const path = join(folder, schema.file);
    try {
      return new SqliteDatabase(openFile(path, schema), schema, path, undefined);
    } catch (error) {
      if (error instanceof NewerSchema) return SqliteDatabase.inMemory(schema, newer(path, schema, error.version));
      if (!isBroken(error)) return SqliteDatabase.inMemory(schema, notWritable(path, schema, error));
    }
    try {
      const aside = `${path}.broken-${Date.now()}`;
      renameSync(path, aside);
      for (const rest of ['-wal', '-shm']) rmSync(`${path}${rest}`, { force: true });
      return new SqliteDatabase(openFile(path, schema), schema, path, movedAside(path, schema, aside));
    } catch (error) {
      return SqliteDatabase.inMemory(schema, notWritable(path, schema, error));
    }
  }

  /** One that lives as long as the program. */
  static inMemory(schema: DatabaseSchema, trouble?: Diagnosis): SqliteDatabase {
    const database = new DatabaseSync(':memory:');
    migrate(database, schema);
    return new SqliteDatabase(database, schema, ':memory:', trouble);
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
      return err(notWritable(this.#path, this.#schema, error));
    }
  }

  /** One statement, which is a change of its own. */
  run(sql: string, ...values: SQLInputValue[]): Result<void, Diagnosis> {
    try {
      this.#statement(sql).run(...values);
      return ok(undefined);
    } catch (error) {
      return err(notWritable(this.#path, this.#schema, error));
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

class NewerSchema extends Error {
  readonly version: number;

  constructor(version: number) {
    super('newer schema');
    this.version = version;
  }
}

function openFile(path: string, schema: DatabaseSchema): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000;');
    const [verdict] = database.prepare('PRAGMA quick_check(1)').all();
    if (verdict?.quick_check !== 'ok') throw new Error('broken');
    migrate(database, schema);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function migrate(database: DatabaseSync, { migrations }: DatabaseSchema): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version > migrations.length) throw new NewerSchema(version);
  for (const [index, migration] of migrations.entries()) {
    if (index >= version) database.exec(`BEGIN; ${migration} PRAGMA user_version = ${index + 1}; COMMIT;`);
  }
}

/** SQLITE_CORRUPT and SQLITE_NOTADB, and what our own check found. */
function isBroken(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return 'errcode' in error ? error.errcode === 11 || error.errcode === 26 : error.message === 'broken';
}

function newer(path: string, { holds, migrations }: DatabaseSchema, version: number): Diagnosis {
  return {
    code: 'config.conflict',
    side: 'here',
    summary: `The ${holds} were written by a newer Sotto, and are left alone.`,
    cure: 'Install the newer version again. Until then they are kept only while Sotto runs.',
    evidence: { path, version, known: migrations.length },
  };
}

function movedAside(path: string, { holds }: DatabaseSchema, aside: string): Diagnosis {
  return {
    code: 'config.invalid',
    side: 'here',
    summary: `The file of the ${holds} was broken, and a new one was begun.`,
    cure: 'Put a backup in its place. The broken file was kept.',
    evidence: { path, aside },
  };
}

function notWritable(path: string, { holds }: DatabaseSchema, error: unknown): Diagnosis {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
  const full = code === 13;
  return {
    code: 'file.unreadable',
    side: 'here',
    summary: full ? `The disk is full: the ${holds} are not saved.` : `The ${holds} cannot be saved.`,
    cure: `${full ? 'Make room on the disk.' : 'Check owner and mode of the folder.'} Calls work all the same.`,
    evidence: { path, sqlite: code },
  };
}
