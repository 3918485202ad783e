import type { Diagnosis } from '../base/diagnosis.ts';

/** What a request handler throws to refuse: the window gets the diagnosis, in the words that it carries. */
export class Refusal extends Error {
  readonly diagnosis: Diagnosis;

  constructor(diagnosis: Diagnosis) {
    super(diagnosis.summary);
    this.name = 'Refusal';
    this.diagnosis = diagnosis;
  }
}
