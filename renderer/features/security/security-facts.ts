import type { AccountView, SecurityView } from '../../../core/api/state.ts';

/** What is known of the signalling or the voice on one hop. */
export type HopFact = 'protected' | 'readable' | 'encrypted' | 'unproved' | 'unknown';

/** One hop of a call: what is known of who calls whom, and of what is said. */
export interface Hop {
  readonly details: HopFact;
  readonly voice: HopFact;
}

/** Nothing is known of the way beyond the server, ever: only the server could tell. */
export const BEYOND: Hop = { details: 'unknown', voice: 'unknown' };

/** What is known of the hop between here and the server. */
export function firstHop(security: SecurityView): Hop {
  return { details: detailsFact(security), voice: voiceFact(security) };
}

function detailsFact({ signalling }: SecurityView): HopFact {
  if (signalling === null) return 'unknown';
  if (signalling.transport !== 'tls') return 'readable';
  return signalling.peerVerified ? 'protected' : 'unproved';
}

function voiceFact({ media, reasons }: SecurityView): HopFact {
  if (media === null) return 'unknown';
  if (media.suite === null || reasons.includes('keys-in-clear')) return 'readable';
  return reasons.includes('keys-to-unverified-server') ? 'unproved' : 'encrypted';
}

/** Which sentence says who could listen to a call. */
export function whoCouldListen(
  security: SecurityView,
): 'checking' | 'open' | 'openUnverified' | 'signalling' | 'encrypted' {
  if (security.state === 'open' && voiceFact(security) === 'unproved') return 'openUnverified';
  return security.state;
}

/** Which sentence says how far a registration is protected. */
export function registrationProtection(
  account: Pick<AccountView, 'security'>,
): 'checking' | 'open' | 'openUnverified' | 'protected' {
  const fact = detailsFact(account.security);
  if (fact === 'unknown') return 'checking';
  return fact === 'protected' ? 'protected' : fact === 'unproved' ? 'openUnverified' : 'open';
}

/** The server of a connection without its port, as a name to put into a sentence. */
export function serverName(security: SecurityView): string | null {
  return security.signalling === null ? null : security.signalling.server.replace(/:\d+$/, '');
}

/** Whole days from `now` until a certificate ends; negative once it has. Both in milliseconds since 1970. */
export function daysLeft(notAfter: number, now: number): number {
  return Math.floor((notAfter - now) / 86_400_000);
}
