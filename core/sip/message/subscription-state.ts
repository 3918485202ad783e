import { err, ok, type Result } from '../../base/result.ts';
import { isToken, skipToken } from './characters.ts';
import type { SipMessage } from './message.ts';
import { parseParameters } from './parameters.ts';

/** Why a subscription ended (RFC 6665 §4.1.3, §8.4); others mean what no reason means. */
export type TerminationReason =
  'deactivated' | 'probation' | 'rejected' | 'timeout' | 'giveup' | 'noresource' | 'invariant';

/** The value of a Subscription-State header (RFC 6665 §8.2.3). */
export interface SubscriptionState {
  /** `active`, `pending` or `terminated`, in lower case; what else stands there counts as active. */
  readonly state: 'active' | 'pending' | 'terminated';
  /** In lower case, as written: a {@link TerminationReason} or an extension. */
  readonly reason?: string | undefined;
  /** Seconds left. */
  readonly expires?: number | undefined;
  /** Seconds before which nobody may subscribe again. */
  readonly retryAfter?: number | undefined;
}

/** Reads a Subscription-State value. Numbers that are none, and a reason that is no token, count as absent. */
export function parseSubscriptionState(text: string): Result<SubscriptionState, string> {
  const end = skipToken(text, 0);
  if (end === 0) return err('malformed Subscription-State');
  const parameters = parseParameters(text, end);
  if (!parameters.ok) return parameters;
  const word = text.slice(0, end).toLowerCase();
  const reason = parameters.value.get('reason')?.toLowerCase();
  return ok({
    // RFC 6665 §4.1.3 knows three; RFC 6665 §8.4 lets extensions add more, which are no end and no wait.
    state: word === 'pending' || word === 'terminated' ? word : 'active',
    reason: reason !== undefined && isToken(reason) ? reason : undefined,
    expires: seconds(parameters.value.get('expires')),
    retryAfter: seconds(parameters.value.get('retry-after')),
  });
}

/** The Subscription-State of a NOTIFY; `undefined` where it is absent or malformed. */
export function readSubscriptionState({ headers }: SipMessage): SubscriptionState | undefined {
  const value = headers.get('Subscription-State');
  const state = value === undefined ? undefined : parseSubscriptionState(value);
  return state?.ok === true ? state.value : undefined;
}

/** Writes a Subscription-State value. */
export function formatSubscriptionState({ state, reason, expires, retryAfter }: SubscriptionState): string {
  let text: string = state;
  if (reason !== undefined && isToken(reason)) text += `;reason=${reason}`;
  if (expires !== undefined) text += `;expires=${expires}`;
  if (retryAfter !== undefined) text += `;retry-after=${retryAfter}`;
  return text;
}

function seconds(text: string | null | undefined): number | undefined {
  return typeof text === 'string' && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
