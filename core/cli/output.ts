import type { Diagnosis } from '../base/diagnosis.ts';

/** What a command's last object holds beside `event` and `ok`. */
export type ResultFields = Readonly<Record<string, unknown>>;

/**
 * Standard output of a command. With `--json` one object a line, the last with `"event":"result"`; else text for people.
 * Log lines never come here.
 */
export class Output {
  readonly #json: boolean;
  readonly #write: (text: string) => void;
  #last = 'start';
  #cutShort: Diagnosis | undefined;

  constructor(json: boolean, write: (text: string) => void) {
    this.#json = json;
    this.#write = write;
  }

  /** Something that happened on the way. `text` is what people see; nothing where it is empty. */
  event(event: string, fields: ResultFields, text: string): void {
    this.#last = event;
    if (this.#json) this.#write(`${JSON.stringify({ event, ...fields })}\n`);
    else if (text !== '') this.#write(`${text}\n`);
  }

  /** The name of the newest event; `start` before the first one. */
  get last(): string {
    return this.#last;
  }

  /** Makes whatever result comes a failure, for this reason among others: the command was ended before it was done. */
  cutShort(reason: Diagnosis): void {
    this.#cutShort = reason;
  }

  /** The last word of a command that did what it was asked for. */
  success(fields: ResultFields, text: string): void {
    if (this.#cutShort === undefined) this.event('result', { ok: true, ...fields }, text);
    else this.failure([], fields);
  }

  /** The last word of one that did not: diagnoses, worst first. */
  failure(diagnoses: readonly Diagnosis[], fields: ResultFields = {}): void {
    const all = this.#cutShort === undefined ? diagnoses : [...diagnoses, this.#cutShort];
    this.event(
      'result',
      { ok: false, ...fields, diagnosis: all },
      all.map((diagnosis) => diagnosisText(diagnosis)).join('\n'),
    );
  }
}

/** A diagnosis as people read it: what, what to do, what was seen. */
export function diagnosisText({ code, summary, cure, evidence }: Diagnosis): string {
  const seen = Object.entries(evidence).map(([name, value]) => `${name} ${String(value)}`);
  return [`✗ ${summary}`, `  ${cure}`, `  [${code}]${seen.length === 0 ? '' : ` ${seen.join(', ')}`}`].join('\n');
}
