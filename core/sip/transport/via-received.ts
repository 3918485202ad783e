import type { SocketAddress } from '../../base/address.ts';
import type { Via } from '../message/header-values.ts';
import { splitList } from '../message/lists.ts';
import type { SipRequest } from '../message/message.ts';
import { withParameters } from '../message/parameters.ts';
import { formatVia } from '../message/via.ts';
import { canAgreeOnKeepAlive } from './keep-negotiation.ts';
import { sameHost, withoutZone } from './ip-address.ts';

/**
 * Notes in the topmost Via where a request really came from: `received` where the address differs from sent-by (RFC 3261
 * §18.2.1), and where the client asked for it with `rport`, the port too, with `received` in any case (RFC 3581 §4). Values
 * that the client made up itself are replaced. Where the client offers to send keep-alives, `keep` says that we take them,
 * every `wantedKeepAliveS` seconds (RFC 6223 §4.3).
 */
export function fillReceived(request: SipRequest, remote: SocketAddress, wantedKeepAliveS: number): void {
  const via = request.via;
  if (via === undefined) return;
  const { parameters } = via;
  const asked = parameters.has('rport');
  const address = withoutZone(remote.address);
  const received = asked || !sameHost(via.host, address) ? address : undefined;
  const rport = asked ? String(remote.port) : undefined;
  const offersKeep = parameters.has('keep') && canAgreeOnKeepAlive(request);
  if (parameters.get('received') === received && parameters.get('rport') === rport && !offersKeep) return;
  const keep = offersKeep ? { keep: String(wantedKeepAliveS) } : {};
  replaceTopVia(request, { ...via, parameters: withParameters(parameters, { received, rport, ...keep }) });
}

function replaceTopVia(request: SipRequest, via: Via): void {
  const fields = [...request.headers.getAll('Via')];
  const rest = splitList(fields[0] ?? '').slice(1);
  fields[0] = [formatVia(via), ...rest].join(', ');
  request.headers.delete('Via');
  // A new name comes first of all, so that Via ends up where it should be: on top.
  for (const field of fields.reverse()) request.headers.prepend('Via', field);
}
