import { skipToken } from '../message/characters.ts';
import { splitList } from '../message/lists.ts';
import type { SipMessage, SipRequest } from '../message/message.ts';
import type { HeaderFields } from './dialog-sender.ts';

/** The Info Packages that a peer says it takes (RFC 6086 §4.2.2); `undefined` where it says nothing, as before RFC 6086. */
export function receivedInfoPackages({ headers }: SipMessage): readonly string[] | undefined {
  if (!headers.has('Recv-Info')) return undefined;
  return headers
    .getAll('Recv-Info')
    .flatMap((value) => splitList(value).map((item) => item.slice(0, skipToken(item, 0)).toLowerCase()));
}

/**
 * What goes with the 469 for an INFO that names an Info Package: we take none, only INFO as it was before RFC 6086, such as that
 * with DTMF (RFC 6086 §4.2.1). `undefined` where the INFO names none.
 */
export function infoPackageRefusal({ headers }: SipRequest): HeaderFields | undefined {
  return headers.has('Info-Package') ? [['Recv-Info', '']] : undefined;
}
