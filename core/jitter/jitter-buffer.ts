import { DelayEstimator, type DelayBounds } from './delay-estimator.ts';

/** Packets held at most; a power of two. */
const SLOTS = 128;
/** Concealment in a row before the source is taken to have paused. */
const MAX_STALL_MS = 120;
/** A step of the timestamp of more than this between neighbours is a restart of the source's clock. */
const MAX_STEP_MS = 5000;
/**
 * Packets over which the buffer must have been too full, and by how many packets, before one is left out: a cut in speech is
 * heard, a few hundredths of a second of delay are not. Pauses shorten the delay unheard, whenever they come.
 */
const EXCESS_WINDOW = 250;
const EXCESS_PACKETS = 2;
/** Once that is so, one packet of so many is left out until the delay is right. */
const SHORTEN_EVERY = 10;
/** Too full by this much, packets are left out at once. */
const EXCESS_LIMIT_MS = 200;

const DEFAULT_BOUNDS: DelayBounds = { initialMs: 20, minMs: 10, maxMs: 300 };

/** What {@link JitterBuffer.put} did with a packet. */
export type PutOutcome = 'queued' | 'late' | 'duplicate';
/** What {@link JitterBuffer.get} says to do: decode `packet`, make up `concealTicks`, or be silent for this tick. */
export type PlayoutAction = 'packet' | 'conceal' | 'wait';

/** A packet in the buffer; its octets are the buffer's own and change when it is played and the slot used again. */
export interface BufferedPacket {
  readonly sequence: number;
  readonly payloadType: number;
  readonly payload: Uint8Array;
  readonly length: number;
}

class Slot implements BufferedPacket {
  sequence = -1;
  /** Extended like the sequence number, in clock ticks. */
  timestamp = 0;
  ticks = 0;
  payloadType = 0;
  payload = new Uint8Array(0);
  length = 0;
  arrivalMs = 0;
}

/**
 * Puts packets back in order and evens out their arrival (a pure machine: time comes with every call). Its delay
 * follows the network; packets that come too late are counted and dropped, gaps are concealed, pauses of the source
 * (DTX) are waited out and used to change the delay unheard. Payloads are copied into slots that are used again, so
 * nothing is allocated once they have grown.
 */
export class JitterBuffer {
  readonly #clockRate: number;
  readonly #estimator: DelayEstimator;
  readonly #slots = Array.from({ length: SLOTS }, () => new Slot());
  #playing = false;
  /** Whether anything was played since the last reset: what came before its place is late from then on. */
  #played = false;
  #empty = true;
  /** The packet to play next, by sequence number, and the place in the source's time that is to be played next. */
  #nextSequence = 0;
  #nextTimestamp = 0;
  #highest = -1;
  /** The last timestamp, to extend the next one by. */
  #timestamp = 0;
  #lastTicks = 0;
  /** Ticks concealed while nothing was there; whether they were loss or delay shows when the next packet comes. */
  #stalled = 0;
  #leastExcess = Infinity;
  #excessCount = 0;
  #shortening = false;
  #late = 0;
  #discarded = 0;
  #concealedTicks = 0;
  #delayMs = 0;
  #packet: Slot | undefined;
  #recovery: Slot | undefined;
  #concealTicks = 0;

  constructor(clockRate: number, bounds: DelayBounds = DEFAULT_BOUNDS) {
    this.#clockRate = clockRate;
    this.#estimator = new DelayEstimator(bounds);
  }

  /** The packet to decode after `packet`. */
  get packet(): BufferedPacket | undefined {
    return this.#packet;
  }

  /** After `conceal`: the packet right behind the gap, if it is there; it may carry a copy of the lost one. */
  get recovery(): BufferedPacket | undefined {
    return this.#recovery;
  }

  /** After `conceal`: how much to make up, in ticks of the RTP clock. */
  get concealTicks(): number {
    return this.#concealTicks;
  }

  /** Packets that came after their time. */
  get late(): number {
    return this.#late;
  }

  /** Packets left out to shorten the delay. */
  get discarded(): number {
    return this.#discarded;
  }

  get concealedMs(): number {
    return this.#toMs(this.#concealedTicks);
  }

  /** How long packets played lately were held, milliseconds. */
  get delayMs(): number {
    return this.#delayMs;
  }

  /** The delay aimed at, counted from the fastest packets, milliseconds. */
  get targetMs(): number {
    return this.#estimator.targetMs;
  }

  /**
   * Takes a packet: `sequence` extended so that it never wraps, `ticks` its duration on the RTP clock, at least 1. The
   * payload is copied.
   */
  put(
    sequence: number,
    timestamp: number,
    ticks: number,
    payloadType: number,
    octets: Uint8Array,
    offset: number,
    length: number,
    arrivalMs: number,
  ): PutOutcome {
    const step = this.#empty ? 0 : (timestamp - this.#timestamp) | 0;
    if (!this.#empty && (Math.abs(this.#toMs(step)) > MAX_STEP_MS || sequence >= this.#nextSequence + SLOTS))
      this.reset();
    const extended = this.#empty ? timestamp : this.#timestamp + step;
    if (this.#empty) {
      this.#empty = false;
      this.#nextSequence = sequence;
      this.#highest = sequence;
    }
    if (sequence >= this.#highest) {
      this.#highest = sequence;
      this.#timestamp = extended;
    }
    this.#estimator.add(arrivalMs - this.#toMs(extended));
    if (sequence < this.#nextSequence) {
      if (this.#played || this.#highest - sequence >= SLOTS) {
        this.#late++;
        return 'late';
      }
      this.#nextSequence = sequence;
    }
    const slot = this.#slotOf(sequence);
    if (slot.sequence === sequence) return 'duplicate';
    slot.sequence = sequence;
    slot.timestamp = extended;
    slot.ticks = ticks;
    slot.payloadType = payloadType;
    if (slot.payload.length < length) slot.payload = new Uint8Array(Math.max(length, 2 * slot.payload.length));
    for (let index = 0; index < length; index++) slot.payload[index] = octets[offset + index] ?? 0;
    slot.length = length;
    slot.arrivalMs = arrivalMs;
    return 'queued';
  }

  /**
   * Notes that this sequence number has no sound (a telephone event, comfort noise): it is not missing, and the time it
   * takes is a pause.
   */
  putSilent(sequence: number): void {
    if (this.#empty || sequence < this.#nextSequence || sequence >= this.#nextSequence + SLOTS) return;
    const slot = this.#slotOf(sequence);
    slot.sequence = sequence;
    slot.ticks = 0;
    this.#highest = Math.max(this.#highest, sequence);
  }

  /** Says what to play next; asked whenever the sound of the last answer is used up, every 10 ms while waiting. */
  get(nowMs: number): PlayoutAction {
    let head = this.#head();
    if (!this.#playing) {
      if (head === undefined || this.#excessMs(head, nowMs) < 0) return 'wait';
      this.#playing = true;
      this.#played = true;
      this.#stalled = 0;
      this.#skipTo(head);
    }
    if (head === undefined) return this.#stall();
    if (this.#lostBefore(head)) return this.#concealBefore(head);
    // No packet is missing, but time is: the source was silent on purpose.
    if (head.timestamp > this.#nextTimestamp + this.#stalled && this.#excessMs(head, nowMs) < 0) return 'wait';
    head = this.#leaveOut(head, nowMs);
    return this.#play(head, nowMs);
  }

  /** Another source follows, or the same one with other timestamps: forgets packets and delay, keeps the counts. */
  reset(): void {
    for (const slot of this.#slots) slot.sequence = -1;
    this.#estimator.reset();
    this.#playing = false;
    this.#played = false;
    this.#empty = true;
    this.#leastExcess = Infinity;
    this.#excessCount = 0;
    this.#shortening = false;
  }

  /** Whether packets before `head` are missing that the concealment so far does not make up for. */
  #lostBefore(head: Slot): boolean {
    if (head.sequence === this.#nextSequence) return false;
    if (head.timestamp > this.#nextTimestamp + this.#stalled) return true;
    this.#skipTo(head);
    return false;
  }

  #concealBefore(head: Slot): PlayoutAction {
    this.#nextTimestamp += this.#stalled;
    this.#stalled = 0;
    const ticks = Math.min(this.#lastTicks || head.ticks, head.timestamp - this.#nextTimestamp);
    this.#recovery = head.sequence === this.#nextSequence + 1 ? head : undefined;
    this.#nextSequence++;
    this.#nextTimestamp += ticks;
    return this.#conceal(ticks);
  }

  /** Nothing is there: conceals for a while, then waits for the source to begin again. */
  #stall(): PlayoutAction {
    this.#recovery = undefined;
    if (this.#toMs(this.#stalled) >= MAX_STALL_MS) {
      this.#playing = false;
      return 'wait';
    }
    this.#stalled += this.#lastTicks;
    return this.#conceal(this.#lastTicks);
  }

  #conceal(ticks: number): PlayoutAction {
    this.#packet = undefined;
    this.#concealTicks = ticks;
    this.#concealedTicks += ticks;
    return 'conceal';
  }

  /** Passes over packets that are played too late already, or that make the delay longer than it need be. */
  #leaveOut(head: Slot, nowMs: number): Slot {
    let kept = head;
    for (;;) {
      const next = this.#slotOf(kept.sequence + 1);
      if (next.sequence !== kept.sequence + 1 || next.ticks === 0) return kept;
      const excess = this.#excessMs(kept, nowMs);
      if (this.#stalled >= kept.ticks) {
        // Its time was concealed, and the packet behind it is there, too.
        this.#stalled -= kept.ticks;
        this.#late++;
      } else if (excess > EXCESS_LIMIT_MS || this.#steadyExcess(excess, kept)) this.#discarded++;
      else return kept;
      kept = next;
    }
  }

  /** Whether to leave `head` out: the delay was too long for all of the last window, and still is. */
  #steadyExcess(excessMs: number, head: Slot): boolean {
    const packetMs = this.#toMs(head.ticks);
    this.#leastExcess = Math.min(this.#leastExcess, excessMs);
    this.#excessCount++;
    if (this.#shortening) {
      if (excessMs > packetMs) return this.#excessCount % SHORTEN_EVERY === 0;
      this.#shortening = false;
    } else {
      if (this.#excessCount < EXCESS_WINDOW) return false;
      this.#shortening = this.#leastExcess > EXCESS_PACKETS * packetMs;
    }
    this.#excessCount = 0;
    this.#leastExcess = Infinity;
    return this.#shortening;
  }

  #play(slot: Slot, nowMs: number): PlayoutAction {
    this.#nextSequence = slot.sequence + 1;
    this.#nextTimestamp = slot.timestamp + slot.ticks;
    this.#lastTicks = slot.ticks;
    this.#stalled = 0;
    this.#delayMs += (nowMs - slot.arrivalMs - this.#delayMs) / 16;
    this.#packet = slot;
    this.#recovery = undefined;
    return 'packet';
  }

  #skipTo(slot: Slot): void {
    this.#nextSequence = slot.sequence;
    this.#nextTimestamp = slot.timestamp;
    this.#stalled = 0;
  }

  /** How much later than wanted `slot` would be played now, milliseconds; negative: its time is still to come. */
  #excessMs(slot: Slot, nowMs: number): number {
    return nowMs - (this.#estimator.fastestMs + this.#toMs(slot.timestamp)) - this.#estimator.targetMs;
  }

  #head(): Slot | undefined {
    for (let sequence = this.#nextSequence; sequence <= this.#highest; sequence++) {
      const slot = this.#slotOf(sequence);
      if (slot.sequence !== sequence) continue;
      if (slot.ticks > 0) return slot;
      if (sequence === this.#nextSequence) this.#nextSequence++;
    }
    return undefined;
  }

  #slotOf(sequence: number): Slot {
    const slot = this.#slots[sequence & (SLOTS - 1)];
    if (slot === undefined) throw new RangeError(`no slot for sequence number ${sequence}`);
    return slot;
  }

  #toMs(ticks: number): number {
    return (ticks * 1000) / this.#clockRate;
  }
}
