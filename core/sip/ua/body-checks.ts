import { splitList } from '../message/lists.ts';
import type { SipRequest } from '../message/message.ts';
import type { HeaderFields } from './dialog-sender.ts';

/** Types that the body of a request may have, by method; a method that is not here takes any. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  INVITE: ['application/sdp'],
  MESSAGE: ['text/plain', 'application/im-iscomposing+xml'],
};

/** The types for Accept of an OPTIONS response (RFC 3261 §11.2). */
export const ACCEPTED_TYPES = [...new Set(Object.values(TYPES).flat())].join(', ');

/** No encoding but none (RFC 3261 §20.2). */
export const ACCEPTED_ENCODINGS = 'identity';

/**
 * The header that goes with a 415 where we cannot read the body of a request (RFC 3261 §8.2.3): a type or an encoding that we do
 * not know. A body that says it is optional is let through, to be ignored.
 */
export function bodyRefusal(request: SipRequest): HeaderFields[number] | undefined {
  const { headers, body, method, contentType } = request;
  if (body.length === 0 || /;\s*handling\s*=\s*optional/i.test(headers.get('Content-Disposition') ?? ''))
    return undefined;
  const encodings = headers.getAll('Content-Encoding').flatMap((value) => splitList(value));
  if (encodings.some((encoding) => encoding.toLowerCase() !== 'identity')) {
    return ['Accept-Encoding', ACCEPTED_ENCODINGS];
  }
  const types = TYPES[method];
  if (types === undefined || (contentType !== undefined && types.includes(contentType))) return undefined;
  return ['Accept', types.join(', ')];
}
