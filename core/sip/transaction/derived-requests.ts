import type { Random } from '../../base/random.ts';
import { createRequest } from '../message/factory.ts';
import type { Via } from '../message/header-values.ts';
import type { SipRequest, SipResponse } from '../message/message.ts';
import { formatVia } from '../message/via.ts';
import type { Flow } from '../transport/flow.ts';
import { withoutZone } from '../transport/ip-address.ts';
import { offersKeepAlive } from '../transport/keep-negotiation.ts';
import { newBranch } from './branch.ts';

/** Where answers to a request are to be sent: what Via calls sent-by. `host` is without brackets. */
export interface SentBy {
  readonly host: string;
  readonly port?: number | undefined;
}

type HeaderField = readonly [name: string, value: string];

/**
 * The request with a Via of ours on top (RFC 3261 §8.1.1.7, §18.1.1): a fresh branch; `rport` over UDP (RFC 3581 §3);
 * `alias` over TLS where we showed a certificate, for without one nobody may reuse the connection (RFC 5923 §8.1, §9); `keep`
 * on a flow of ours where we register (RFC 6223 §4.1). The request given is not changed.
 */
export function withVia(request: SipRequest, flow: Flow, sentBy: SentBy, random: Random): SipRequest {
  const parameters = new Map<string, string | null>([['branch', newBranch(random)]]);
  const isOurs = flow.opened === 'here';
  if (flow.protocol === 'udp') parameters.set('rport', null);
  if (flow.protocol === 'tls' && isOurs && flow.security?.clientCertificate === true) parameters.set('alias', null);
  if (isOurs && offersKeepAlive(request)) parameters.set('keep', null);
  const via: Via = {
    transport: flow.protocol.toUpperCase(),
    host: withoutZone(sentBy.host),
    ...(sentBy.port === undefined ? {} : { port: sentBy.port }),
    parameters,
  };
  return createRequest({
    method: request.method,
    uri: request.uri,
    headers: [['Via', formatVia(via)], ...request.headers],
    body: request.body,
  });
}

/** The ACK for a final response other than 2xx (RFC 3261 §17.1.1.3): To of the response, all else of the INVITE. */
export function failureAck(invite: SipRequest, response: SipResponse): SipRequest {
  return sameHop(invite, 'ACK', response.headers.get('To'), []);
}

/** The CANCEL for a request (RFC 3261 §9.1). `headers` is what a caller adds, such as Reason (RFC 3326). */
export function cancelFor(request: SipRequest, headers: readonly HeaderField[]): SipRequest {
  return sameHop(request, 'CANCEL', request.headers.get('To'), headers);
}

/** A request that takes the way of `origin` as a part of its transaction: the same single Via, routes and CSeq number. */
function sameHop(
  origin: SipRequest,
  method: 'ACK' | 'CANCEL',
  to: string | undefined,
  extra: readonly HeaderField[],
): SipRequest {
  const headers: HeaderField[] = [];
  if (origin.via !== undefined) headers.push(['Via', formatVia(origin.via)]);
  for (const route of origin.headers.getAll('Route')) headers.push(['Route', route]);
  headers.push(['Max-Forwards', '70'], ['From', origin.headers.get('From') ?? ''], ['To', to ?? '']);
  headers.push(['Call-ID', origin.callId], ['CSeq', `${origin.cseq?.sequence ?? 0} ${method}`], ...extra);
  return createRequest({ method, uri: origin.uri, headers });
}
