import type { Contact } from '../api/people.ts';
import { err, ok, type Result } from '../base/result.ts';
import { contactEntry, type ContactFileEntry } from './contacts-entry.ts';
import { foldText } from './people-text.ts';

/** Rows read at most. */
const MAX_ROWS = 100_000;
/** Longest row, in characters: an open quotation mark would otherwise swallow the file. */
const MAX_ROW_LENGTH = 32_768;

interface Row {
  readonly line: number;
  readonly cells: readonly string[];
  readonly broken: boolean;
}

/** Headings by which programs call the columns, as patterns of their folded text. */
const COLUMNS = {
  name: /^(?:display name|full name|name|fn|anzeigename|vollstandiger name)$/,
  given: /^(?:first name|given name|vorname)$/,
  family: /^(?:last name|family name|surname|nachname|familienname)$/,
  notes: /^(?:notes?|notizen?|bemerkungen?|comments?)$/,
  favourite: /^(?:favou?rite|starred|favorit)$/,
  address:
    /phone|telephone|telefon|mobile?|mobil|handy|number|nummer|^tel|sip|extension|nebenstelle|durchwahl|^address$|^adresse$/,
} as const;
const NOT_AN_ADDRESS = /\btype\b|\blabel\b|\btyp\b|fax|street|country|mail/;

/**
 * Reads a table (RFC 4180), with commas, semicolons or tabs. The first row names the columns, as Outlook, Google and this
 * phone do; without names a row is a name and its numbers. The error is a reason in words.
 */
export function readContactsCsv(text: string): Result<readonly ContactFileEntry[], string> {
  const bare = text.replace(/^\uFEFF/, '');
  const rows = readRows(bare, separatorOf(bare));
  const [head, ...rest] = rows;
  if (head === undefined) return err('it is empty');
  const headings = head.cells.map((cell) => foldText(cell).trim());
  const at = (pattern: RegExp): number => headings.findIndex((heading) => pattern.test(heading));
  const numbers = headings.flatMap((heading, index) =>
    COLUMNS.address.test(heading) && !NOT_AN_ADDRESS.test(heading) ? [index] : [],
  );
  const [name, given, family] = [at(COLUMNS.name), at(COLUMNS.given), at(COLUMNS.family)];
  if (numbers.length === 0) {
    const plainTable =
      rows.every(({ cells }) => cells.length >= 2) && rows.some(({ cells }) => /\d/.test(cells[1] ?? ''));
    if (!plainTable) return err('it has no column for numbers');
    return ok(rows.map((row) => unnamed(row)));
  }
  const [notes, favourite] = [at(COLUMNS.notes), at(COLUMNS.favourite)];
  return ok(
    rest.map((row) => {
      if (row.broken) return { line: row.line, reason: 'broken' as const };
      const cell = (index: number): string => (index < 0 ? '' : (row.cells[index] ?? ''));
      return contactEntry(row.line, {
        name: cell(name).trim() || `${cell(given)} ${cell(family)}`.trim(),
        notes: cell(notes),
        favourite: /^(?:1|true|yes|ja|x)$/i.test(cell(favourite).trim()),
        addresses: numbers.flatMap((index) => {
          const label = headingLabel(headings[index] ?? '', cell(index + 1), headings[index + 1] ?? '');
          // Google writes several numbers of a kind into one cell.
          return cell(index).split(' ::: ').map((address) => ({ address: safeCell(address), label })); // prettier-ignore
        }),
      });
    }),
  );
}

function unnamed({ line, cells, broken }: Row): ContactFileEntry {
  if (broken) return { line, reason: 'broken' };
  const [name = '', ...addresses] = cells;
  return contactEntry(line, {
    name,
    notes: '',
    favourite: false,
    addresses: addresses
      .filter((cell) => /\d|@/.test(cell))
      .map((address) => ({ address: safeCell(address), label: '' })),
  });
}

/** The column after a number may say what kind it is, as ours does; else its heading does. */
function headingLabel(heading: string, next: string, nextHeading: string): string {
  const said = /\b(?:type|label|typ)\b/.test(nextHeading) ? foldText(next) : heading;
  if (/mobil|handy|cell/.test(said)) return 'mobile';
  if (/work|business|geschaft|arbeit/.test(said)) return 'work';
  if (/home|privat/.test(said)) return 'home';
  return said === heading ? '' : next.trim();
}

/** What tables put before a number so that it stays text. */
function safeCell(cell: string): string {
  return cell.trim().replace(/^'(?=[+=@-])/, '');
}

function separatorOf(text: string): string {
  const head = text.slice(0, MAX_ROW_LENGTH).split(/\r?\n/, 1)[0] ?? '';
  const count = (separator: string): number => head.split(separator).length;
  return [',', ';', '\t'].reduce((best, separator) => (count(separator) > count(best) ? separator : best));
}

function readRows(text: string, separator: string): readonly Row[] {
  const rows: Row[] = [];
  let [at, line] = [0, 1];
  while (at < text.length && rows.length < MAX_ROWS) {
    const begin = { at, line };
    const cells: string[] = [];
    let [cell, quoted, broken, ended] = ['', false, false, false];
    for (; at < text.length && !ended; at++) {
      const character = text.charAt(at);
      if (at - begin.at > MAX_ROW_LENGTH) broken = true;
      if (character === '\n') line++;
      if (quoted && !broken) {
        if (character !== '"') cell += character;
        else if (text.charAt(at + 1) === '"') cell += text.charAt(++at);
        else quoted = false;
      } else if (character === '"' && cell.trim() === '') [cell, quoted] = ['', true];
      else if (character === separator) {
        cells.push(cell);
        cell = '';
      } else if (character === '\n') ended = true;
      else if (character !== '\r') cell += character;
    }
    cells.push(cell);
    if (quoted) broken = true;
    if (cells.some((text) => text.trim() !== '')) rows.push({ line: begin.line, cells, broken });
  }
  return rows;
}

/** Writes contacts as a table that this phone and other programs read: a row each, with as many numbers as the fullest has. */
export function formatContactsCsv(contacts: readonly Contact[]): string {
  const most = contacts.reduce((count, { addresses }) => Math.max(count, addresses.length), 1);
  const numbers = Array.from({ length: most }, (_, index) => [`Phone ${index + 1}`, `Phone ${index + 1} Label`]);
  const rows = contacts.map(({ name, favourite, notes, addresses }) => [
    name,
    favourite ? '1' : '',
    notes,
    ...numbers.flatMap((_, index) => [addresses[index]?.address ?? '', addresses[index]?.label ?? '']),
  ]);
  return [['Name', 'Favourite', 'Notes', ...numbers.flat()], ...rows]
    .map((row) => `${row.map(formatCell).join(',')}\r\n`)
    .join('');
}

/** A cell that a table program would take for a formula is marked as text. */
function formatCell(text: string): string {
  const safe = /^[=@+-]/.test(text) ? `'${text}` : text;
  return /[",\r\n;\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
