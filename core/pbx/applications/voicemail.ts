import type { Clock } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Result } from '../../base/result.ts';
import type { ServedLeg } from './served-leg.ts';
import type { SoundLibrary } from './sounds.ts';
import { spokenDigits, spokenNumber } from './speech.ts';

/** A message in a mailbox. */
export interface VoicemailMessage {
  readonly id: string;
  /** Who left it. */
  readonly from: string;
  /** Milliseconds since 1970. */
  readonly leftAt: number;
  /** Whether somebody has heard it. */
  readonly heard: boolean;
  /** The recording (WAV). */
  readonly path: string;
}

/** A message that is being left. */
export interface VoicemailDraft {
  /** Where the recording is to go. */
  readonly path: string;
  /** The recording is complete and becomes a message. */
  keep(): Promise<Result<void, Diagnosis>>;
  discard(): Promise<void>;
}

/** Where messages are kept. What was recorded when the switch was killed is a message after its next start. */
export interface MailboxStore {
  /** The messages of a mailbox, oldest first. */
  list(mailbox: string): Promise<readonly VoicemailMessage[]>;
  begin(mailbox: string, from: string): Promise<Result<VoicemailDraft, Diagnosis>>;
  markHeard(mailbox: string, id: string): Promise<void>;
  remove(mailbox: string, id: string): Promise<void>;
}

/** How many messages a mailbox has, for its lamp (RFC 3842). */
export interface MailboxCount {
  readonly fresh: number;
  readonly heard: number;
}

export interface VoicemailPorts {
  readonly clock: Clock;
  readonly sounds: SoundLibrary;
  /** Where it is missing nobody has a mailbox. */
  readonly store: MailboxStore | undefined;
  /** Whether a user has a mailbox, and the number that opens it from elsewhere (`vm-password`). */
  readonly mailbox: (user: string) => { readonly password: string | undefined } | undefined;
  /** Messages came or went. */
  readonly onChange: (mailbox: string, count: MailboxCount) => void;
  readonly onDiagnosis: (diagnosis: Diagnosis) => void;
}

/** Longest and shortest message, as FreeSWITCH's. */
const LONGEST_MESSAGE_MS = 300_000;
const SHORTEST_MESSAGE_MS = 3000;
const LOGIN_TRIES = 3;
const LONGEST_NUMBER = 20;
/** How long the menu waits for a key after it was spoken. */
const KEY_MS = 10_000;
const BEEP = { kind: 'tones', steps: [{ frequenciesHz: [1000], ms: 300 }] } as const;
/** Most messages of a mailbox that are kept; the caller of one more hears so. */
const MOST_MESSAGES = 100;

/** Takes messages for users who do not answer, and plays them to their users; the keys are FreeSWITCH's. */
export class Voicemail {
  readonly #ports: VoicemailPorts;

  constructor(ports: VoicemailPorts) {
    this.#ports = ports;
  }

  /** Whether messages can be left for a user. */
  has(user: string): boolean {
    return this.#ports.store !== undefined && this.#ports.mailbox(user) !== undefined;
  }

  async count(user: string): Promise<MailboxCount> {
    const messages = (await this.#ports.store?.list(user)) ?? [];
    const heard = messages.filter((message) => message.heard).length;
    return { fresh: messages.length - heard, heard };
  }

  /** Records a message for `user`, until pound, the end of the call, or five minutes. */
  async leave(leg: ServedLeg, user: string): Promise<void> {
    const { store, clock } = this.#ports;
    if (store === undefined) return;
    await this.#say(leg, 'voicemail-unavailable', 'voicemail-record');
    const full = (await store.list(user)).length >= MOST_MESSAGES;
    const draft = full ? undefined : await store.begin(user, leg.party);
    if (draft?.ok !== true) {
      if (draft !== undefined) this.#ports.onDiagnosis(draft.error);
      await this.#say(leg, 'voicemail-not-saved', 'goodbye');
      return;
    }
    leg.forgetDigits();
    await leg.play(BEEP);
    const begun = clock.now();
    const { stream } = leg.leg.media;
    if (!leg.over) stream.setSink({ kind: 'wav', path: draft.value.path });
    while ((await leg.digit(begun + LONGEST_MESSAGE_MS - clock.now())) !== '#') {
      if (leg.over || clock.now() - begun >= LONGEST_MESSAGE_MS) break;
    }
    stream.setSink({ kind: 'none' });
    const long = clock.now() - begun >= SHORTEST_MESSAGE_MS;
    await this.#say(leg, long ? 'voicemail-saved' : 'voicemail-too-short', 'goodbye');
    // The recording is complete once its stream is closed.
    leg.leg.session.hangUp();
    await stream.close();
    if (!long) {
      await draft.value.discard();
      return;
    }
    const kept = await draft.value.keep();
    if (!kept.ok) this.#ports.onDiagnosis(kept.error);
    await this.#changed(user);
  }

  /** The main menu, for the user at the end or, with extension and password, another one. */
  async menu(leg: ServedLeg): Promise<void> {
    const user = await this.#login(leg);
    if (user === undefined) return;
    for (;;) {
      const { fresh, heard } = await this.count(user);
      const counts = [...amount(fresh), 'voicemail-new', 'and', ...amount(heard), 'voicemail-saved-ones'];
      await this.#say(leg, 'voicemail-you-have', ...counts, 'voicemail-messages', 'voicemail-menu');
      const key = await leg.digit(KEY_MS);
      if (key === '1' || key === '2') await this.#playAll(leg, user, key === '2');
      else if (key === undefined || key === '#') break;
    }
    await this.#say(leg, 'goodbye');
  }

  /** Whose mailbox is opened. A phone opens that of its own user, where it has proved to be that user's. */
  async #login(leg: ServedLeg): Promise<string | undefined> {
    if (leg.user !== undefined && this.has(leg.user)) return leg.user;
    for (let tries = 0; tries < LOGIN_TRIES && !leg.over; tries++) {
      await this.#say(leg, 'voicemail-mailbox');
      const user = await leg.digits(LONGEST_NUMBER);
      await this.#say(leg, 'voicemail-password');
      const password = await leg.digits(LONGEST_NUMBER);
      const wanted = this.#ports.mailbox(user)?.password;
      if (wanted !== undefined && password === wanted) return user;
      await this.#say(leg, 'voicemail-wrong');
    }
    return undefined;
  }

  async #playAll(leg: ServedLeg, user: string, heard: boolean): Promise<void> {
    const { store } = this.#ports;
    if (store === undefined) return;
    const ids = (await store.list(user)).filter((message) => message.heard === heard).map(({ id }) => id);
    for (let at = 0; at < ids.length && !leg.over;) {
      // Looked up each time: once it was heard it lies elsewhere, and another phone may have deleted it.
      const message = (await store.list(user)).find(({ id }) => id === ids[at]);
      if (message === undefined) {
        at++;
        continue;
      }
      const caller = spokenDigits(message.from);
      const from = caller.length > 0 ? ['voicemail-from', ...caller] : ['voicemail-from', 'voicemail-unknown'];
      await this.#say(leg, 'voicemail-number', ...spokenNumber(Math.min(at + 1, 99)), ...from);
      const heardNow = await leg.play({ kind: 'wav', path: message.path });
      if (heardNow && !message.heard) await store.markHeard(user, message.id);
      await this.#say(leg, 'voicemail-keys');
      const key = await leg.digit(KEY_MS);
      if (key === '7') await store.remove(user, message.id);
      await this.#changed(user);
      if (key === undefined || key === '#') return;
      if (key === '7') await this.#say(leg, 'voicemail-deleted');
      if (key === '2') await this.#say(leg, 'voicemail-kept');
      if (key === '1') at = Math.max(0, at - 1);
      else if (key !== '0') at++;
    }
    await this.#say(leg, 'voicemail-end');
  }

  async #changed(user: string): Promise<void> {
    this.#ports.onChange(user, await this.count(user));
  }

  #say(leg: ServedLeg, ...prompts: readonly string[]): Promise<boolean> {
    return leg.play(this.#ports.sounds.speech(prompts));
  }
}

function amount(count: number): readonly string[] {
  return count === 0 ? ['voicemail-no'] : spokenNumber(Math.min(count, 99));
}
