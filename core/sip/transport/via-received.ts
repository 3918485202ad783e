import type { SocketAddress } from '../../base/address.ts';
import type { Via } from '../message/header-values.ts';
import { splitList } from '../message/lists.ts';
import type { SipRequest } from '../message/message.ts';
import { withParameters } from '../message/parameters.ts';
import { formatVia } from '../message/via.ts';

/**
 * Notes in the topmost Via where a request really came from: `received` where the address differs from sent-by (RFC 3261
 * §18.2.1), and where the client asked for it with `rport`, the port too, with `received` in any case (RFC 3581 §4). Values
 * that the client made up itself are replaced.
 */
export function fillReceived(request: SipRequest, remote: SocketAddress): void {
  const via = request.via;
  if (via === undefined) return;
  const asked = via.parameters.has('rport');
  const received = asked || !sameHost(via.host, remote.address) ? remote.address : undefined;
  const rport = asked ? String(remote.port) : undefined;
  if (via.parameters.get('received') === received && via.parameters.get('rport') === rport) return;
  replaceTopVia(request, { ...via, parameters: withParameters(via.parameters, { received, rport }) });
}

/** Whether two hosts are the same address; spellings of IPv6 count as one. */
export function sameHost(one: string, other: string): boolean {
  return one === other || (one.includes(':') && other.includes(':') && expanded(one) === expanded(other));
}

function replaceTopVia(request: SipRequest, via: Via): void {
  const fields = [...request.headers.getAll('Via')];
  const rest = splitList(fields[0] ?? '').slice(1);
  fields[0] = [formatVia(via), ...rest].join(', ');
  request.headers.delete('Via');
  // A new name comes first of all, so that Via ends up where it should be: on top.
  for (const field of fields.reverse()) request.headers.prepend('Via', field);
}

/** All eight groups of an IPv6 address, without leading zeros. */
function expanded(address: string): string {
  const [head = '', tail] = address.toLowerCase().split('::');
  const first = groups(head);
  const last = tail === undefined ? [] : groups(tail);
  const zeros = new Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0');
  return [...first, ...(tail === undefined ? [] : zeros), ...last].join(':');
}

function groups(text: string): string[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [group.replace(/^0+(?=.)/, '')];
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
    return [((a << 8) | b).toString(16), ((c << 8) | d).toString(16)];
  });
}
