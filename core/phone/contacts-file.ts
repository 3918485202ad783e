import type { ContactFormat, ImportReport } from '../api/people.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { ContactFileEntry } from './contacts-entry.ts';
import { readContactsCsv } from './contacts-csv.ts';
import { readVcards } from './contacts-vcard.ts';

/** What stood in a file of contacts. */
interface ContactFile {
  readonly format: ContactFormat;
  readonly encoding: ImportReport['encoding'];
  readonly entries: readonly ContactFileEntry[];
}

/** Reads a vCard file or a table, in whatever letters it is written. The error is a reason in words. */
export function readContactFile(octets: Uint8Array): Result<ContactFile, string> {
  const { text, encoding } = decodeText(octets);
  if (text.trim() === '') return err('it is empty');
  if (text.includes('\0')) return err('it is no text');
  const vcard = /^\s*BEGIN:VCARD/im.test(text.slice(0, 4_096));
  const entries = vcard ? ok(readVcards(text)) : readContactsCsv(text);
  if (!entries.ok) return entries;
  return ok({ format: vcard ? 'vcard' : 'csv', encoding, entries: entries.value });
}

/** UTF-16 by its mark, UTF-8 where it is valid, else Windows-1252, which old address books write. */
export function decodeText(octets: Uint8Array): { readonly text: string; readonly encoding: ImportReport['encoding'] } {
  const [first, second] = octets;
  if (first === 0xff && second === 0xfe)
    return { text: new TextDecoder('utf-16le').decode(octets), encoding: 'utf-16' };
  if (first === 0xfe && second === 0xff)
    return { text: new TextDecoder('utf-16be').decode(octets), encoding: 'utf-16' };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(octets), encoding: 'utf-8' };
  } catch {
    return { text: new TextDecoder('windows-1252').decode(octets), encoding: 'windows-1252' };
  }
}
