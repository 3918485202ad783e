import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { REGISTRATION_SCHEMA, RegistrationTable } from '../../../core/io/registration-table.ts';
import { SqliteDatabase } from '../../../core/io/sqlite-database.ts';
import { restoredBinding, type StoredBinding } from '../../../core/pbx/registration-store.ts';

const NOW = 1_700_000_000_000;
const BINDING: StoredBinding = {
  user: '1000',
  key: 'sip:1000@192.0.2.9:5060',
  contact: 'sip:1000@192.0.2.9:5060',
  callId: 'a',
  sequence: 7,
  expires: 600,
  expiresAt: NOW + 300_000,
  agent: 'Phone/1',
  q: 0.5,
  path: ['<sip:edge.example;lr>'],
  profile: 'internal',
  protocol: 'udp',
  local: { address: '192.0.2.1', port: 5060 },
  remote: { address: '192.0.2.9', port: 5060 },
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sotto-registrations-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});
const open = (): RegistrationTable => new RegistrationTable(SqliteDatabase.open(folder, REGISTRATION_SCHEMA));

it('a registration is there for whoever opens the file next, though nobody closed it', () => {
  open().save(BINDING);
  expect(open().load(NOW)).toEqual([BINDING]);
});

it('a refresh replaces, an end removes, and what has ended is not there any more', () => {
  const table = open();
  table.save(BINDING);
  table.save({ ...BINDING, sequence: 8 });
  table.save({ ...BINDING, user: '1001', key: 'b', expiresAt: NOW });
  table.save({ ...BINDING, user: '1002', key: 'c' });
  table.remove({ user: '1002', key: 'c' });
  expect(table.load(NOW).map(({ user, sequence }) => [user, sequence])).toEqual([['1000', 8]]);
  expect(table.load(NOW + 300_000)).toEqual([]);
});

it('a row that cannot be read is left out, and the others are there', () => {
  const table = open();
  table.save(BINDING);
  const other = new DatabaseSync(join(folder, REGISTRATION_SCHEMA.file));
  other.exec(
    `INSERT INTO bindings VALUES ('1001', 'x', ${NOW + 1000}, '{"user":1'), ('1002', 'x', ${NOW + 1000}, '{}')`,
  );
  other.close();
  expect(table.load(NOW)).toEqual([BINDING]);
});

it('a clock that was set back grants no more than was granted, and one that was set forward ends it', () => {
  expect(restoredBinding(BINDING, NOW)?.secondsLeft).toBe(300);
  expect(restoredBinding(BINDING, NOW - 10_000_000)?.secondsLeft).toBe(600);
  expect(restoredBinding(BINDING, NOW + 10_000_000)).toBeUndefined();
  expect(restoredBinding({ ...BINDING, contact: 'mailto:x' }, NOW)).toBeUndefined();
});
