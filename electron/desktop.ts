import type { CallView, Snapshot } from '../core/api/state.ts';

/** What the desktop can do to make somebody look. */
export interface DesktopPorts {
  /** Whether the window has the keyboard: whoever looks at it needs no note. */
  readonly isWatched: () => boolean;
  /** Brings the window up without taking the keyboard from whoever types elsewhere. */
  readonly raise: () => void;
  readonly notify: (note: Note) => { close(): void };
  readonly setBadge: (count: number) => void;
  /** Keeps the machine awake until it is told otherwise. */
  readonly keepAwake: () => { end(): void };
  readonly answer: (callId: string) => void;
  readonly decline: (callId: string) => void;
  readonly words: (language: Snapshot['settings']['language']) => DesktopWords;
}

/** One note of the desktop. */
export interface Note {
  readonly title: string;
  readonly body: string;
  readonly actions: readonly { readonly text: string; readonly run: () => void }[];
}

/** The words of notes, in the language of the phone. */
export interface DesktopWords {
  readonly incoming: string;
  readonly answer: string;
  readonly decline: string;
  readonly message: string;
}

/** What the desktop shows of the phone beside its window: a note for each call that rings, a badge, and no sleep in a call. */
export class Desktop {
  readonly #ports: DesktopPorts;
  /** The note of each call that rings. */
  readonly #ringing = new Map<string, { close(): void }>();
  #awake: { end(): void } | undefined;
  #badge = 0;
  #unseen = 0;

  constructor(ports: DesktopPorts) {
    this.#ports = ports;
  }

  follow(snapshot: Snapshot): void {
    const words = this.#ports.words(snapshot.settings.language);
    const ringing = snapshot.calls.filter(({ state }) => state === 'incoming');
    for (const [id, note] of this.#ringing) {
      if (ringing.some((call) => call.id === id)) continue;
      note.close();
      this.#ringing.delete(id);
    }
    for (const call of ringing) if (!this.#ringing.has(call.id)) this.#ring(call, words);
    this.#count(snapshot, words);
    this.#stayAwake(snapshot.calls.some(({ state }) => state !== 'ended'));
  }

  /** The phone has gone. */
  close(): void {
    for (const note of this.#ringing.values()) note.close();
    this.#ringing.clear();
    this.#stayAwake(false);
  }

  #ring({ id, remoteName }: CallView, words: DesktopWords): void {
    const { isWatched, raise, notify, answer, decline } = this.#ports;
    if (isWatched()) {
      this.#ringing.set(id, { close: () => undefined });
      return;
    }
    raise();
    const actions = [
      { text: words.answer, run: () => { answer(id); } },
      { text: words.decline, run: () => { decline(id); } },
    ]; // prettier-ignore
    this.#ringing.set(id, notify({ title: plain(remoteName), body: words.incoming, actions }));
  }

  #count({ history, messages }: Snapshot, words: DesktopWords): void {
    const badge = history.missed + messages.unseen;
    if (badge !== this.#badge) this.#ports.setBadge(badge);
    this.#badge = badge;
    // The text of a message is nobody's business but its reader's.
    if (messages.unseen > this.#unseen && !this.#ports.isWatched())
      this.#ports.notify({ title: 'Sotto', body: words.message, actions: [] });
    this.#unseen = messages.unseen;
  }

  #stayAwake(wanted: boolean): void {
    if (wanted) this.#awake ??= this.#ports.keepAwake();
    else {
      this.#awake?.end();
      this.#awake = undefined;
    }
  }
}

/** A name as a note may show it: one line, without what turns text around. */
function plain(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}]/gu, ' ').slice(0, 100);
}
