import type { SipRequest, SipResponse } from '../message/message.ts';
import { withParameters } from '../message/parameters.ts';
import { formatUri } from '../message/uri.ts';
import { formatVia } from '../message/via.ts';
import { hasMagicCookie } from './branch.ts';

/**
 * What a response and its client transaction share (RFC 3261 §17.1.3): the branch of the topmost Via and the method in CSeq.
 * `undefined` where one of them is missing, so that nothing can match.
 */
export function clientKey(message: SipRequest | SipResponse): string | undefined {
  const branch = message.via?.parameters.get('branch');
  const method = message.cseq?.method;
  return typeof branch === 'string' && method !== undefined ? `${branch} ${method}` : undefined;
}

/**
 * What a request and the server transaction that it belongs to share, apart from the method (RFC 3261 §17.2.3): branch and
 * sent-by; for a branch without magic cookie what RFC 2543 compared, except the To tag, which is looked at separately
 * because the ACK has the one of the response. `received` and `rport` are additions of our own side and do not count.
 */
export function serverKey(request: SipRequest): string | undefined {
  const { via } = request;
  if (via === undefined) return undefined;
  const branch = via.parameters.get('branch');
  if (typeof branch === 'string' && hasMagicCookie(branch)) return `${branch} ${via.host} ${via.port ?? ''}`;
  const asSent = { ...via, parameters: withParameters(via.parameters, { received: undefined, rport: undefined }) };
  return [
    formatUri(request.uri),
    request.fromTag ?? '',
    request.callId,
    String(request.cseq?.sequence ?? ''),
    formatVia(asSent),
  ].join(' ');
}

/** Whether the To tag is part of the comparison, as for RFC 2543 (RFC 3261 §17.2.3). */
export function comparesToTag(request: SipRequest): boolean {
  const branch = request.via?.parameters.get('branch');
  return typeof branch !== 'string' || !hasMagicCookie(branch);
}

/**
 * What two requests share that are one request on two ways (RFC 3261 §8.2.2.2): From tag, Call-ID and CSeq. `undefined` for
 * a request that cannot be merged: within a dialog, or without From tag.
 */
export function mergeKey(request: SipRequest): string | undefined {
  if (request.toTag !== undefined || request.fromTag === undefined || request.cseq === undefined) return undefined;
  return `${request.fromTag} ${request.callId} ${request.cseq.sequence} ${request.cseq.method}`;
}
