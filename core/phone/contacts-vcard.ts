import type { Contact } from '../api/people.ts';
import { contactEntry, type ContactFileEntry } from './contacts-entry.ts';

/** Most lines of a card that are looked at; pictures come folded into thousands of them. */
const MAX_CARD_LENGTH = 1_000_000;

interface Property {
  readonly name: string;
  /** Parameters as they stand, in capitals: `TYPE=WORK,VOICE`. */
  readonly parameters: string;
  readonly value: string;
}

/** Reads cards of vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350): names, numbers, SIP addresses, notes. */
export function readVcards(text: string): readonly ContactFileEntry[] {
  const entries: ContactFileEntry[] = [];
  let begin = 0;
  let length = 0;
  let card: string[] | undefined;
  const lines = text.split(/\r\n|\n|\r/);
  for (const [index, line] of lines.entries()) {
    if (/^\s*BEGIN:VCARD\s*$/i.test(line)) {
      if (card !== undefined) entries.push({ line: begin, reason: 'broken' });
      [card, begin, length] = [[], index + 1, 0];
    } else if (card === undefined) continue;
    else if (/^\s*END:VCARD\s*$/i.test(line)) {
      entries.push(length > MAX_CARD_LENGTH ? { line: begin, reason: 'too-long' } : readCard(begin, card));
      card = undefined;
    } else {
      length += line.length;
      // RFC 6350 §3.2: a line that begins with white space goes on with the one before.
      const last = card.length - 1;
      if (/^[ \t]/.test(line) && last >= 0) card[last] = (card[last] ?? '') + line.slice(1);
      else if (length <= MAX_CARD_LENGTH) card.push(line);
    }
  }
  if (card !== undefined) entries.push({ line: begin, reason: 'broken' });
  return entries;
}

function readCard(line: number, lines: readonly string[]): ContactFileEntry {
  const properties = joinQuotedPrintable(lines).map(readProperty).filter((property) => property !== undefined); // prettier-ignore
  const value = (name: string): string => properties.find((property) => property.name === name)?.value ?? '';
  const [family = '', given = ''] = value('N')
    .split(/(?<!\\);/)
    .map(unescapeText);
  const name = unescapeText(value('FN')) || `${given} ${family}`.trim() || unescapeText(value('ORG'));
  const addresses = properties
    .filter((property) => property.name === 'TEL' || isSipAddress(property))
    .map(({ value: said, parameters }) => ({
      address: unescapeText(said).replace(/^tel:/i, ''),
      label: labelOf(parameters),
    }));
  return contactEntry(line, {
    name,
    favourite: value('X-SOTTO-FAVOURITE') === '1' || /\bSTARRED\b/i.test(value('CATEGORIES')),
    notes: unescapeText(value('NOTE')),
    addresses,
  });
}

function isSipAddress({ name, value }: Property): boolean {
  return (name === 'IMPP' || name === 'X-SIP' || name === 'URL') && (name === 'X-SIP' || /^sips?:/i.test(value));
}

function readProperty(line: string): Property | undefined {
  const split = /^([^:;]+)((?:;(?:[^":;]|"[^"]*")*)*):(.*)$/s.exec(line);
  if (split === null) return undefined;
  const [, named = '', parameters = '', raw = ''] = split;
  const name = named.replace(/^.*\./, '').trim().toUpperCase();
  const value = /ENCODING=QUOTED-PRINTABLE/i.test(parameters) ? decodeQuotedPrintable(raw, parameters) : raw;
  return { name, parameters: parameters.toUpperCase(), value };
}

/** vCard 2.1 folds quoted-printable text with `=` at the end of a line. */
function joinQuotedPrintable(lines: readonly string[]): readonly string[] {
  const joined: string[] = [];
  for (const line of lines) {
    const last = joined.at(-1);
    if (last?.endsWith('=') === true && /ENCODING=QUOTED-PRINTABLE/i.test(last))
      joined[joined.length - 1] = last.slice(0, -1) + line; // prettier-ignore
    else joined.push(line);
  }
  return joined;
}

function decodeQuotedPrintable(text: string, parameters: string): string {
  const octets: number[] = [];
  for (const [part] of text.matchAll(/=[0-9A-F]{2}|[^]/gi)) {
    if (part.length === 3) octets.push(Number.parseInt(part.slice(1), 16));
    else octets.push(...new TextEncoder().encode(part));
  }
  const utf8 = !/CHARSET=(?:ISO-8859|WINDOWS)/i.test(parameters);
  return new TextDecoder(utf8 ? 'utf-8' : 'windows-1252').decode(Uint8Array.from(octets));
}

function labelOf(parameters: string): string {
  if (/\b(?:CELL|IPHONE|MOBILE)\b/.test(parameters)) return 'mobile';
  if (/\bWORK\b/.test(parameters)) return 'work';
  return /\bHOME\b/.test(parameters) ? 'home' : '';
}

/** RFC 6350 §3.4. */
function unescapeText(text: string): string {
  return text.replace(/\\([^])/g, (_, escaped: string) => (escaped.toLowerCase() === 'n' ? '\n' : escaped)).trim();
}

function escapeText(text: string): string {
  return text.replace(/[\\,;]/g, '\\$&').replaceAll('\n', '\\n');
}

/** Writes contacts as vCard 4.0 (RFC 6350). */
export function formatVcards(contacts: readonly Contact[]): string {
  return contacts.flatMap((contact) => formatVcard(contact).map((line) => `${foldLine(line)}\r\n`)).join('');
}

function formatVcard({ name, notes, favourite, addresses }: Contact): readonly string[] {
  return [
    'BEGIN:VCARD',
    'VERSION:4.0',
    `FN:${escapeText(name)}`,
    ...addresses.map(({ address, label }) => {
      const type = { mobile: ';TYPE=cell', work: ';TYPE=work', home: ';TYPE=home' }[label] ?? '';
      if (/[@:]/.test(address)) return `IMPP${type}:${/^[a-z]+:/i.test(address) ? '' : 'sip:'}${address}`;
      return `TEL;VALUE=text${type}:${escapeText(address)}`;
    }),
    ...(notes === '' ? [] : [`NOTE:${escapeText(notes)}`]),
    ...(favourite ? ['X-SOTTO-FAVOURITE:1'] : []),
    'END:VCARD',
  ];
}

/** RFC 6350 §3.2: lines of at most 75 octets; no character is cut in two. */
function foldLine(line: string): string {
  const parts: string[] = [];
  let part = '';
  let octets = 0;
  for (const character of line) {
    const size = new TextEncoder().encode(character).length;
    if (octets + size > 74) {
      parts.push(part);
      [part, octets] = ['', 0];
    }
    part += character;
    octets += size;
  }
  return [...parts, part].join('\r\n ');
}
