import type { PhoneMemory } from '../phone/phone.ts';
import { ContactTable } from './contact-table.ts';
import { HistoryTable } from './history-table.ts';
import { MessageTable } from './message-table.ts';
import type { SqliteDatabase } from './sqlite-database.ts';

/** What a phone remembers, in a database. */
export function phoneMemory(database: SqliteDatabase): PhoneMemory {
  return {
    history: new HistoryTable(database),
    contacts: new ContactTable(database),
    messages: new MessageTable(database),
    trouble: database.trouble,
  };
}
