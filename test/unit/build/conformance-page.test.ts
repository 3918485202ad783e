import { describe, expect, it } from 'vitest';
import { conformance } from '../../conformance/page.ts';
import type { RfcRequirements } from '../../conformance/requirement.ts';

const rfc = (...requirements: RfcRequirements['requirements']): RfcRequirements => ({
  rfc: 9999,
  title: 'Examples',
  scope: '§1',
  requirements,
});
const passed = (fullName: string) => ({ fullName, status: 'passed', file: 'test/unit/example.test.ts' });

describe('the conformance page', () => {
  it('shows each requirement with its test and the file of it', () => {
    const found = conformance(
      [rfc({ section: '1.2', must: 'Be kind.', test: '§1.2 is kind' })],
      [passed('x §1.2 is kind')],
    );
    expect(found).toMatchObject({ proved: 1, unproved: [] });
    expect(found.page).toContain('| 1.2 | Be kind. | §1.2 is kind (`test/unit/example.test.ts`) |');
  });

  it('says of a requirement without a test why there is none', () => {
    const found = conformance([rfc({ section: '1.3', must: 'Sing.', reason: 'we have no voice' })], []);
    expect(found).toMatchObject({ proved: 0, unproved: [] });
    expect(found.page).toContain('not tested: we have no voice');
  });

  it('complains where the test is missing, did not pass, or passed only in part', () => {
    const requirement = rfc({ section: '1.2', must: 'Be kind.', test: '§1.2 is kind' });
    const failed = { ...passed('§1.2 is kind'), status: 'failed' };
    expect(conformance([requirement], []).unproved).toEqual(['RFC 9999 §1.2 has no passing test: Be kind.']);
    expect(conformance([requirement], [failed]).unproved).toHaveLength(1);
    expect(conformance([requirement], [passed('§1.2 is kind'), failed]).unproved).toHaveLength(1);
  });

  it('keeps a bar in a text from starting a cell', () => {
    expect(conformance([rfc({ section: '1', must: 'a|b', reason: 'c|d' })], []).page).toContain('a\\|b');
  });
});
