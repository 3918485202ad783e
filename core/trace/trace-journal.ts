import type { TraceEvent, TraceLevel, Tracer } from './tracer.ts';
import { isCaptured } from './trace-file.ts';

/** What a journal keeps at most. The oldest make room. */
export interface JournalLimits {
  readonly events: number;
  /** Characters of messages and captured octets, which are most of what a journal weighs. */
  readonly characters: number;
}

export const JOURNAL_LIMITS: JournalLimits = { events: 20_000, characters: 16 * 1024 * 1024 };

/** A piece of a journal. */
export interface JournalPage {
  readonly events: readonly TraceEvent[];
  /** The last number that was looked at; the next page is asked for after it. */
  readonly next: number;
  /** Whether there is more at once. */
  readonly more: boolean;
}

/**
 * The newest events of a program, for whoever opens a view on them later. It starts with all but the finest detail
 * ({@link level}), since to follow every record and packet takes longer than what they do.
 */
export class TraceJournal {
  readonly #tracer: Tracer;
  readonly #limits: JournalLimits;
  readonly #events: TraceEvent[] = [];
  readonly #sink = (event: TraceEvent): void => {
    this.#keep(event);
  };
  #stop: () => void;
  #level: TraceLevel = 7;
  #characters = 0;
  /** Events at the front of the list that are no longer kept. */
  #gone = 0;

  constructor(tracer: Tracer, limits: JournalLimits = JOURNAL_LIMITS) {
    this.#tracer = tracer;
    this.#limits = limits;
    this.#stop = tracer.record(this.#sink, this.#level);
  }

  /** Up to which level events are kept; effective at once. */
  get level(): TraceLevel {
    return this.#level;
  }

  set level(level: TraceLevel) {
    this.#level = level;
    this.#stop = this.#tracer.record(this.#sink, level);
  }

  /**
   * At most `limit` events after number `after`, oldest first. What was captured, octets and secrets, only comes where it is
   * asked for. A number that no event has yet is one of a program that ran before this one: it gets all.
   */
  read({
    after,
    limit,
    captured,
  }: {
    readonly after: number;
    readonly limit: number;
    readonly captured: boolean;
  }): JournalPage {
    const newest = this.#events.at(-1)?.seq ?? 0;
    const from = this.#indexAfter(after > newest ? 0 : after);
    const events: TraceEvent[] = [];
    let at = from;
    for (; at < this.#events.length && events.length < limit; at++) {
      const event = this.#events[at];
      if (event !== undefined && (captured || !isCaptured(event))) events.push(event);
    }
    return { events, next: this.#events[at - 1]?.seq ?? Math.min(after, newest), more: at < this.#events.length };
  }

  /** Keeps nothing from now on. */
  close(): void {
    this.#stop();
  }

  #keep(event: TraceEvent): void {
    this.#events.push(event);
    this.#characters += weight(event);
    while (
      this.#events.length - this.#gone > this.#limits.events ||
      (this.#characters > this.#limits.characters && this.#gone < this.#events.length - 1)
    ) {
      const oldest = this.#events[this.#gone++];
      if (oldest !== undefined) this.#characters -= weight(oldest);
    }
    // To move the rest for each one that goes would cost more than the room it takes.
    if (this.#gone > this.#events.length / 2) {
      this.#events.splice(0, this.#gone);
      this.#gone = 0;
    }
  }

  /** The index of the first event kept whose number is above `after`, by halving. */
  #indexAfter(after: number): number {
    let low = this.#gone;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.seq ?? 0) <= after) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function weight({ text, sdp, octets }: TraceEvent): number {
  let characters = 0;
  for (const value of [text, sdp, octets]) if (typeof value === 'string') characters += value.length;
  return characters;
}
