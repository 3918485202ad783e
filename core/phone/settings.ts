import type { Settings } from '../api/state.ts';

/** What a phone does before anybody has chosen anything. */
export const DEFAULT_SETTINGS: Settings = Object.freeze({
  language: 'system',
  theme: 'system',
  doNotDisturb: { on: false, until: null },
  callWaiting: true,
  forward: { always: '', busy: '', noAnswer: '', noAnswerSeconds: 20 },
  autoAnswer: {},
  builtInSwitch: true,
});

/** Whether nobody wants to be rung at a moment, in milliseconds since 1970. */
export function isDoNotDisturb({ doNotDisturb: { on, until } }: Settings, now: number): boolean {
  return on && (until === null || now < until);
}

/** What becomes of a call that comes in. `after`: in how many seconds, where it rings on till then. */
export type IncomingDecision =
  | { readonly kind: 'ring'; readonly forwardTo: string; readonly forwardAfter: number }
  | { readonly kind: 'answer'; readonly after: number }
  | { readonly kind: 'forward'; readonly to: string }
  /** 480 for who is not to be disturbed (RFC 3261 §21.4.18), 486 for who speaks. */
  | { readonly kind: 'refuse'; readonly status: 480 | 486 };

/**
 * Decides what becomes of a call that comes in: who forwards everything, forwards; then do not disturb; then busy, where somebody
 * speaks and no second call may ring. A call is answered by itself only where none goes on.
 */
export function decideIncoming(settings: Settings, accountId: string, busy: boolean, now: number): IncomingDecision {
  const { forward, callWaiting, autoAnswer } = settings;
  if (forward.always !== '') return { kind: 'forward', to: forward.always };
  if (isDoNotDisturb(settings, now)) return { kind: 'refuse', status: 480 };
  if (busy && !callWaiting) {
    return forward.busy === '' ? { kind: 'refuse', status: 486 } : { kind: 'forward', to: forward.busy };
  }
  const after = autoAnswer[accountId];
  if (after !== undefined && !busy) return { kind: 'answer', after };
  return { kind: 'ring', forwardTo: forward.noAnswer, forwardAfter: forward.noAnswerSeconds };
}
