import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DIAGNOSIS_CODES } from '../../../core/base/diagnosis.ts';
import { CABINET_CODES, OTHER_PROOFS } from './coverage.ts';

const here = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

/** Families stand for all their members. */
const CODES: readonly string[] = [...DIAGNOSIS_CODES, 'tls.alert.NAME', 'sip.status.CODE'];

describe('every code of a diagnosis', () => {
  it('is produced by the fault cabinet or by a test that is named here', () => {
    const unproved = DIAGNOSIS_CODES.filter((code) => !CABINET_CODES.has(code) && OTHER_PROOFS[code] === undefined);
    expect(unproved).toEqual([]);
    for (const family of ['tls.alert.', 'sip.status.']) {
      expect([...CABINET_CODES].some((code) => code.startsWith(family))).toBe(true);
    }
  });

  it('is named in the test that is said to produce it', () => {
    for (const [code, proofs] of Object.entries(OTHER_PROOFS)) {
      for (const { file, title } of proofs) {
        const text = here(`../../${file}`);
        expect(text.includes(title), `${file} has no "${title}"`).toBe(true);
        expect(text.includes(code), `${file} does not speak of ${code}`).toBe(true);
      }
    }
  });

  it('has a section in docs/diagnoses.md with cause, cure, who acts, evidence and a way to see it; and no section is of no code', () => {
    const sections = here('../../../docs/diagnoses.md').split(/^### /m).slice(1);
    expect(sections.map((section) => /^`([^`]+)`/.exec(section)?.[1]).sort()).toEqual([...CODES].sort());
    for (const section of sections) {
      for (const label of ['Cause', 'Cure', 'Who acts', 'Evidence', 'To see it']) {
        expect(section).toMatch(new RegExp(`^- \\*\\*${label}:\\*\\* \\S.*[.?)]$`, 'm'));
      }
    }
  });
});
