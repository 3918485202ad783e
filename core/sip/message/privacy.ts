import { isToken } from './characters.ts';
import type { SipMessage } from './message.ts';

/** What a Privacy header can ask for (RFC 3323 §4.2, RFC 3325 §9.3, RFC 7044 §10.1). */
const PRIVACY_VALUES = ['header', 'session', 'user', 'none', 'critical', 'id', 'history'] as const;
export type PrivacyValue = (typeof PRIVACY_VALUES)[number];

/**
 * The privacy that the sender wants, in lower case, without what nobody knows. RFC 3323 separates by semicolons; the commas
 * of others are taken, too. Values beside `none` are left out with it, since `none` stands alone.
 */
export function readPrivacy({ headers }: SipMessage): ReadonlySet<PrivacyValue> {
  const words = headers.getAll('Privacy').flatMap((field) => field.toLowerCase().split(/[;,]/));
  const values = new Set(PRIVACY_VALUES.filter((value) => words.some((word) => word.trim() === value)));
  return values.has('none') ? new Set(['none'] as const) : values;
}

/** A Privacy header field; none for no values. */
export function privacyHeaders(values: readonly PrivacyValue[]): readonly (readonly [name: string, value: string])[] {
  const tokens = values.filter((value) => isToken(value));
  return tokens.length === 0 ? [] : [['Privacy', tokens.join(';')]];
}
