import { readAddresses } from './address-list.ts';
import type { SipMessage } from './message.ts';
import { formatNameAddress } from './name-address.ts';
import type { Uri } from './uri.ts';

/** One station from which a call was sent on (RFC 5806 §4). */
export interface Diversion {
  readonly displayName?: string | undefined;
  readonly uri: Uri;
  /** `user-busy`, `no-answer`, `unconditional`, `deflection`, ... in lower case. */
  readonly reason?: string | undefined;
  /** How often in all; 1 where it does not say. */
  readonly count: number;
  /** Whether it wants to be shown to nobody. */
  readonly isPrivate: boolean;
}

const MOST_DIVERSIONS = 100;

/** Where a call has been before, the last station first (RFC 5806 §4). */
export function readDiversions(message: SipMessage): readonly Diversion[] {
  return readAddresses(message, 'Diversion').map(({ displayName, uri, parameters }) => {
    const count = Number(parameters.get('counter') ?? 1);
    const privacy = parameters.get('privacy')?.toLowerCase();
    return {
      displayName,
      uri,
      reason: parameters.get('reason')?.toLowerCase(),
      count: Number.isInteger(count) && count >= 1 && count <= MOST_DIVERSIONS ? count : 1,
      isPrivate: privacy === 'full' || privacy === 'name' || privacy === 'uri',
    };
  });
}

/** How often a call was sent on, for the limit that ends a loop (RFC 5806 §7). */
export function diversionCount(message: SipMessage): number {
  return readDiversions(message).reduce((sum, { count }) => sum + count, 0);
}

/** A header field for one station; put it in front of those that are there. */
export function diversionHeader({ displayName, uri, reason, count, isPrivate }: Diversion): readonly [string, string] {
  const parameters = new Map<string, string | null>();
  if (reason !== undefined) parameters.set('reason', reason);
  if (count > 1) parameters.set('counter', String(count));
  if (isPrivate) parameters.set('privacy', 'full');
  return ['Diversion', formatNameAddress({ displayName, uri, parameters })];
}
