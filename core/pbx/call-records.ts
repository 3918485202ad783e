import type { Clock } from '../base/clock.ts';
import type { LegView, SwitchCallView } from './switch-call.ts';

/** What is known of a call once it has ended. */
export interface CallRecord {
  readonly id: string;
  readonly profile: string;
  readonly from: string;
  readonly to: string;
  /** ISO 8601, as all times here. */
  readonly created: string;
  /** Null where nobody answered. */
  readonly answered: string | null;
  readonly ended: string;
  /** From the answer to the end. */
  readonly seconds: number;
  /** The caller’s first; how each was protected when the call was answered last. */
  readonly legs: readonly LegView[];
}

/** Follows the calls of the switch and gives a record of each when it ends. */
export class CallRecorder {
  readonly #clock: Clock;
  readonly #onRecord: (record: CallRecord) => void;
  readonly #answered = new Map<string, { readonly atMs: number; legs: readonly LegView[] }>();

  constructor(clock: Clock, onRecord: (record: CallRecord) => void) {
    this.#clock = clock;
    this.#onRecord = onRecord;
  }

  follow({ id, profile, from, to, created, state, legs }: SwitchCallView): void {
    const now = this.#clock.wall();
    const answered = this.#answered.get(id);
    if (state === 'answered') {
      if (answered === undefined) this.#answered.set(id, { atMs: now, legs });
      else answered.legs = legs;
    }
    if (state !== 'ended') return;
    this.#answered.delete(id);
    this.#onRecord({
      ...{ id, profile, from, to, created },
      answered: answered === undefined ? null : new Date(answered.atMs).toISOString(),
      ended: new Date(now).toISOString(),
      seconds: answered === undefined ? 0 : Math.max(0, Math.round((now - answered.atMs) / 1000)),
      legs: answered?.legs ?? legs,
    });
  }
}

export const CDR_COLUMNS = [
  'id', 'profile', 'from', 'to', 'created', 'answered', 'ended', 'seconds',
  'a_transport', 'a_security', 'a_suite', 'b_transport', 'b_security', 'b_suite',
] as const; // prettier-ignore

/** A record as a line of CSV (RFC 4180), with the columns of {@link CDR_COLUMNS}. */
export function csvLine({ legs, ...record }: CallRecord): string {
  const [a, b] = legs;
  const values = [
    record.id, record.profile, harmless(record.from), harmless(record.to), record.created, record.answered, record.ended, record.seconds,
    a?.transport, a?.security, a?.suite, b?.transport, b?.security, b?.suite,
  ]; // prettier-ignore
  return values.map(csvField).join(',');
}

/** What others chose, and a spreadsheet would take for a formula, begins with an apostrophe. */
function harmless(text: string): string {
  return /^[=+@\t\r-]/.test(text) ? `'${text}` : text;
}

/** Quoted where it must be. */
function csvField(value: string | number | null | undefined): string {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
