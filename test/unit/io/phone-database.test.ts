import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Contact, HistoryEntry } from '../../../core/api/people.ts';
import { ContactTable } from '../../../core/io/contact-table.ts';
import { HistoryTable } from '../../../core/io/history-table.ts';
import { PHONE_SCHEMA } from '../../../core/io/phone-database.ts';
import { SqliteDatabase } from '../../../core/io/sqlite-database.ts';

const root = mkdtempSync(join(tmpdir(), 'sotto-database-'));
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(root, 'one-'));
});

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const MORNING = new Date(2027, 2, 14, 9, 26).getTime();

function entry(over: Partial<HistoryEntry> = {}): HistoryEntry {
  return {
    id: 'c1',
    accountId: 'one',
    account: 'sip:1000@example.com',
    direction: 'outgoing',
    address: 'sip:1001@example.com',
    name: '',
    startedAt: MORNING,
    connectedAt: MORNING + 1_000,
    endedAt: MORNING + 5_000,
    outcome: 'answered',
    code: null,
    security: 'encrypted',
    ...over,
  };
}

function contact(over: Partial<Contact> = {}): Contact {
  return {
    id: 'p1',
    name: 'Zoë Müller',
    favourite: false,
    notes: '',
    addresses: [{ address: '+49 30 901820', label: 'work' }],
    ...over,
  };
}

const ids = (history: HistoryTable, text: string, filter: 'all' | 'missed' = 'all'): string[] =>
  history.read({ filter, text }, 0, 50).entries.map(({ id }) => id);

describe('the file of the database', () => {
  it('keeps a call that goes on when the program is killed, and shows it as cut off', () => {
    const running = SqliteDatabase.open(folder, PHONE_SCHEMA);
    new HistoryTable(running).put(entry({ outcome: 'running', endedAt: null }));
    // Nothing is closed: this is how a killed program leaves it.
    const again = new HistoryTable(SqliteDatabase.open(folder, PHONE_SCHEMA));
    expect(again.read({ filter: 'all', text: '' }, 0, 10).entries).toMatchObject([
      { id: 'c1', outcome: 'cut-off', endedAt: null },
    ]);
    running.close();
  });

  it('is moved aside where it is broken, with a diagnosis, and begun anew', () => {
    writeFileSync(join(folder, 'phone.sqlite'), 'no database at all, but long enough to be one'.repeat(200));
    const database = SqliteDatabase.open(folder, PHONE_SCHEMA);
    expect(database.trouble).toMatchObject({
      code: 'config.invalid',
      evidence: { aside: expect.stringContaining('.broken-') as string },
    });
    expect(new HistoryTable(database).put(entry()).ok).toBe(true);
    expect(readdirSync(folder).filter((name) => name.includes('.broken-'))).toHaveLength(1);
    database.close();
  });

  it('of a newer version is left alone, and the phone goes on without it', () => {
    const newer = new DatabaseSync(join(folder, 'phone.sqlite'));
    newer.exec('CREATE TABLE precious (a); PRAGMA user_version = 99');
    newer.close();
    const database = SqliteDatabase.open(folder, PHONE_SCHEMA);
    expect(database.trouble).toMatchObject({ code: 'config.conflict', evidence: { version: 99 } });
    expect(new HistoryTable(database).put(entry()).ok).toBe(true);
    const kept = new DatabaseSync(join(folder, 'phone.sqlite'));
    expect(kept.prepare('SELECT count(*) AS n FROM sqlite_schema').get()).toEqual({ n: 1 });
    kept.close();
  });

  it('that cannot grow, as on a full disk, gives a diagnosis, keeps what is there and goes on once it can', () => {
    const database = SqliteDatabase.open(folder, PHONE_SCHEMA);
    const history = new HistoryTable(database);
    expect(history.put(entry()).ok).toBe(true);
    const pages = Number(database.rows('PRAGMA page_count')[0]?.page_count);
    database.rows(`PRAGMA max_page_count = ${pages}`);
    const full = history.put(entry({ id: 'c2', name: 'x'.repeat(100_000) }));
    expect(full).toMatchObject({
      ok: false,
      error: { code: 'file.unreadable', summary: expect.stringContaining('disk is full') as string },
    });
    expect(ids(history, '')).toEqual(['c1']);
    database.rows('PRAGMA max_page_count = 1000000');
    expect(history.put(entry({ id: 'c3' })).ok).toBe(true);
    database.close();
  });
});

describe('the history', () => {
  it('finds by name without accents and by digits however written, and by host only with an @', () => {
    const history = new HistoryTable(SqliteDatabase.inMemory(PHONE_SCHEMA));
    history.put(entry({ id: 'a', name: 'Jürgen Weiß', startedAt: MORNING + 2 }));
    history.put(entry({ id: 'b', address: 'sip:+4930901820@pbx.example.com', startedAt: MORNING + 1 }));
    history.put(entry({ id: 'c', address: 'sip:1003@example.com', outcome: 'missed', connectedAt: null }));
    expect(ids(history, 'jurgen weiss')).toEqual(['a']);
    expect(ids(history, 'JÜ')).toEqual(['a']);
    expect(ids(history, '30 901-820')).toEqual(['b']);
    expect(ids(history, 'example')).toEqual([]);
    expect(ids(history, '@pbx')).toEqual(['b']);
    expect(ids(history, '', 'missed')).toEqual(['c']);
    expect(ids(history, `"' OR 1=1 --`)).toEqual([]);
    expect(history.unseen()).toBe(1);
    history.markSeen();
    expect(history.unseen()).toBe(0);
  });

  it('names the people who fit, newest first, each address once', () => {
    const history = new HistoryTable(SqliteDatabase.inMemory(PHONE_SCHEMA));
    history.put(entry({ id: 'a', name: 'Bob', startedAt: MORNING }));
    history.put(entry({ id: 'b', name: 'Bobette', address: 'sip:1002@example.com', startedAt: MORNING + 1 }));
    history.put(entry({ id: 'c', name: 'Bob Baker', startedAt: MORNING + 2 }));
    expect(history.people('bob', 8).map(({ name }) => name)).toEqual(['Bob Baker', 'Bobette']);
    expect(history.people('bob', 1).map(({ name }) => name)).toEqual(['Bob Baker']);
    expect(history.people('carla', 8)).toEqual([]);
  });

  it('brings back what was removed until it is purged; a call that goes on stays', () => {
    const history = new HistoryTable(SqliteDatabase.inMemory(PHONE_SCHEMA));
    history.put(entry({ id: 'a' }));
    history.put(entry({ id: 'b', outcome: 'running', startedAt: MORNING + 1 }));
    expect(history.remove('all')).toEqual({ ok: true, value: 1 });
    expect(ids(history, '')).toEqual(['b']);
    history.restore();
    expect(ids(history, '')).toEqual(['b', 'a']);
    history.remove(['a']);
    history.purge();
    history.restore();
    expect(ids(history, '')).toEqual(['b']);
  });

  it('counts the days, and reads any part of many calls through an index', () => {
    const database = SqliteDatabase.inMemory(PHONE_SCHEMA);
    const history = new HistoryTable(database);
    history.put(entry({ id: 'a' }));
    history.put(entry({ id: 'b', startedAt: MORNING - 86_400_000 }));
    history.put(entry({ id: 'c', startedAt: MORNING - 86_400_001 }));
    expect(history.days({ filter: 'all', text: '' })).toEqual([
      { day: 20270314, count: 1 },
      { day: 20270313, count: 2 },
    ]);
    const plan = (sql: string): string => JSON.stringify(database.rows(`EXPLAIN QUERY PLAN ${sql}`));
    expect(plan('SELECT id FROM calls WHERE removed = 0 ORDER BY started_at DESC, row DESC LIMIT 9 OFFSET 9')).toMatch(
      /USING INDEX calls_newest/,
    );
    expect(
      plan(`SELECT id FROM calls WHERE removed = 0 AND outcome = 'missed' ORDER BY started_at DESC, row DESC`),
    ).toMatch(/USING INDEX calls_outcome/);
    expect(plan('SELECT day, count(*) FROM calls WHERE removed = 0 GROUP BY day')).toMatch(
      /USING COVERING INDEX calls_days/,
    );
  });
});

describe('the contacts', () => {
  it('give calls their names, however the number is written', () => {
    const database = SqliteDatabase.inMemory(PHONE_SCHEMA);
    const contacts = new ContactTable(database);
    const history = new HistoryTable(database);
    contacts.put([contact()]);
    history.put(entry({ address: 'sip:030901820@pbx.example.com', name: 'UNKNOWN' }));
    expect(history.read({ filter: 'all', text: '' }, 0, 1).entries[0]?.name).toBe('Zoë Müller');
    contacts.remove('p1');
    expect(history.read({ filter: 'all', text: '' }, 0, 1).entries[0]?.name).toBe('UNKNOWN');
  });

  it('are found by any part of name and number, favourites first; what was changed is found by its new name only', () => {
    const contacts = new ContactTable(SqliteDatabase.inMemory(PHONE_SCHEMA));
    contacts.put([
      contact(),
      contact({ id: 'p2', name: 'Adam', addresses: [{ address: 'adam@example.com', label: '' }] }),
    ]);
    const found = (text: string): string[] => contacts.read(text, 0, 9).contacts.map(({ id }) => id);
    expect([found(''), found('zoe mull'), found('9018'), found('example')]).toEqual([['p2', 'p1'], ['p1'], ['p1'], []]);
    contacts.put([contact({ name: 'Yves', favourite: true })]);
    expect([found(''), found('zoe'), found('yve')]).toEqual([['p1', 'p2'], [], ['p1']]);
  });
});
