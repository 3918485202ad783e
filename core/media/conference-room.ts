import { AUDIO_FRAME_SAMPLES } from '../audio/audio-port.ts';
import type { ConferenceSeat } from './media-plane.ts';

/**
 * The sound of one conference. In each tick members add what they say, and hear the sum of the tick before without what they
 * said themselves: the order in which they come does not matter, at the price of one frame (10 ms) of delay. Everybody is
 * added up once and taken out once, whatever their number.
 */
export class ConferenceRoom {
  #said = new Int32Array(AUDIO_FRAME_SAMPLES);
  #heard = new Int32Array(AUDIO_FRAME_SAMPLES);
  #turns = 0;
  #members = 0;

  /** How many are in it. */
  get members(): number {
    return this.#members;
  }

  /** Counts ticks. */
  get turns(): number {
    return this.#turns;
  }

  /** A tick begins. */
  turn(): void {
    [this.#said, this.#heard] = [this.#heard, this.#said];
    this.#said.fill(0);
    this.#turns++;
  }

  join(): void {
    this.#members++;
  }

  leave(): void {
    this.#members--;
  }

  add(frame: Int16Array): void {
    const said = this.#said;
    for (let index = 0; index < said.length; index++) said[index] = (said[index] ?? 0) + (frame[index] ?? 0);
  }

  /** The sum of the tick before, one sample of it. */
  sample(index: number): number {
    return this.#heard[index] ?? 0;
  }
}

/** One member: what it said in this tick and the one before, and how loud it speaks and hears. */
export class ConferenceMember {
  readonly #room: ConferenceRoom;
  #now = new Int16Array(AUDIO_FRAME_SAMPLES);
  #before = new Int16Array(AUDIO_FRAME_SAMPLES);
  #spokeAt = -1;
  #seat: ConferenceSeat;
  #talk = 1;
  #listen = 1;

  constructor(room: ConferenceRoom, seat: ConferenceSeat) {
    this.#room = room;
    this.#seat = seat;
    this.take(seat);
    room.join();
  }

  get room(): ConferenceRoom {
    return this.#room;
  }

  /** What has changed of its place. */
  take(seat: ConferenceSeat): void {
    this.#seat = seat;
    this.#talk = 10 ** (seat.talkDb / 20);
    this.#listen = 10 ** (seat.listenDb / 20);
  }

  leave(): void {
    this.#room.leave();
  }

  /** Says a frame in this tick. */
  say(frame: Int16Array): void {
    const now = this.#before;
    this.#before = this.#now;
    this.#now = now;
    // Who was away for a tick said nothing in it.
    if (this.#spokeAt !== this.#room.turns - 1) this.#before.fill(0);
    this.#spokeAt = this.#room.turns;
    if (this.#seat.muted) {
      now.fill(0);
      return;
    }
    for (let index = 0; index < now.length; index++) now[index] = clip(this.#talk * (frame[index] ?? 0));
    this.#room.add(now);
  }

  /** Adds to `frame` what the others said in the tick before. */
  hear(frame: Int16Array): void {
    if (this.#seat.deaf) return;
    const own = this.#before;
    for (let index = 0; index < frame.length; index++) {
      const others = this.#room.sample(index) - (own[index] ?? 0);
      frame[index] = clip((frame[index] ?? 0) + this.#listen * others);
    }
  }
}

function clip(sample: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(sample)));
}
