import * as z from 'zod';
import { contactAddressSchema, contactSchema, type Contact } from '../api/people.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import type { Result } from '../base/result.ts';
import type { ContactStore } from '../phone/contacts.ts';
import { foldText, contactKeys, searchText, searchWords } from '../phone/people-text.ts';
import { textCondition } from './phone-database.ts';
import type { DatabaseRow, SqliteDatabase } from './sqlite-database.ts';

const COLUMNS = 'id, name, favourite, notes, addresses';
const addressesSchema = z.array(contactAddressSchema);

/** The contacts in the database of the phone. */
export class ContactTable implements ContactStore {
  readonly #database: SqliteDatabase;

  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.purge();
  }

  put(contacts: readonly Contact[]): Result<void, Diagnosis> {
    return this.#database.write((run) => {
      for (const { id, name, favourite, notes, addresses } of contacts) {
        const numbers = addresses.map(({ address }) => address);
        const row = 'SELECT row FROM contacts WHERE id = ?';
        run(
          `INSERT INTO contacts (id, name, favourite, notes, addresses, sorted, folded) VALUES (?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (id) DO UPDATE SET name = excluded.name, favourite = excluded.favourite, notes = excluded.notes,
             addresses = excluded.addresses, sorted = excluded.sorted, folded = excluded.folded`,
          id,
          name,
          favourite ? 1 : 0,
          notes,
          JSON.stringify(addresses),
          foldText(name),
          searchText(name, numbers),
        );
        run(`DELETE FROM contact_keys WHERE contact = (${row})`, id);
        for (const key of new Set(numbers.flatMap(contactKeys))) {
          run(`INSERT INTO contact_keys (key, contact) VALUES (?, (${row}))`, key, id);
        }
      }
    });
  }

  read(text: string, offset: number, limit: number): { total: number; contacts: Contact[] } {
    const { sql, values } = textCondition('contacts', searchWords(text));
    const [count] = this.#database.rows(`SELECT count(*) AS total FROM contacts WHERE removed = 0${sql}`, ...values);
    const rows = this.#database.rows(
      `SELECT ${COLUMNS} FROM contacts WHERE removed = 0${sql} ORDER BY favourite DESC, sorted, row LIMIT ? OFFSET ?`,
      ...values,
      limit,
      offset,
    );
    return { total: Number(count?.total ?? 0), contacts: rows.flatMap(contactOf) };
  }

  byKeys(keys: readonly string[]): Contact | undefined {
    const rows = this.#database.rows(
      `SELECT ${COLUMNS} FROM contacts WHERE removed = 0 AND row IN
         (SELECT contact FROM contact_keys WHERE key IN (SELECT value FROM json_each(?))) ORDER BY row LIMIT 1`,
      JSON.stringify(keys),
    );
    return rows.flatMap(contactOf)[0];
  }

  remove(id: string): Result<void, Diagnosis> {
    return this.#database.write((run) => void run('UPDATE contacts SET removed = 1 WHERE id = ?', id));
  }

  restore(): Result<void, Diagnosis> {
    return this.#database.write((run) => void run('UPDATE contacts SET removed = 0 WHERE removed = 1'));
  }

  purge(): Result<void, Diagnosis> {
    return this.#database.write((run) => void run('DELETE FROM contacts WHERE removed = 1'));
  }
}

/** Rows that another program has spoilt are left out. */
function contactOf(row: DatabaseRow): Contact[] {
  const { id, name, notes } = row;
  const contact = contactSchema.safeParse({
    id,
    name,
    notes,
    favourite: row.favourite === 1,
    addresses: addressesOf(row),
  });
  return contact.success ? [contact.data] : [];
}

function addressesOf({ addresses }: DatabaseRow): Contact['addresses'] {
  try {
    return addressesSchema.parse(JSON.parse(String(addresses)));
  } catch {
    return [];
  }
}
