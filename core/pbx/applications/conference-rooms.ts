import type { ConferenceSeat } from '../../media/media-plane.ts';
import type { ServedLeg } from './served-leg.ts';
import { spokenNumber } from './speech.ts';
import type { SoundLibrary } from './sounds.ts';

/** One press of a volume key, decibels. */
const VOLUME_STEP_DB = 4;
const MOST_VOLUME_DB = 24;
/** How often a number for a room is asked for. */
const PIN_TRIES = 3;
const LONGEST_PIN = 16;

/** What the keys of FreeSWITCH's default group do to a seat; `prompt` is said to its member. */
const KEYS: Readonly<
  Record<string, (seat: ConferenceSeat) => { readonly seat: Partial<ConferenceSeat>; readonly prompt?: string }>
> = {
  '0': ({ muted }) => ({ seat: { muted: !muted }, prompt: muted ? 'unmuted' : 'muted' }),
  '*': ({ deaf }) => ({ seat: { deaf: !deaf, muted: !deaf }, prompt: deaf ? 'not-deaf' : 'deaf' }),
  '1': ({ talkDb }) => ({ seat: { talkDb: louder(talkDb, -VOLUME_STEP_DB) } }),
  '2': () => ({ seat: { talkDb: 0 } }),
  '3': ({ talkDb }) => ({ seat: { talkDb: louder(talkDb, VOLUME_STEP_DB) } }),
  '4': ({ listenDb }) => ({ seat: { listenDb: louder(listenDb, -VOLUME_STEP_DB) } }),
  '5': () => ({ seat: { listenDb: 0 } }),
  '6': ({ listenDb }) => ({ seat: { listenDb: louder(listenDb, VOLUME_STEP_DB) } }),
};

/** Rooms in which everybody hears everybody else. A room is there while somebody is in it. */
export class ConferenceRooms {
  readonly #sounds: SoundLibrary;
  #pins: ReadonlyMap<string, string>;
  /** How many are in each room. */
  readonly #members = new Map<string, number>();

  /** `pins`: what somebody has to know to enter a room, by its number. */
  constructor(sounds: SoundLibrary, pins: ReadonlyMap<string, string>) {
    this.#sounds = sounds;
    this.#pins = pins;
  }

  /** From now on; who is in a room stays there. */
  configure(pins: ReadonlyMap<string, string>): void {
    this.#pins = pins;
  }

  /** Lets somebody in who knows the number of the room, until it presses pound or goes. */
  async enter(leg: ServedLeg, room: string): Promise<void> {
    if (!(await this.#admits(leg, room))) return;
    if (!(await leg.play(this.#sounds.speech(greeting(this.#members.get(room) ?? 0))))) return;
    this.#count(room, 1);
    let seat: ConferenceSeat = { room, muted: false, deaf: false, talkDb: 0, listenDb: 0 };
    const { stream } = leg.leg.media;
    leg.forgetDigits();
    for (;;) {
      stream.confer(seat);
      const key = await leg.digit();
      if (key === undefined || key === '#') break;
      const change = KEYS[key]?.(seat);
      seat = { ...seat, ...change?.seat };
      // Not waited for: the next key counts at once.
      if (change?.prompt !== undefined) leg.start(this.#sounds.speech([change.prompt]));
    }
    stream.confer(null);
    this.#count(room, -1);
  }

  #count(room: string, change: 1 | -1): void {
    const members = (this.#members.get(room) ?? 0) + change;
    if (members === 0) this.#members.delete(room);
    else this.#members.set(room, members);
  }

  async #admits(leg: ServedLeg, room: string): Promise<boolean> {
    const pin = this.#pins.get(room);
    if (pin === undefined) return true;
    for (let tries = 0; tries < PIN_TRIES && !leg.over; tries++) {
      await leg.play(this.#sounds.speech(['conference-pin']));
      if ((await leg.digits(LONGEST_PIN)) === pin) return true;
      await leg.play(this.#sounds.speech(['conference-wrong']));
    }
    return false;
  }
}

function greeting(others: number): readonly string[] {
  if (others === 0) return ['conference-alone'];
  return others === 1 ? ['conference-other'] : [...spokenNumber(Math.min(others, 99)), 'conference-others'];
}

function louder(volumeDb: number, stepDb: number): number {
  return Math.max(-MOST_VOLUME_DB, Math.min(MOST_VOLUME_DB, volumeDb + stepDb));
}
