import type { NameAddress } from './header-values.ts';
import { splitList } from './lists.ts';
import type { SipMessage } from './message.ts';
import { parseNameAddress } from './name-address.ts';

/** All addresses of a header that lists them, those left out that cannot be read. For headers that inform, not route. */
export function readAddresses({ headers }: SipMessage, header: string): readonly NameAddress[] {
  return headers.getAll(header).flatMap((field) =>
    splitList(field).flatMap((value) => {
      const address = parseNameAddress(value);
      return address.ok ? [address.value] : [];
    }),
  );
}
