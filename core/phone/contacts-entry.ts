import type { ContactDraft, ImportReport } from '../api/people.ts';

/** One entry of a file: a contact, or why it is none, with the line that it begins in. */
export type ContactFileEntry =
  { readonly line: number; readonly contact: ContactDraft } | ImportReport['problems'][number];

/** A contact of what an entry said, or why it is none. Control characters never come in. */
export function contactEntry(
  line: number,
  said: {
    readonly name: string;
    readonly favourite: boolean;
    readonly notes: string;
    readonly addresses: readonly { readonly address: string; readonly label: string }[];
  },
): ContactFileEntry {
  const addresses = said.addresses
    .map(({ address, label }) => ({ address: plain(address), label: plain(label).slice(0, 64) }))
    .filter(({ address }) => address !== '');
  const name = plain(said.name) || (addresses[0]?.address ?? '');
  if (addresses.length === 0) return { line, reason: name === '' ? 'no-name' : 'no-number' };
  const notes = said.notes.replace(/[^\P{Cc}\n]/gu, ' ').trim();
  const long = name.length > 256 || notes.length > 4_096 || addresses.some(({ address }) => address.length > 256);
  if (long || addresses.length > 32) return { line, reason: 'too-long' };
  return { line, contact: { name, favourite: said.favourite, notes, addresses } };
}

/** One line of text: what would break it is a space. */
function plain(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}
