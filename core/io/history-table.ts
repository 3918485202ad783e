import {
  callOutcomeSchema,
  historyEntrySchema,
  type HistoryDay,
  type HistoryEntry,
  type HistoryQuery,
  type PersonHit,
} from '../api/people.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { ok, type Result } from '../base/result.ts';
import type { HistoryStore } from '../phone/history.ts';
import { callKeys, numberDigits, searchText, searchWords } from '../phone/people-text.ts';
import { textCondition } from './phone-database.ts';
import type { DatabaseRow, SqliteDatabase } from './sqlite-database.ts';

/** The name of the contact with this number, else what the call said of itself. */
const NAME = `coalesce((SELECT contacts.name FROM contact_keys JOIN contacts ON contacts.row = contact_keys.contact
  WHERE contacts.removed = 0 AND contact_keys.key IN (SELECT value FROM json_each(calls.keys)) LIMIT 1), calls.name)`;
const COLUMNS = `id, account_id AS accountId, account, direction, address, ${NAME} AS name, started_at AS startedAt,
  connected_at AS connectedAt, ended_at AS endedAt, outcome, code, security`;

/** The call history in the database of the phone. */
export class HistoryTable implements HistoryStore {
  readonly #database: SqliteDatabase;

  /** Calls that had not ended when the program last did are cut off. */
  constructor(database: SqliteDatabase) {
    this.#database = database;
    database.write((run) => {
      run(`UPDATE calls SET outcome = 'cut-off' WHERE outcome = 'running'`);
      run('DELETE FROM calls WHERE removed = 1');
    });
  }

  put(entry: HistoryEntry): Result<void, Diagnosis> {
    return this.#database.write((run) => {
      run(
        `INSERT INTO calls (id, account_id, account, direction, address, name, keys, started_at, day, connected_at, ended_at,
           outcome, code, security, folded) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET connected_at = excluded.connected_at, ended_at = excluded.ended_at,
           outcome = excluded.outcome, code = excluded.code, security = excluded.security`,
        entry.id,
        entry.accountId,
        entry.account,
        entry.direction,
        entry.address,
        entry.name,
        JSON.stringify(callKeys(entry.address)),
        entry.startedAt,
        dayOf(entry.startedAt),
        entry.connectedAt,
        entry.endedAt,
        entry.outcome,
        entry.code,
        entry.security,
        searchText(entry.name, [entry.address]),
      );
    });
  }

  read(query: HistoryQuery, offset: number, limit: number): { total: number; entries: HistoryEntry[] } {
    const { sql, values } = condition(query);
    const [count] = this.#database.rows(`SELECT count(*) AS total FROM calls WHERE ${sql}`, ...values);
    const rows = this.#database.rows(
      `SELECT ${COLUMNS} FROM calls WHERE ${sql} ORDER BY started_at DESC, row DESC LIMIT ? OFFSET ?`,
      ...values,
      limit,
      offset,
    );
    return { total: Number(count?.total ?? 0), entries: rows.flatMap(entryOf) };
  }

  days(query: HistoryQuery): HistoryDay[] {
    const { sql, values } = condition(query);
    return this.#database
      .rows(`SELECT day, count(*) AS count FROM calls WHERE ${sql} GROUP BY day ORDER BY day DESC`, ...values)
      .map(({ day, count }) => ({ day: Number(day), count: Number(count) }));
  }

  people(text: string, limit: number): PersonHit[] {
    const { sql, values } = condition({ filter: 'all', text });
    // Names are looked up for those alone that are shown; nobody looks for whom they last spoke with a thousand calls ago.
    return this.#database
      .rows(
        `SELECT address, ${NAME} AS name FROM calls WHERE row IN
           (SELECT max(row) FROM (SELECT row, address FROM calls WHERE ${sql} ORDER BY started_at DESC LIMIT 1000)
            GROUP BY address ORDER BY max(row) DESC LIMIT ?)
         ORDER BY row DESC`,
        ...values,
        limit,
      )
      .map(({ address, name }) => ({ address: String(address), name: String(name), label: '', source: 'history' }));
  }

  remove(ids: readonly string[] | 'all'): Result<number, Diagnosis> {
    let removed = 0;
    const written = this.#database.write((run) => {
      // A call that goes on will be written again, and stays.
      const which = `removed = 0 AND outcome <> 'running'`;
      if (ids === 'all') removed = run(`UPDATE calls SET removed = 1 WHERE ${which}`);
      else for (const id of ids) removed += run(`UPDATE calls SET removed = 1 WHERE ${which} AND id = ?`, id);
    });
    return written.ok ? ok(removed) : written;
  }

  restore(): Result<void, Diagnosis> {
    return this.#database.write((run) => void run('UPDATE calls SET removed = 0 WHERE removed = 1'));
  }

  purge(): Result<void, Diagnosis> {
    return this.#database.write((run) => void run('DELETE FROM calls WHERE removed = 1'));
  }

  unseen(): number {
    const [row] = this.#database.rows(
      `SELECT count(*) AS count FROM calls WHERE outcome = 'missed' AND seen = 0 AND removed = 0`,
    );
    return Number(row?.count ?? 0);
  }

  markSeen(): Result<void, Diagnosis> {
    return this.#database.write((run) => void run(`UPDATE calls SET seen = 1 WHERE outcome = 'missed' AND seen = 0`));
  }
}

function condition({ filter, text }: HistoryQuery): { readonly sql: string; readonly values: readonly string[] } {
  const missed = filter === 'missed' ? ` AND outcome = 'missed'` : '';
  // Only who types an @ looks for hosts; a number is looked for by its digits.
  if (text.includes('@') && numberDigits(text) === undefined) {
    return { sql: `removed = 0${missed} AND instr(lower(address), ?) > 0`, values: [text.trim().toLowerCase()] };
  }
  const words = textCondition('calls', searchWords(text));
  return { sql: `removed = 0${missed}${words.sql}`, values: words.values };
}

/** The day of a moment by the time zone of this machine, as `20270314`. */
function dayOf(moment: number): number {
  const date = new Date(moment);
  return date.getFullYear() * 10_000 + (date.getMonth() + 1) * 100 + date.getDate();
}

/** Rows that another program has spoilt are left out. */
function entryOf(row: DatabaseRow): HistoryEntry[] {
  const outcome = callOutcomeSchema.safeParse(row.outcome);
  const entry = historyEntrySchema.safeParse({ ...row, outcome: outcome.success ? outcome.data : 'failed' });
  return entry.success ? [entry.data] : [];
}
