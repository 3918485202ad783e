/** Groups that hold people other than the owner, by their short names and identifiers in access lists. */
const CROWDS: Readonly<Record<string, string>> = {
  WD: 'Everyone',
  'S-1-1-0': 'Everyone',
  AU: 'Authenticated Users',
  'S-1-5-11': 'Authenticated Users',
  BU: 'Users',
  'S-1-5-32-545': 'Users',
  BG: 'Guests',
  'S-1-5-32-546': 'Guests',
  AN: 'Anonymous',
  'S-1-5-7': 'Anonymous',
  IU: 'Interactive',
  'S-1-5-4': 'Interactive',
};

/** Rights in letters that let their owner read: file read, generic read, file all, generic all. */
const READING = /FR|GR|FA|GA/;
/** FILE_READ_DATA, GENERIC_READ and GENERIC_ALL. */
const READING_BITS = 0x1 | 0x10000000;
const GENERIC_READ = 0x80000000;

/**
 * Which crowd an access list in the security descriptor language (SDDL) lets read a file; `undefined` where none. Entries
 * that only pass on to files below do not count.
 */
export function exposedBy(sddl: string): string | undefined {
  const list = /D:[A-Z]*((?:\([^)]*\))*)/.exec(sddl)?.[1];
  if (list === undefined) return undefined;
  for (const [, entry = ''] of list.matchAll(/\(([^)]*)\)/g)) {
    const [type, flags = '', rights = '', , , trustee = ''] = entry.split(';');
    const crowd = CROWDS[trustee];
    if (type === 'A' && !flags.includes('IO') && crowd !== undefined && reads(rights)) return `${crowd} may read it`;
  }
  return undefined;
}

function reads(rights: string): boolean {
  if (!rights.startsWith('0x')) return READING.test(rights);
  const bits = Number(rights);
  return (bits & READING_BITS) !== 0 || bits >= GENERIC_READ;
}
