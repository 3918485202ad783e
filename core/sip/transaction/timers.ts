/** The three values that all timers derive from, milliseconds (RFC 3261 §17.1.1.1, table 4). */
export interface TimerValues {
  /** Round-trip estimate. */
  readonly t1: number;
  /** Longest interval between retransmissions of a non-INVITE request or an INVITE response. */
  readonly t2: number;
  /** Longest time that a message stays in the network. */
  readonly t4: number;
}

/** What RFC 3261 recommends. */
export const DEFAULT_TIMER_VALUES: TimerValues = { t1: 500, t2: 4000, t4: 5000 };

/**
 * The timers of the four machines, as printed in RFC 3261 §17 and RFC 6026 §7. Timer C is a proxy's and so has no place
 * here. `100` is the wait before a 100 (Trying) is sent; `CANCEL` is the wait for the final response after a CANCEL (§9.1).
 */
export type TimerName = 'A' | 'B' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M' | '100' | 'CANCEL';

interface TimerRule {
  /**
   * The delay of a start; `previous` is that of the start before, where the timer was not stopped since. `undefined`: on
   * this transport the timer does not exist. 0: it fires at once.
   */
  delay(values: TimerValues, reliable: boolean, previous: number | undefined): number | undefined;
  readonly rule: string;
}

/** RFC 3261 §17.1.1.2: Timer D is at least 32 s, whatever T1 is. */
const TIMER_D_LEAST_MS = 32_000;

/** When a UAS that is silent about an INVITE sends 100 (RFC 3261 §17.2.1). */
const TRYING_AFTER_MS = 200;

const transactionLifetime = (values: TimerValues): number => 64 * values.t1;

/** How long each timer runs. */
export const TIMER_RULES: Readonly<Record<TimerName, TimerRule>> = {
  A: {
    delay: ({ t1 }, reliable, previous) => (reliable ? undefined : previous === undefined ? t1 : 2 * previous),
    rule: '§17.1.1.2: T1, doubled each time; not over a reliable transport',
  },
  B: { delay: transactionLifetime, rule: '§17.1.1.2: 64*T1' },
  D: {
    delay: (values, reliable) => (reliable ? 0 : Math.max(TIMER_D_LEAST_MS, transactionLifetime(values))),
    rule: '§17.1.1.2: at least 32 s, as long as the other side runs Timer H; zero over a reliable transport',
  },
  E: {
    delay: ({ t1, t2 }, reliable, previous) =>
      reliable ? undefined : Math.min(previous === undefined ? t1 : 2 * previous, t2),
    rule: '§17.1.2.2: T1, doubled each time up to T2; not over a reliable transport',
  },
  F: { delay: transactionLifetime, rule: '§17.1.2.2: 64*T1' },
  G: {
    delay: ({ t1, t2 }, reliable, previous) =>
      reliable ? undefined : Math.min(previous === undefined ? t1 : 2 * previous, t2),
    rule: '§17.2.1: T1, doubled each time up to T2; not over a reliable transport',
  },
  H: { delay: transactionLifetime, rule: '§17.2.1: 64*T1, over every transport' },
  I: { delay: ({ t4 }, reliable) => (reliable ? 0 : t4), rule: '§17.2.1: T4; zero over a reliable transport' },
  J: {
    delay: (values, reliable) => (reliable ? 0 : transactionLifetime(values)),
    rule: '§17.2.2: 64*T1; zero over a reliable transport',
  },
  K: { delay: ({ t4 }, reliable) => (reliable ? 0 : t4), rule: '§17.1.2.2: T4; zero over a reliable transport' },
  L: { delay: transactionLifetime, rule: 'RFC 6026 §7.1: 64*T1, over every transport' },
  M: { delay: transactionLifetime, rule: 'RFC 6026 §7.2: 64*T1, over every transport' },
  100: {
    delay: () => TRYING_AFTER_MS,
    rule: '§17.2.1: 200 ms',
  },
  CANCEL: { delay: transactionLifetime, rule: '§9.1: 64*T1' },
};

/**
 * How long a server may stay silent about a non-INVITE request: until the client's Timer E has reached T2 (RFC 4320 §4.1),
 * 3.5 s with the default values.
 */
export function nonInviteTryingDelay({ t1, t2 }: TimerValues): number {
  let elapsed = 0;
  for (let interval = t1; interval < t2; interval *= 2) elapsed += interval;
  return elapsed;
}
