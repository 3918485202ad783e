import type { Diagnosis } from '../base/diagnosis.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { PhoneCall } from './phone-call.ts';

/**
 * Several calls made one conversation here, in the phone: everybody hears everybody, and nobody needs a server that can do it.
 * There is one such conference at a time; with fewer than two calls it is none.
 */
export class LocalConference {
  /** Names its room among those of the media plane, which a switch may share. */
  readonly #room: string;
  readonly #members = new Set<PhoneCall>();

  constructor(room: string) {
    this.#room = room;
  }

  /** The call and those that it is in conference with: what is done to one of them is done to all. */
  together(call: PhoneCall): readonly PhoneCall[] {
    return this.#members.has(call) ? [...this.#members] : [call];
  }

  /** Whether two calls are one conversation. */
  joins(one: PhoneCall, other: PhoneCall): boolean {
    return this.#members.has(one) && this.#members.has(other);
  }

  /** Takes calls in, off hold first; who cannot be taken off hold stays out, and the rest is joined. */
  async merge(calls: readonly PhoneCall[]): Promise<Result<void, Diagnosis>> {
    const members = [...new Set([...this.#members, ...calls])];
    const resumed = await Promise.all(members.map((call) => call.setHeld(false)));
    const muted = members.some((call) => call.muted);
    for (const [index, call] of members.entries()) {
      // Meanwhile it may have ended.
      if (resumed[index]?.ok !== true || call.state !== 'connected' || this.#members.has(call)) continue;
      this.#members.add(call);
      call.confer(this.#room);
      // Somebody who was not to hear this microphone would hear it by the others.
      if (muted !== call.muted) call.mute(muted);
    }
    this.#dissolve();
    return resumed.find((result) => !result.ok) ?? (this.#members.size === 0 ? err(NO_CALLS) : ok(undefined));
  }

  /** Takes a call out; the others go on. */
  leave(call: PhoneCall): void {
    if (!this.#members.delete(call)) return;
    call.confer(undefined);
    this.#dissolve();
  }

  #dissolve(): void {
    if (this.#members.size > 1) return;
    for (const call of this.#members) call.confer(undefined);
    this.#members.clear();
  }
}

const NO_CALLS: Diagnosis = {
  code: 'config.conflict',
  side: 'here',
  summary: 'There are no two calls to join.',
  cure: 'Wait until both are answered.',
  evidence: {},
};
