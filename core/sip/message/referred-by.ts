import type { NameAddress } from './header-values.ts';
import type { SipMessage } from './message.ts';
import { parseNameAddress } from './name-address.ts';

/**
 * Who referred, as the referrer says (RFC 3892 §3); `cid` in its parameters names the body that proves it. `undefined` where it
 * is absent, malformed or there twice.
 */
export function readReferredBy({ headers }: SipMessage): NameAddress | undefined {
  const [value, ...more] = headers.getAll('Referred-By');
  if (value === undefined || more.length > 0) return undefined;
  const address = parseNameAddress(value);
  return address.ok ? address.value : undefined;
}
