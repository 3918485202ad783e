import type { DigestHash } from '../sip/auth/digest.ts';

/**
 * The instance of a device for `+sip.instance` (RFC 5626 §4.1): a UUID of version 8 (RFC 9562 §5.8) that follows from the
 * identifier which an account keeps from one start to the next, so that a phone that crashed replaces its old binding.
 */
export function deviceInstance(hash: DigestHash, accountId: string): string {
  const digits = hash.hex('SHA-256', new TextEncoder().encode(`sotto account ${accountId}`));
  const variant = ((parseInt(digits.charAt(16), 16) & 3) | 8).toString(16);
  const groups = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `${variant}${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ];
  return `urn:uuid:${groups.join('-')}`;
}
