/** A call that will be made once; cancelling it twice, or after it was made, does nothing. */
export interface Timer {
  cancel(): void;
}

/**
 * Time as the protocol code sees it, injected whole: now *and* timers. The adapter in `core/io` arms one system timer for
 * all of them; tests move a virtual clock by hand and never sleep.
 */
export interface Clock {
  /** Monotonic milliseconds since an arbitrary origin; never goes back. */
  now(): number;
  /** Wall-clock milliseconds since 1970-01-01T00:00:00Z; may jump. For dates on the wire and in certificates only. */
  wall(): number;
  /** Calls `fire` once, no earlier than `delayMs` from now. */
  after(delayMs: number, fire: () => void): Timer;
}
