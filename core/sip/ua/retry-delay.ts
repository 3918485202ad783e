import { randomFraction, type Random } from '../../base/random.ts';

/** First and longest wait between tries after failures, seconds. */
const BACK_OFF = { baseS: 2, maxS: 1800 };

/** Seconds until the next try after so many failures in a row: doubles, half of it by lot, so that not all come back at once. */
export function retryDelayS(failures: number, random: Random): number {
  const longest = Math.min(BACK_OFF.maxS, BACK_OFF.baseS * 2 ** Math.max(failures - 1, 0));
  return longest * (0.5 + randomFraction(random) / 2);
}

/** Seconds after which something that lasts `expires` seconds is refreshed, so that one lost try is no gap. */
export function refreshAfterS(expires: number): number {
  return expires > 120 ? Math.min(expires * 0.85, expires - 60) : expires / 2;
}
