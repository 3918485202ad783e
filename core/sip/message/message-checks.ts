import type { Headers } from './headers.ts';
import type { SipMessage, SipRequest, SipResponse } from './message.ts';

/** Fields that must not come twice (RFC 3261 §7.3.1, RFC 4475 §3.3.8). */
const SINGLE_FIELDS = ['From', 'To', 'Call-ID', 'CSeq', 'Max-Forwards', 'Content-Type', 'Expires'];

/** List fields of addresses whose malformed values must not pass for absent ones: a REGISTER without Contact only asks. */
const ADDRESS_LISTS = [
  ['Contact', 'contacts'],
  ['Route', 'routes'],
  ['Record-Route', 'recordRoutes'],
] as const;

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
  for (const [name, property] of ADDRESS_LISTS) {
    if (request[property].length === 0 && request.headers.has(name)) return `Malformed ${name}`;
  }
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
