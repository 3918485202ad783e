import type { RequestHandlers } from '../api/contract.ts';
import type { Recording } from '../api/recordings.ts';
import { Refusal, refused } from '../api/refusal.ts';
import type { RecordingsState } from '../api/state.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import type { Result } from '../base/result.ts';
import type { PhoneCall } from './phone-call.ts';

/** Where recordings are kept. */
export interface RecordingStore {
  /** A path for a new one, with whom it is in its name. */
  begin(who: string): Promise<Result<string, Diagnosis>>;
  /** Newest first. */
  list(): Promise<readonly Recording[]>;
  /** Octets of one from `offset` on, fewer than `length` at its end. */
  read(name: string, offset: number, length: number): Promise<Result<Uint8Array, Diagnosis>>;
  remove(name: string): Promise<Result<void, Diagnosis>>;
}

/** Requests that the recordings answer. */
export type RecordingRequestName = Extract<keyof RequestHandlers, `recordings.${string}`>;

/** Octets of a recording in one answer. */
const PIECE = 512 * 1024;

/** Recordings of calls: stereo, the other side left, this one right. Who is recorded hears a tone as long as that lasts. */
export class Recordings {
  readonly #store: RecordingStore | undefined;
  readonly #onChange: () => void;
  #revision = 0;

  constructor(store: RecordingStore | undefined, onChange: () => void) {
    this.#store = store;
    this.#onChange = onChange;
  }

  get state(): RecordingsState {
    return { revision: this.#revision };
  }

  /** Begins to record a call, or ends it. A refusal is thrown. */
  async record(call: PhoneCall, on: boolean): Promise<void> {
    if (on === call.recording || (on && call.state !== 'connected')) return;
    if (!on) call.record(undefined);
    else {
      const { user, host } = call.remote.uri;
      const path = good(await this.#kept.begin(user ?? host));
      if (call.state === 'connected') call.record(path);
    }
    this.changed();
  }

  /** There is one more, or it has grown to its end. */
  changed(): void {
    this.#revision++;
    this.#onChange();
  }

  readonly handlers: Pick<RequestHandlers, RecordingRequestName> = {
    'recordings.list': async () => ({ recordings: [...((await this.#store?.list()) ?? [])] }),
    'recordings.read': async ({ name, offset }) => {
      const octets = good(await this.#kept.read(name, offset, PIECE));
      return { data: toBase64(octets), last: octets.length < PIECE };
    },
    'recordings.remove': async ({ name }) => {
      good(await this.#kept.remove(name));
      this.changed();
      return null;
    },
  };

  get #kept(): RecordingStore {
    if (this.#store !== undefined) return this.#store;
    throw refused('config.conflict', 'Nothing is recorded here.', 'Use the phone with a data folder.');
  }
}

function good<T>(result: Result<T, Diagnosis>): T {
  if (result.ok) return result.value;
  throw new Refusal(result.error);
}

function toBase64(octets: Uint8Array): string {
  let text = '';
  // Not all at once: a call takes only so many arguments.
  for (let at = 0; at < octets.length; at += 8192) text += String.fromCharCode(...octets.subarray(at, at + 8192));
  return btoa(text);
}
