import { beforeEach, describe, expect, it } from 'vitest';
import type { ContactDraft, ImportReport } from '../../../core/api/people.ts';
import { ContactTable } from '../../../core/io/contact-table.ts';
import { PHONE_SCHEMA } from '../../../core/io/phone-database.ts';
import { SqliteDatabase } from '../../../core/io/sqlite-database.ts';
import { Contacts, MAX_CONTACT_FILE } from '../../../core/phone/contacts.ts';
import { readContactFile } from '../../../core/phone/contacts-file.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let contacts: Contacts;
let clock: VirtualClock;

beforeEach(() => {
  clock = new VirtualClock();
  const store = new ContactTable(SqliteDatabase.inMemory(PHONE_SCHEMA));
  contacts = new Contacts(store, { clock, random: new SeededRandom() }, () => undefined);
});

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

async function importFile(octets: Uint8Array): Promise<ImportReport> {
  const half = Math.ceil(octets.length / 2);
  const piece = (from: number, to: number): string => Buffer.from(octets.subarray(from, to)).toString('base64');
  const { upload } = await contacts.handlers['contacts.import']({ upload: null, data: piece(0, half), last: false });
  const end = await contacts.handlers['contacts.import']({ upload, data: piece(half, octets.length), last: true });
  if (end.report === null) throw new Error('no report');
  return end.report;
}

async function all(): Promise<ContactDraft[]> {
  const { contacts: found } = await contacts.handlers['contacts.read']({ text: '', offset: 0, limit: 500 });
  return found.map(({ id: _id, ...draft }) => draft);
}

const CARDS = `BEGIN:VCARD\r
VERSION:3.0\r
N:Müller;Zoë;;;\r
FN:Zoë Müller\\, Einkauf\r
item1.TEL;TYPE=WORK,VOICE:+49 (30) 901-\r
 820\r
TEL;TYPE=CELL:0171 1234567\r
NOTE:first\\nsecond\r
PHOTO;ENCODING=b;TYPE=JPEG:AAAA\r
END:VCARD\r
BEGIN:VCARD\r
VERSION:4.0\r
FN:Bob\r
IMPP;PREF=1:sips:bob@example.com\r
TEL;VALUE=uri;TYPE="voice,home":tel:+1-201-555-0123\r
END:VCARD\r
BEGIN:VCARD\r
VERSION:2.1\r
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:G=C3=B6tz;J=C3=BCr=\r
gen\r
TEL;HOME:1003\r
END:VCARD\r
BEGIN:VCARD\r
FN:Nobody\r
END:VCARD\r
BEGIN:VCARD\r
FN:Cut off\r
TEL:1`;

describe('a vCard file', () => {
  it('of 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350) is read, and what is not is named with its line', async () => {
    expect(await importFile(utf8(CARDS))).toEqual({
      format: 'vcard',
      encoding: 'utf-8',
      added: 3,
      merged: 0,
      skipped: 2,
      problems: [
        { line: 23, reason: 'no-number' },
        { line: 26, reason: 'broken' },
      ],
    });
    expect(await all()).toEqual([
      {
        name: 'Bob',
        favourite: false,
        notes: '',
        addresses: [
          { address: 'sips:bob@example.com', label: '' },
          { address: '+1-201-555-0123', label: 'home' },
        ],
      },
      { name: 'Jürgen Götz', favourite: false, notes: '', addresses: [{ address: '1003', label: 'home' }] },
      {
        name: 'Zoë Müller, Einkauf',
        favourite: false,
        notes: 'first\nsecond',
        addresses: [
          { address: '+49 (30) 901-820', label: 'work' },
          { address: '0171 1234567', label: 'mobile' },
        ],
      },
    ]);
  });

  it('that was imported before changes nothing: contacts with the same number are one', async () => {
    await importFile(utf8(CARDS));
    const before = await all();
    expect(await importFile(utf8(CARDS))).toMatchObject({ added: 0, merged: 3 });
    expect(await all()).toEqual(before);
    const more =
      'BEGIN:VCARD\nFN:Zoe\nTEL:030901820\nTEL:5555\nEND:VCARD\nBEGIN:VCARD\nFN:Z.\nTEL:5555\nTEL:6666\nEND:VCARD';
    expect(await importFile(utf8(more))).toMatchObject({ added: 0, merged: 2 });
    expect((await all())[2]?.addresses.map(({ address }) => address)).toEqual([
      '+49 (30) 901-820',
      '0171 1234567',
      '5555',
      '6666',
    ]);
  });
});

describe('a table of contacts (RFC 4180)', () => {
  it.each([
    ['commas', 'Name,Phone\r\n"Baker, Bob",1001\r\n'],
    ['semicolons and German headings', 'Vorname;Nachname;Telefon geschäftlich\nBaker, Bob;;1001\n'],
    ['tabs and a byte order mark', '\uFEFFDisplay Name\tMobile Phone\tE-mail\nBaker, Bob\t1001\tbob@example.com\n'],
    ['no headings', 'Name,Nummer\n"Baker, Bob",1001'.replace('Name,Nummer\n', '')],
  ])('with %s is read', async (_, text) => {
    expect(await importFile(utf8(text))).toMatchObject({ format: 'csv', added: 1, skipped: 0 });
    expect(await all()).toMatchObject([{ name: 'Baker, Bob', addresses: [{ address: '1001' }] }]);
  });

  it('in Windows-1252 or UTF-16 is read, and the report says so', async () => {
    const text = 'Name,Phone\nJürgen,1001\n';
    expect(await importFile(Buffer.from(text, 'latin1'))).toMatchObject({ encoding: 'windows-1252', added: 1 });
    expect(await importFile(Buffer.from(`\uFEFF${text}`, 'utf16le'))).toMatchObject({ encoding: 'utf-16', merged: 1 });
    expect(await all()).toMatchObject([{ name: 'Jürgen' }]);
  });

  it('with an open quotation mark loses one row, not the rest', async () => {
    const rows = Array.from({ length: 4_000 }, (_, index) => `P${index},${10_000 + index}`).join('\n');
    const report = await importFile(utf8(`Name,Phone\n"open,1\n${rows}\n`));
    expect(report.problems[0]).toEqual({ line: 2, reason: 'broken' });
    expect(report.added).toBeGreaterThan(1_000);
  });
});

describe('a hostile file', () => {
  it.each([
    ['nothing', ''],
    ['no text', 'BEGIN:VCARD\0\nEND:VCARD'],
    ['prose', 'Dear all,\nthis is a letter.\n'],
  ])('with %s is refused whole', (_, text) => {
    expect(readContactFile(utf8(text)).ok).toBe(false);
  });

  it('brings no control characters, and none of its long fields', async () => {
    const cards = [`FN:A\u0007B\nTEL:1\u001b[31m2`, `FN:${'x'.repeat(300)}\nTEL:1`, `FN:C\n${'TEL:1\n'.repeat(40)}`];
    const report = await importFile(utf8(cards.map((card) => `BEGIN:VCARD\n${card}\nEND:VCARD\n`).join('')));
    expect(report.problems.map(({ reason }) => reason)).toEqual(['too-long', 'too-long']);
    expect(await all()).toMatchObject([{ name: 'A B', addresses: [{ address: '1 [31m2' }] }]);
  });

  it('that is too large is refused, and a piece of another file does not mix in', async () => {
    const data = Buffer.alloc(45_000, 'x').toString('base64');
    const send = contacts.handlers['contacts.import'];
    const { upload } = await send({ upload: null, data, last: false });
    expect(() => send({ upload: 'other', data, last: true })).toThrow();
    let refused: unknown;
    for (let sent = 0; sent <= MAX_CONTACT_FILE && refused === undefined; sent += 45_000) {
      try {
        await send({ upload, data, last: false });
      } catch (error) {
        refused = error;
      }
    }
    expect(refused).toMatchObject({ diagnosis: { code: 'config.invalid', evidence: { limit: MAX_CONTACT_FILE } } });
  });
});

describe('contacts', () => {
  const bob: ContactDraft = {
    name: 'Bob; "the" Baker, =1+1',
    favourite: true,
    notes: 'line\nbreak, comma',
    addresses: [
      { address: '+49 30 901820', label: 'work' },
      { address: 'bob@example.com', label: 'home' },
    ],
  };

  it.each(['vcard', 'csv'] as const)('written as %s are read back the same', async (format) => {
    await contacts.handlers['contacts.save']({ contactId: null, contact: bob });
    const { text } = await contacts.handlers['contacts.export']({ format });
    const read = readContactFile(utf8(text));
    expect(read).toMatchObject({ ok: true, value: { format } });
    const [back] = read.ok ? read.value.entries : [];
    const plain = bob.addresses.map(({ address, label }) => ({
      address: format === 'vcard' && address.includes('@') ? `sip:${address}` : address,
      label,
    }));
    expect(back).toMatchObject({ contact: { ...bob, addresses: plain } });
  });

  it('never make a table program run a formula', async () => {
    await contacts.handlers['contacts.save']({ contactId: null, contact: { ...bob, name: '=HYPERLINK("x")' } });
    const { text } = await contacts.handlers['contacts.export']({ format: 'csv' });
    expect(text.split('\r\n')[1]).toMatch(/^"'=HYPERLINK/);
  });

  it('give a call its name: a number wherever it is called, a short one at a host only there', async () => {
    const save = (name: string, address: string): Promise<unknown> =>
      contacts.handlers['contacts.save']({
        contactId: null,
        contact: { ...bob, name, addresses: [{ address, label: '' }] },
      });
    await save('Office', '+49 30 901820');
    await save('Desk', '1001@example.com');
    await save('Echo', '9196');
    const names = [
      'sip:030901820@pbx.example',
      'sip:1001@example.com',
      'sip:1001@other.example',
      'sip:9196@any.example',
      'tel:+4930901820',
    ];
    expect(names.map((address) => contacts.nameOf(address))).toEqual(['Office', 'Desk', undefined, 'Echo', 'Office']);
  });

  it('come back for half a minute after they were removed', async () => {
    const { contactId } = await contacts.handlers['contacts.save']({ contactId: null, contact: bob });
    await contacts.handlers['contacts.remove']({ contactId });
    expect(contacts.state).toMatchObject({ count: 0, removed: 1 });
    await contacts.handlers['contacts.restore']({});
    expect(contacts.state).toMatchObject({ count: 1, removed: 0 });
    await contacts.handlers['contacts.remove']({ contactId });
    clock.advance(30_000);
    expect(contacts.state.removed).toBe(0);
    await contacts.handlers['contacts.restore']({});
    expect(contacts.state.count).toBe(0);
  });
});
