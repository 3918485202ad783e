import type { DatabaseSchema } from './sqlite-database.ts';

/** What the phone keeps. */
export const PHONE_SCHEMA: DatabaseSchema = {
  file: 'phone.sqlite',
  holds: 'call history and contacts',
  migrations: [
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
    `CREATE TABLE messages (
       row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account_id TEXT NOT NULL, direction TEXT NOT NULL,
       address TEXT NOT NULL, name TEXT NOT NULL, keys TEXT NOT NULL, text TEXT NOT NULL, at INTEGER NOT NULL,
       state TEXT NOT NULL, code TEXT, encrypted INTEGER NOT NULL, seen INTEGER NOT NULL
     ) STRICT;
     CREATE INDEX messages_thread ON messages (account_id, address, row);
     CREATE INDEX messages_unseen ON messages (seen) WHERE seen = 0;`,
  ],
};

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
