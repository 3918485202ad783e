import type { TlsSecurity } from '../tls/tls-security.ts';

/** The states of the sign (product.md P4), from nothing known to voice protected up to the next hop. */
export type SecurityState = 'checking' | 'open' | 'signalling' | 'encrypted';

/** Why the state is not better. */
export type SecurityReason =
  'plain-signalling' | 'unverified-server' | 'plain-media' | 'keys-in-clear' | 'keys-to-unverified-server';

export interface CallSecurity {
  readonly state: SecurityState;
  readonly reasons: readonly SecurityReason[];
}

/**
 * What may be said of a call, or of an account while `suite` is not known yet. Pure and pessimistic: when in doubt the
 * answer is `open`. TLS to a server whose identity was not checked protects nothing, and neither do keys sent over it.
 */
export function callSecurity(facts: {
  /** `undefined`: no TLS. `null`: no connection yet. */
  readonly signalling: TlsSecurity | undefined | null;
  /** `undefined`: no media agreed yet. `null`: plain RTP. */
  readonly suite: string | undefined | null;
}): CallSecurity {
  const { signalling, suite } = facts;
  if (signalling === null) return { state: 'checking', reasons: [] };
  if (suite === undefined) {
    // Before there is sound only the signalling can be judged.
    if (signalling === undefined) return { state: 'open', reasons: ['plain-signalling'] };
    return signalling.peerVerified
      ? { state: 'checking', reasons: [] }
      : { state: 'open', reasons: ['unverified-server'] };
  }
  if (signalling === undefined) {
    return { state: 'open', reasons: suite === null ? ['plain-signalling', 'plain-media'] : ['keys-in-clear'] };
  }
  if (!signalling.peerVerified) {
    return {
      state: 'open',
      reasons: suite === null ? ['unverified-server', 'plain-media'] : ['keys-to-unverified-server'],
    };
  }
  return suite === null ? { state: 'signalling', reasons: ['plain-media'] } : { state: 'encrypted', reasons: [] };
}
