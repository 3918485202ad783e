/** Interarrival jitter of one source (RFC 3550 §6.4.1, A.8): the smoothed difference of spacing sent and received. */
export class InterarrivalJitter {
  readonly #clockRate: number;
  #transit: number | undefined;
  #timestamp = 0;
  /** Sum of all steps of the timestamp: the time since the first packet on the sender's clock. */
  #elapsed = 0;
  #jitter = 0;

  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  /** A packet with this RTP timestamp came at `arrivalMs`. */
  update(timestamp: number, arrivalMs: number): void {
    const arrival = (arrivalMs * this.#clockRate) / 1000;
    if (this.#transit === undefined) this.#transit = arrival;
    else {
      // The timestamp's step is taken modulo 2^32, so a wrap-around is no jump.
      this.#elapsed += (timestamp - this.#timestamp) | 0;
      const transit = arrival - this.#elapsed;
      const difference = Math.abs(transit - this.#transit);
      this.#transit = transit;
      // A source that restarted its timestamps tells nothing about the network.
      if (difference < this.#clockRate * 2) this.#jitter += (difference - this.#jitter) / 16;
    }
    this.#timestamp = timestamp;
  }

  /** In timestamp units, as a report block has it. */
  get timestampUnits(): number {
    return Math.floor(this.#jitter);
  }

  get milliseconds(): number {
    return (this.#jitter * 1000) / this.#clockRate;
  }
}
