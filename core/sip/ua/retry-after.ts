import type { SipResponse } from '../message/message.ts';

/** The seconds of Retry-After (RFC 3261 §20.33), without its comment and parameters; `undefined` where there are none. */
export function retryAfterSeconds(response: SipResponse): number | undefined {
  const match = /^\s*(\d{1,9})/.exec(response.headers.get('Retry-After') ?? '');
  return match === null ? undefined : Number(match[1]);
}
