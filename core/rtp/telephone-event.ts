/** Octets of a telephone-event payload (RFC 4733 §2.3). */
export const TELEPHONE_EVENT_LENGTH = 4;

/** Digits by event code (RFC 4733 §3.2). */
const DIGITS = '0123456789*#ABCD';

/** Time between packets of one event (RFC 4733 §2.5.1.2 suggests 50 ms or the packet time; everybody uses 20). */
export const EVENT_UPDATE_MS = 20;
/** The last packet is sent three times in all (RFC 4733 §2.5.1.4). */
const END_PACKETS = 3;
/** The shortest event and gap that detectors understand; the longest that 16 bits hold at 48 kHz is 1365 ms. */
const MIN_EVENT_MS = 40;
const MIN_GAP_MS = 50;
const VOLUME_DBM0 = 10;

/**
 * Sends digits as telephone events (RFC 4733): one packet every 20 ms, all of one event with the same timestamp, the
 * first with the marker bit, the last three times. {@link step} is called every 20 ms and fills in the fields.
 */
export class TelephoneEventSender {
  /** The payload of the packet to send now. */
  readonly payload = new Uint8Array(TELEPHONE_EVENT_LENGTH);
  /** Of telephone-event in the SDP, which counts the durations. */
  readonly clockRate: number;
  readonly #queue: { readonly code: number; readonly durationMs: number }[] = [];
  #timestamp = 0;
  #marker = false;
  #elapsedMs = 0;
  #endsSent = 0;
  #gapMs = 0;

  constructor(clockRate: number) {
    this.clockRate = clockRate;
  }

  /** The timestamp of the packet to send now: the beginning of the event. */
  get timestamp(): number {
    return this.#timestamp;
  }

  get marker(): boolean {
    return this.#marker;
  }

  /** Whether digits are being sent or wait. */
  get busy(): boolean {
    return this.#queue.length > 0;
  }

  /** Queues the digits `0-9*#A-D`, in any case; other characters are passed over. */
  queue(digits: string, durationMs: number): void {
    const longest = Math.floor((65_535 * 1000) / this.clockRate / EVENT_UPDATE_MS) * EVENT_UPDATE_MS;
    for (const digit of digits.toUpperCase()) {
      const code = DIGITS.indexOf(digit);
      if (code < 0) continue;
      this.#queue.push({ code, durationMs: Math.min(longest, Math.max(MIN_EVENT_MS, durationMs)) });
    }
  }

  /** One packet time passed; `timestamp` is what a packet of sound would have. `true`: a packet is to be sent. */
  step(timestamp: number): boolean {
    const event = this.#queue[0];
    if (event === undefined) {
      this.#gapMs = Math.max(0, this.#gapMs - EVENT_UPDATE_MS);
      return false;
    }
    if (this.#gapMs > 0) {
      this.#gapMs -= EVENT_UPDATE_MS;
      return false;
    }
    this.#marker = this.#elapsedMs === 0;
    if (this.#marker) this.#timestamp = timestamp;
    this.#elapsedMs = Math.min(event.durationMs, this.#elapsedMs + EVENT_UPDATE_MS);
    const ended = this.#elapsedMs >= event.durationMs;
    const duration = Math.min(65_535, Math.round((this.#elapsedMs * this.clockRate) / 1000));
    this.payload[0] = event.code;
    this.payload[1] = (ended ? 0x80 : 0) | VOLUME_DBM0;
    this.payload[2] = duration >>> 8;
    this.payload[3] = duration;
    if (ended && ++this.#endsSent === END_PACKETS) {
      this.#queue.shift();
      this.#elapsedMs = 0;
      this.#endsSent = 0;
      // The repetitions of the end are time without a tone already.
      this.#gapMs = Math.max(0, MIN_GAP_MS - (END_PACKETS - 1) * EVENT_UPDATE_MS);
    }
    return true;
  }
}

/** Time without a packet after which an event whose end was lost is over. */
const END_TIMEOUT_MS = 120;

/** A digit that was received. */
export interface ReceivedDigit {
  readonly digit: string;
  readonly durationMs: number;
}

/**
 * Receives telephone events (RFC 4733): each event once, whatever was repeated or lost. An event is known by its
 * timestamp; it is over with its end packet, with the next event, or after 120 ms of nothing.
 */
export class TelephoneEventReceiver {
  readonly #clockRate: number;
  #timestamp = -1;
  #code = 0;
  #duration = 0;
  #lastMs = 0;
  #open = false;

  constructor(clockRate: number) {
    this.#clockRate = clockRate;
  }

  /** Takes the payload at `offset`; the digit that ended, if one did. */
  receive(
    timestamp: number,
    octets: Uint8Array,
    offset: number,
    length: number,
    nowMs: number,
  ): ReceivedDigit | undefined {
    if (length < TELEPHONE_EVENT_LENGTH) return undefined;
    const code = octets[offset] ?? 0;
    const duration = ((octets[offset + 2] ?? 0) << 8) | (octets[offset + 3] ?? 0);
    let digit: ReceivedDigit | undefined;
    if (timestamp !== this.#timestamp) {
      // A packet of an event before this one, late, opens nothing.
      if (this.#timestamp >= 0 && ((timestamp - this.#timestamp) | 0) < 0) return undefined;
      digit = this.#end();
      this.#timestamp = timestamp;
      this.#code = code;
      this.#duration = 0;
      this.#open = code < DIGITS.length;
    }
    this.#lastMs = nowMs;
    if (!this.#open) return digit;
    this.#duration = Math.max(this.#duration, duration);
    if (((octets[offset + 1] ?? 0) & 0x80) === 0) return digit;
    // Where the same packet ends the event before as well, its own end comes with one of the repetitions.
    return digit ?? this.#end();
  }

  /** The digit whose end did not come in time, if there is one; to be asked now and then. */
  expire(nowMs: number): ReceivedDigit | undefined {
    return this.#open && nowMs - this.#lastMs >= END_TIMEOUT_MS ? this.#end() : undefined;
  }

  /** A new source follows, with timestamps of its own. */
  restart(): void {
    this.#open = false;
    this.#timestamp = -1;
  }

  #end(): ReceivedDigit | undefined {
    if (!this.#open) return undefined;
    this.#open = false;
    return { digit: DIGITS[this.#code] ?? '', durationMs: Math.round((this.#duration * 1000) / this.#clockRate) };
  }
}
