import type { Contact, ContactDraft, ContactFormat, ImportReport, PersonHit } from '../api/people.ts';
import type { RequestHandlers } from '../api/contract.ts';
import { Refusal, refused } from '../api/refusal.ts';
import type { ContactsState } from '../api/state.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { randomToken, type Random } from '../base/random.ts';
import type { Result } from '../base/result.ts';
import { readContactFile } from './contacts-file.ts';
import { formatContactsCsv } from './contacts-csv.ts';
import { formatVcards } from './contacts-vcard.ts';
import { callKeys, contactKeys } from './people-text.ts';
import { Upload } from './upload.ts';

/** Most contacts of a phone (documented limit). */
export const MAX_CONTACTS = 20_000;
/** Longest file of contacts, in octets (documented limit). */
export const MAX_CONTACT_FILE = 8 * 1024 * 1024;
const UNDO_MS = 30_000;
const MOST_PROBLEMS = 50;
const EXPORT_PAGE = 500;

/** Where contacts are kept. */
export interface ContactStore {
  /** Writes all of them or none. */
  put(contacts: readonly Contact[]): Result<void, Diagnosis>;
  read(text: string, offset: number, limit: number): { readonly total: number; readonly contacts: Contact[] };
  /** The first contact with one of the keys of {@link callKeys}. */
  byKeys(keys: readonly string[]): Contact | undefined;
  remove(id: string): Result<void, Diagnosis>;
  restore(): Result<void, Diagnosis>;
  purge(): Result<void, Diagnosis>;
}

/** Requests that the contacts answer. */
export type ContactRequestName = Extract<keyof RequestHandlers, `contacts.${string}`>;

/** The people that this phone knows. */
export class Contacts {
  readonly #store: ContactStore;
  readonly #ports: { readonly clock: Clock; readonly random: Random };
  readonly #onChange: () => void;
  readonly #names = new Map<string, string | undefined>();
  #revision = 0;
  #count: number;
  #removed = 0;
  #purge: Timer | undefined;
  readonly #upload: Upload;

  constructor(store: ContactStore, ports: { readonly clock: Clock; readonly random: Random }, onChange: () => void) {
    this.#store = store;
    this.#ports = ports;
    this.#onChange = onChange;
    this.#upload = new Upload(ports.random, MAX_CONTACT_FILE);
    this.#count = store.read('', 0, 1).total;
  }

  get state(): ContactsState {
    return { revision: this.#revision, count: this.#count, removed: this.#removed };
  }

  /** The name of the contact with this number or address. */
  nameOf(address: string): string | undefined {
    if (!this.#names.has(address)) {
      if (this.#names.size >= 256) this.#names.clear();
      this.#names.set(address, this.#store.byKeys(callKeys(address))?.name);
    }
    return this.#names.get(address);
  }

  /** Numbers and addresses of the contacts that fit a text. */
  people(text: string, limit: number): PersonHit[] {
    return this.#store
      .read(text, 0, limit)
      .contacts.flatMap(({ name, addresses }) =>
        addresses.map(({ address, label }) => ({ address, name, label, source: 'contact' as const })),
      )
      .slice(0, limit);
  }

  /** What was removed is gone for good. */
  close(): void {
    this.#purge?.cancel();
    if (this.#removed > 0) this.#store.purge();
  }

  readonly handlers: Pick<RequestHandlers, ContactRequestName> = {
    'contacts.read': ({ text, offset, limit }) => Promise.resolve(this.#store.read(text, offset, limit)),
    'contacts.save': ({ contactId, contact }) => {
      if (contactId === null && this.#count >= MAX_CONTACTS) throw tooMany();
      const id = contactId ?? this.#newId();
      this.#changed(this.#store.put([{ ...contact, id }]));
      return Promise.resolve({ contactId: id });
    },
    'contacts.remove': ({ contactId }) => {
      this.#forget();
      const removed = this.#store.remove(contactId);
      if (removed.ok) this.#removed = 1;
      this.#purge = this.#ports.clock.after(UNDO_MS, () => {
        this.#forget();
        this.#onChange();
      });
      this.#changed(removed);
      return Promise.resolve(null);
    },
    'contacts.restore': () => {
      this.#purge?.cancel();
      const restored = this.#store.restore();
      if (restored.ok) this.#removed = 0;
      this.#changed(restored);
      return Promise.resolve(null);
    },
    'contacts.import': (piece) => {
      const { upload, octets } = this.#upload.receive(piece);
      return Promise.resolve({ upload, report: octets === undefined ? null : this.#import(octets) });
    },
    'contacts.export': ({ format }) => Promise.resolve({ text: this.#export(format) }),
  };

  #import(octets: Uint8Array): ImportReport {
    const file = readContactFile(octets);
    if (!file.ok) {
      throw refused('config.invalid', `No contacts can be read from this file: ${file.error}.`, 'Choose a vCard file (.vcf), or a table (.csv) with a column for the name and one for the number.'); // prettier-ignore
    }
    const { format, encoding, entries } = file.value;
    const problems: ImportReport['problems'] = [];
    const written = new Map<string, Contact>();
    const byKey = new Map<string, string>();
    let [added, merged, skipped] = [0, 0, 0];
    const skip = (problem: ImportReport['problems'][number]): void => {
      skipped++;
      if (problems.length < MOST_PROBLEMS) problems.push(problem);
    };
    for (const entry of entries) {
      if ('reason' in entry) {
        skip(entry);
        continue;
      }
      const keys = entry.contact.addresses.flatMap(({ address }) => contactKeys(address));
      const known = keys.map((key) => byKey.get(key)).find((id) => id !== undefined);
      const old = (known === undefined ? undefined : written.get(known)) ?? this.#store.byKeys(keys);
      // An earlier entry of this very file may have changed the contact that the store still has as it was.
      const before = old === undefined ? undefined : (written.get(old.id) ?? old);
      if (before === undefined && this.#count + added >= MAX_CONTACTS) {
        skip({ line: entry.line, reason: 'too-many' });
        continue;
      }
      const contact =
        before === undefined ? { ...entry.contact, id: this.#newId() } : mergeContact(before, entry.contact);
      if (before === undefined) added++;
      else merged++;
      written.set(contact.id, contact);
      for (const key of keys) byKey.set(key, contact.id);
    }
    if (written.size > 0) this.#changed(this.#store.put([...written.values()]));
    return { format, encoding, added, merged, skipped, problems };
  }

  #export(format: ContactFormat): string {
    const all: Contact[] = [];
    for (let offset = 0; offset < this.#count; offset += EXPORT_PAGE) {
      all.push(...this.#store.read('', offset, EXPORT_PAGE).contacts);
    }
    return format === 'vcard' ? formatVcards(all) : formatContactsCsv(all);
  }

  #newId(): string {
    return randomToken(this.#ports.random, 12);
  }

  #forget(): void {
    this.#purge?.cancel();
    if (this.#removed === 0) return;
    this.#removed = 0;
    this.#store.purge();
  }

  #changed(result: Result<void, Diagnosis>): void {
    if (!result.ok) throw new Refusal(result.error);
    this.#names.clear();
    this.#revision++;
    this.#count = this.#store.read('', 0, 1).total;
    this.#onChange();
  }
}

/** What one knows of a person and what another file says, together; what was there stays. */
function mergeContact(old: Contact, more: ContactDraft): Contact {
  const keys = new Set(old.addresses.flatMap(({ address }) => contactKeys(address)));
  const news = more.addresses.filter(({ address }) => contactKeys(address).every((key) => !keys.has(key)));
  return {
    ...old,
    favourite: old.favourite || more.favourite,
    notes: old.notes === '' ? more.notes : old.notes,
    addresses: [...old.addresses, ...news].slice(0, 32),
  };
}

function tooMany(): Refusal {
  return refused('config.conflict', 'No more contacts are possible.', 'Remove some first.', { limit: MAX_CONTACTS });
}
