import { readDtmfInfo } from '../../media/dtmf-info.ts';
import type { StreamSource } from '../../media/media-plane.ts';
import type { Body } from '../../sip/ua/session-description-handler.ts';
import type { BridgeLeg } from '../bridge.ts';

type After = (delayMs: number, fire: () => void) => { cancel(): void };

/** How long somebody may think between two digits, milliseconds. */
const NEXT_DIGIT_MS = 5000;
/** Digits that are kept for later. */
const MOST_DIGITS = 32;

/**
 * One end of a call that an application of the switch serves: it hears sounds and sends digits. Once the end is gone, or has
 * been given to somebody else, everything that waits here is over and everything new is over at once, so that an application
 * is written as it goes and looks at {@link over} where it goes on for ever.
 */
export class ServedLeg {
  readonly leg: BridgeLeg;
  /** Called once where somebody else goes on with the end. */
  onGiven: () => void = () => undefined;
  readonly #after: After;
  readonly #stopEvents: () => void;
  readonly #waiting = new Set<() => void>();
  #digits: string[] = [];
  #playing = false;
  #over = false;

  constructor(leg: BridgeLeg, after: After) {
    this.leg = leg;
    this.#after = after;
    this.#stopEvents = leg.media.stream.onEvent((event) => {
      if (event.kind === 'dtmf') this.#digit(event.digit);
      else if (event.kind === 'source-ended') {
        this.#playing = false;
        this.#wake();
      }
    });
  }

  /** The user at this end, or what it calls itself. */
  get party(): string {
    return this.leg.party;
  }

  /** The user, where that is proved; a name that was only claimed opens nothing. */
  get user(): string | undefined {
    return this.leg.user;
  }

  get over(): boolean {
    return this.#over;
  }

  /** The end is gone, or somebody else's. */
  end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopEvents();
    this.#wake();
  }

  /** Somebody else goes on with the end, which stays in its call. */
  give(): void {
    this.start({ kind: 'silence' });
    this.end();
    this.onGiven();
  }

  /** A digit that came by INFO. */
  takeInfo(body: Body): void {
    const digit = readDtmfInfo(body);
    if (digit !== undefined) this.#digit(digit.digit);
  }

  /** Sends a sound from now on; nobody waits for its end. */
  start(source: StreamSource): void {
    if (!this.#over) this.leg.media.stream.setSource(source);
  }

  /**
   * Plays a sound to its end, or until a digit comes; digits that have come already skip it. `false` where the end is gone
   * before.
   */
  async play(source: StreamSource): Promise<boolean> {
    if (this.#digits.length === 0) {
      this.#playing = true;
      this.start(source);
      await this.#until(() => !this.#playing || this.#digits.length > 0);
      this.#playing = false;
      this.start({ kind: 'silence' });
    }
    return !this.#over;
  }

  /** Waits; `false` where the end is gone before. */
  async wait(delayMs: number): Promise<boolean> {
    let due = false;
    const timer = this.#after(delayMs, () => {
      due = true;
      this.#wake();
    });
    await this.#until(() => due);
    timer.cancel();
    return !this.#over;
  }

  /** The next digit; `undefined` where none comes in that time, or ever. */
  async digit(withinMs = Infinity): Promise<string | undefined> {
    let late = false;
    const timer = Number.isFinite(withinMs)
      ? this.#after(withinMs, () => {
          late = true;
          this.#wake();
        })
      : undefined;
    await this.#until(() => late || this.#digits.length > 0);
    timer?.cancel();
    return this.#over ? undefined : this.#digits.shift();
  }

  /** Digits up to `#`, which is not one of them, or until nobody presses one any more. */
  async digits(most: number): Promise<string> {
    let digits = '';
    while (digits.length < most) {
      const digit = await this.digit(NEXT_DIGIT_MS);
      if (digit === undefined || digit === '#') break;
      digits += digit;
    }
    return digits;
  }

  /** Forgets digits that nobody asked for. */
  forgetDigits(): void {
    this.#digits = [];
  }

  /** Until the end is gone, or somebody else's. */
  async finished(): Promise<void> {
    await this.#until(() => false);
  }

  #digit(digit: string): void {
    if (this.#digits.length < MOST_DIGITS) this.#digits.push(digit);
    this.#wake();
  }

  /** Waits for it to be so, or for the end. */
  async #until(isSo: () => boolean): Promise<void> {
    while (!this.#over && !isSo()) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
