import { messageSchema, type MessageThread, type TextMessage } from '../api/messages.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { ok, type Result } from '../base/result.ts';
import type { MessageStore } from '../phone/messages.ts';
import { callKeys } from '../phone/people-text.ts';
import type { DatabaseRow, SqliteDatabase } from './sqlite-database.ts';

/** The name of the contact with this number, else what the message said of itself. */
const NAME = `coalesce((SELECT contacts.name FROM contact_keys JOIN contacts ON contacts.row = contact_keys.contact
  WHERE contacts.removed = 0 AND contact_keys.key IN (SELECT value FROM json_each(messages.keys)) LIMIT 1), messages.name)`;
const COLUMNS = `id, account_id AS accountId, direction, address, ${NAME} AS name, text, at, state, code, encrypted`;

/** Text messages in the database of the phone. */
export class MessageTable implements MessageStore {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
    database.run(`UPDATE messages SET state = 'failed', code = 'sip.timeout' WHERE state = 'sending'`);
  }

  put(message: TextMessage): Result<void, Diagnosis> {
    return this.#database.run(
      `INSERT INTO messages (id, account_id, direction, address, name, keys, text, at, state, code, encrypted, seen)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET state = excluded.state, code = excluded.code, encrypted = excluded.encrypted`,
      message.id,
      message.accountId,
      message.direction,
      message.address,
      message.name,
      JSON.stringify(callKeys(message.address)),
      message.text,
      message.at,
      message.state,
      message.code,
      message.encrypted ? 1 : 0,
      message.direction === 'incoming' ? 0 : 1,
    );
  }

  threads(offset: number, limit: number): { total: number; threads: MessageThread[] } {
    const [count] = this.#database.rows('SELECT count(*) AS total FROM (SELECT 1 FROM messages GROUP BY account_id, address)');
    const rows = this.#database.rows(
      `SELECT ${COLUMNS}, (SELECT count(*) FROM messages AS other WHERE other.account_id = messages.account_id
         AND other.address = messages.address AND other.seen = 0) AS unseen
       FROM messages WHERE row IN (SELECT max(row) FROM messages GROUP BY account_id, address)
       ORDER BY row DESC LIMIT ? OFFSET ?`,
      limit,
      offset,
    );
    return {
      total: Number(count?.total ?? 0),
      threads: rows.flatMap((row) =>
        messageOf(row).map((last) => {
          const { accountId, address, name } = last;
          return { accountId, address, name, last, unseen: Number(row.unseen) };
        }),
      ),
    };
  } // prettier-ignore

  read(accountId: string, address: string, offset: number, limit: number): { total: number; messages: TextMessage[] } {
    const which = 'account_id = ? AND address = ?';
    const [count] = this.#database.rows(`SELECT count(*) AS total FROM messages WHERE ${which}`, accountId, address);
    const rows = this.#database.rows(
      `SELECT ${COLUMNS} FROM messages WHERE ${which} ORDER BY row DESC LIMIT ? OFFSET ?`,
      accountId,
      address,
      limit,
      offset,
    );
    return { total: Number(count?.total ?? 0), messages: rows.flatMap(messageOf) };
  }

  unseen(): number {
    const [row] = this.#database.rows('SELECT count(*) AS count FROM messages WHERE seen = 0');
    return Number(row?.count ?? 0);
  }

  markSeen(accountId: string, address: string): Result<number, Diagnosis> {
    let seen = 0;
    const written = this.#database.write((run) => {
      seen = run('UPDATE messages SET seen = 1 WHERE account_id = ? AND address = ? AND seen = 0', accountId, address);
    });
    return written.ok ? ok(seen) : written;
  }

  remove(accountId: string, address: string): Result<void, Diagnosis> {
    return this.#database.run('DELETE FROM messages WHERE account_id = ? AND address = ?', accountId, address);
  }
}

/** Rows that another program has spoilt are left out. */
function messageOf(row: DatabaseRow): TextMessage[] {
  const message = messageSchema.safeParse({ ...row, encrypted: row.encrypted === 1 });
  return message.success ? [message.data] : [];
}
