import type { TimerName } from './timers.ts';

/** Starts a timer, at T2 instead of its usual delay where `at` says so. */
export interface StartTimer<T extends TimerName> {
  readonly start: T;
  readonly at?: 't2';
}

/** Stops a timer; the next start begins with its first delay again. */
export interface StopTimer<T extends TimerName> {
  readonly stop: T;
}

/** One field of a table: where an input leads in a state, what it does, and where that is written (or why it does nothing). */
export interface Cell<S extends string, E extends string, T extends TimerName> {
  readonly next: S;
  /** In this order. */
  readonly effects: readonly (E | StartTimer<T> | StopTimer<T>)[];
  /** Section numbers without an RFC are those of RFC 3261. */
  readonly rule: string;
}

/** A machine as data. The types demand every field; a field without effect says why. */
export interface StateTable<S extends string, I extends string, E extends string, T extends TimerName> {
  readonly name: string;
  /** The transport-independent beginning. */
  readonly begin: Cell<S, E, T>;
  readonly states: Readonly<Record<S, Readonly<Record<I | `timer ${T}`, Cell<S, E, T>>>>>;
}

/** A field that leads to `next` with these effects. */
export function go<const S extends string, const F extends string | StartTimer<TimerName> | StopTimer<TimerName>>(
  next: S,
  effects: readonly F[],
  rule: string,
): { readonly next: S; readonly effects: readonly F[]; readonly rule: string } {
  return { next, effects, rule };
}

/** A field without effect, and why. */
export function stay<S extends string>(state: S, why: string): Cell<S, never, never> {
  return { next: state, effects: [], rule: why };
}
