import type { Headers } from './headers.ts';
import type { SipMessage, SipRequest, SipResponse } from './message.ts';

/** Fields that must not come twice (RFC 3261 §7.3.1, RFC 4475 §3.3.8). */
const SINGLE_FIELDS = ['From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards', 'Content-Type', 'Expires'];

const LARGEST_MAX_FORWARDS = 255;

/**
 * Checks a request by itself: mandatory fields are there once and well formed, and CSeq names its method (RFC 3261 §8.1.1,
 * §8.2). Max-Forwards may be absent, as RFC 2543 allowed. Returns what is wrong, for a 400.
 */
export function checkRequest(request: SipRequest): string | undefined {
  const problem = checkCommonFields(request);
  if (problem !== undefined) return problem;
  if (request.cseq?.method !== request.method) return 'CSeq method does not match';
  const maxForwards = request.headers.get('Max-Forwards');
  if (maxForwards !== undefined && !isMaxForwards(maxForwards)) return 'Malformed Max-Forwards';
  return checkAddressLists(request);
}

/**
 * An address list that is there but malformed must not pass for an absent one: a request would lose its way, and a REGISTER
 * without Contact only asks. In other requests a Contact that cannot be used is as bad as none, so it is left unread.
 */
function checkAddressLists(request: SipRequest): string | undefined {
  const { headers } = request;
  if (headers.has('Route') && request.routes.length === 0) return 'Malformed Route';
  if (headers.has('Record-Route') && request.recordRoutes.length === 0) return 'Malformed Record-Route';
  if (request.method === 'REGISTER' && headers.has('Contact') && request.contacts.length === 0)
    return 'Malformed Contact';
  return undefined;
}

/** Checks a response by itself. Returns what is wrong, for the trace: nobody answers a response. */
export function checkResponse(response: SipResponse): string | undefined {
  return checkCommonFields(response);
}

function checkCommonFields(message: SipMessage): string | undefined {
  const { headers } = message;
  const repeated = SINGLE_FIELDS.find((name) => headers.count(name) > 1);
  if (repeated !== undefined) return `Repeated ${repeated}`;
  if (message.via === undefined) return missingOrMalformed(headers, 'Via');
  if (message.from === undefined) return missingOrMalformed(headers, 'From');
  if (message.to === undefined) return missingOrMalformed(headers, 'To');
  if (message.cseq === undefined) return missingOrMalformed(headers, 'CSeq');
  if (message.callId === '') return missingOrMalformed(headers, 'Call-ID');
  return undefined;
}

function missingOrMalformed(headers: Headers, name: string): string {
  return headers.has(name) ? `Malformed ${name}` : `Missing ${name}`;
}

function isMaxForwards(text: string): boolean {
  return /^\d{1,10}$/.test(text) && Number(text) <= LARGEST_MAX_FORWARDS;
}
