import type { Diagnosis, DiagnosisCode } from '../base/diagnosis.ts';

/** What a request handler throws to refuse: the window gets the diagnosis, in the words that it carries. */
export class Refusal extends Error {
  readonly diagnosis: Diagnosis;

  constructor(diagnosis: Diagnosis) {
    super(diagnosis.summary);
    this.name = 'Refusal';
    this.diagnosis = diagnosis;
  }
}

/** A refusal of something that was asked for here. */
export function refused(
  code: DiagnosisCode,
  summary: string,
  cure: string,
  evidence: Diagnosis['evidence'] = {},
): Refusal {
  return new Refusal({ code, side: 'here', summary, cure, evidence });
}
