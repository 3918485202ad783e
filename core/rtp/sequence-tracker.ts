/** RFC 3550 A.1: a jump forward of this much or more is taken for a restart of the source, not for loss. */
const MAX_DROPOUT = 3000;
/** RFC 3550 A.1: a packet older than this is taken for a restart, too. */
const MAX_MISORDER = 100;
/** Sequence numbers remembered to tell repetition from reordering. */
const MEMORY = 512;

/**
 * Follows the sequence numbers of one source (RFC 3550 A.1 and A.3): extends them to 32 bits and more, counts loss,
 * reordering and repetition. There is no probation: what comes here was authenticated, or came from the address that
 * signalling named.
 */
export class SequenceTracker {
  /** Extended numbers seen, by their low bits; -1 where none was. */
  readonly #seen = new Float64Array(MEMORY).fill(-1);
  #base = 0;
  #highest = -1;
  /** Where a restart would go on: the number after a lone jump. */
  #restartAt = -1;
  #received = 0;
  /** What {@link received} was at #base. */
  #receivedBeforeBase = 0;
  #lostBefore = 0;
  #reordered = 0;
  #duplicates = 0;
  #expectedReported = 0;
  #receivedReported = 0;

  /**
   * Takes the sequence number of a packet that came. The result is its extended number, which goes on rising over
   * wrap-arounds until {@link restart}; -1 for a packet that must be dropped: a repetition, or the first after a jump, before a second
   * confirms it.
   */
  update(sequence: number): number {
    if (this.#highest < 0) return this.#begin(sequence + 65_536);
    const ahead = (sequence - this.#highest) & 0xffff;
    if (ahead > 0 && ahead < MAX_DROPOUT) {
      const gap = ahead - 1;
      const extended = this.#highest + ahead;
      this.#highest = extended;
      this.#restartAt = -1;
      if (gap >= MEMORY) this.#seen.fill(-1);
      return this.#accept(extended);
    }
    const behind = 65_536 - ahead;
    if (ahead === 0 || behind <= MAX_MISORDER) {
      const extended = this.#highest - (ahead === 0 ? 0 : behind);
      if (this.#seen[extended % MEMORY] === extended) {
        this.#duplicates++;
        return -1;
      }
      // From before our first packet: nothing that we could have counted as lost.
      if (extended < this.#base) this.#base = extended;
      this.#reordered++;
      return this.#accept(extended);
    }
    if (sequence !== this.#restartAt) {
      this.#restartAt = (sequence + 1) & 0xffff;
      return -1;
    }
    this.#lostBefore += this.#lostSinceBase();
    return this.#begin(Math.floor(this.#highest / 65_536 + 1) * 65_536 + sequence);
  }

  /** A new source follows (another SSRC): counts go on, sequence numbers begin anew. */
  restart(): void {
    if (this.#highest < 0) return;
    this.#lostBefore += this.#lostSinceBase();
    this.#highest = -1;
    this.#seen.fill(-1);
  }

  /** Packets taken, repetitions not counted. */
  get received(): number {
    return this.#received;
  }

  /** Gaps in the sequence so far; a packet that comes late takes its gap away again. */
  get lost(): number {
    return this.#lostBefore + this.#lostSinceBase();
  }

  get reordered(): number {
    return this.#reordered;
  }

  get duplicates(): number {
    return this.#duplicates;
  }

  /** The extended highest sequence number for a report block, 32 bits; 0 before the first packet. */
  get extendedHighest(): number {
    return this.#highest < 0 ? 0 : (this.#highest - 65_536) >>> 0;
  }

  /** Share lost since the last call, in 256ths (RFC 3550 A.3); asking begins the next interval. */
  takeFractionLost(): number {
    const expected = this.#received + this.lost;
    const expectedNow = expected - this.#expectedReported;
    const receivedNow = this.#received - this.#receivedReported;
    this.#expectedReported = expected;
    this.#receivedReported = this.#received;
    const lost = expectedNow - receivedNow;
    return expectedNow <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((lost * 256) / expectedNow));
  }

  /** Since #base every number up to #highest was expected; what came is what was accepted since. */
  #lostSinceBase(): number {
    if (this.#highest < 0) return 0;
    return this.#highest - this.#base + 1 - (this.#received - this.#receivedBeforeBase);
  }

  #begin(extended: number): number {
    this.#base = extended;
    this.#highest = extended;
    this.#restartAt = -1;
    this.#receivedBeforeBase = this.#received;
    this.#seen.fill(-1);
    return this.#accept(extended);
  }

  #accept(extended: number): number {
    this.#seen[extended % MEMORY] = extended;
    this.#received++;
    return extended;
  }
}
