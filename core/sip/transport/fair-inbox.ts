import type { Clock, Timer } from '../../base/clock.ts';
import type { TransportSettings } from './transport-settings.ts';

interface Work {
  readonly size: number;
  readonly run: () => void;
}

/** What one address sent. */
interface Line {
  readonly waiting: Work[];
  /** Octets that wait. */
  octets: number;
  /** What was taken in at once since the last turn. */
  spent: number;
}

type Budget = Pick<TransportSettings, 'messagesAtOnce' | 'messagesPerTurn' | 'maxWaitingPerAddress' | 'maxWaiting'>;

/**
 * Takes in what arrives so that nobody's flood keeps others waiting. An address within its budget is served at once. What is
 * beyond waits in a line of that address; in each turn of the clock the lines are served one message each, round and round.
 * A turn is short on purpose: sockets are emptied faster than a flood is worked off, so that messages of others do not wait
 * behind it in the system's buffers.
 */
export class FairInbox {
  readonly #clock: Clock;
  readonly #budget: Budget;
  /** In the order in which they are served; a line that has nothing to wait for goes with the next turn. */
  readonly #lines = new Map<string, Line>();
  #octets = 0;
  #turn: Timer | undefined;

  constructor(clock: Clock, budget: Budget) {
    this.#clock = clock;
    this.#budget = budget;
  }

  /** Whether so many octets of `address` may wait. Ask before {@link take} where the sender cannot be held back. */
  hasRoom(address: string, size: number): boolean {
    const { maxWaitingPerAddress, maxWaiting } = this.#budget;
    const own = this.#lines.get(address)?.octets ?? 0;
    return own + size <= maxWaitingPerAddress && this.#octets + size <= maxWaiting;
  }

  /** Does `run` now, or when it is the turn of `address`, always in order. Returns whether it was done. */
  take(address: string, size: number, run: () => void): boolean {
    const line = this.#line(address);
    if (line.waiting.length === 0 && line.spent < this.#budget.messagesAtOnce) {
      line.spent++;
      run();
      return true;
    }
    line.waiting.push({ size, run });
    line.octets += size;
    this.#octets += size;
    return false;
  }

  /** Forgets all that waits. */
  close(): void {
    this.#turn?.cancel();
    this.#turn = undefined;
    this.#lines.clear();
    this.#octets = 0;
  }

  #line(address: string): Line {
    const known = this.#lines.get(address);
    if (known !== undefined) return known;
    const line: Line = { waiting: [], octets: 0, spent: 0 };
    this.#lines.set(address, line);
    this.#arm();
    return line;
  }

  #arm(): void {
    this.#turn ??= this.#clock.after(0, () => {
      this.#turn = undefined;
      if (this.#lines.size > 0) this.#arm();
      this.#serve();
    });
  }

  #serve(): void {
    let left = this.#budget.messagesPerTurn;
    // A line that is put back behind the others is met again in the same loop.
    for (const [address, line] of this.#lines) {
      line.spent = 0;
      const next = line.waiting.shift();
      this.#lines.delete(address);
      if (next === undefined) continue;
      line.octets -= next.size;
      this.#octets -= next.size;
      this.#lines.set(address, line);
      next.run();
      if (--left === 0) return;
    }
  }
}
