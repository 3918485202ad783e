import { randomFraction, type Random } from '../../base/random.ts';

/** The three times of RFC 5626 §4.5, seconds. */
export interface BackOffSettings {
  /** The longest wait. */
  readonly maxS: number;
  /** The base where every flow has failed. */
  readonly baseAllFailedS: number;
  /** The base where another flow still stands. */
  readonly baseNotFailedS: number;
}

/** RFC 5626 §4.5, table 1. */
export const DEFAULT_BACK_OFF: BackOffSettings = Object.freeze({ maxS: 1800, baseAllFailedS: 30, baseNotFailedS: 90 });

/**
 * Seconds to wait before a flow is tried again (RFC 5626 §4.5): the base doubled with each failure in a row, up to the
 * longest wait, of which 50 to 100 per cent by lot, so that a thousand phones do not come back in one second.
 */
export function backOffS(settings: BackOffSettings, failures: number, allFailed: boolean, random: Random): number {
  const base = allFailed ? settings.baseAllFailedS : settings.baseNotFailedS;
  const longest = Math.min(settings.maxS, base * 2 ** failures);
  return longest * (0.5 + randomFraction(random) / 2);
}
