import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../build/paths.ts';
import { closingLine, readTests, type ReportedTest } from '../../build/test-report.ts';
import { CONFORMANCE } from './index.ts';
import type { Requirement, RfcRequirements } from './requirement.ts';

const PAGE = join(root, 'docs/conformance.md');
/** The suites whose reports are proof. */
const SUITES = ['unit', 'flow', 'loopback', 'interop'] as const;

/** What came of comparing the requirements with the reports of the last run of the tests. */
export interface Conformance {
  readonly page: string;
  /** Requirements whose test is missing or did not pass, one sentence each. */
  readonly unproved: readonly string[];
  /** How many requirements a passing test proves. */
  readonly proved: number;
}

/** Looks for the test of every requirement in `tests` and writes the page. */
export function conformance(rfcs: readonly RfcRequirements[], tests: readonly ReportedTest[]): Conformance {
  const unproved: string[] = [];
  let proved = 0;
  const sections = rfcs.map(({ rfc, title, scope, requirements }) => {
    const rows = requirements.map((requirement) => {
      const { section, must } = requirement;
      const proof = proofOf(requirement, tests);
      if (proof === undefined) unproved.push(`RFC ${rfc} §${section} has no passing test: ${must}`);
      else if ('test' in requirement) proved += 1;
      return `| ${section} | ${cell(must)} | ${proof ?? 'missing'} |`;
    });
    const tested = requirements.filter((requirement) => 'test' in requirement).length;
    return [
      `## RFC ${rfc}: ${title}`,
      '',
      `${scope}: ${requirements.length} requirements, ${tested} with a test, ${requirements.length - tested} with a reason.`,
      '',
      '| § | must | proof |',
      '| - | ---- | ----- |',
      ...rows,
      '',
    ].join('\n');
  });
  return { page: [HEAD, ...sections].join('\n'), unproved, proved };
}

const HEAD = `# Conformance

Every MUST and MUST NOT of the RFCs below that concerns a user agent, its transports or our switch, in our own words, with the
test that proves it or the reason why none does. Written by \`npm run conformance\` from the reports of the last
\`npm test\`, which fails where a test of this page is missing or does not pass.
`;

function proofOf(requirement: Requirement, tests: readonly ReportedTest[]): string | undefined {
  if ('reason' in requirement) return `not tested: ${cell(requirement.reason)}`;
  const proofs = tests.filter(({ fullName }) => fullName.includes(requirement.test));
  if (proofs.length === 0 || !proofs.every(({ status }) => status === 'passed')) return undefined;
  const files = [...new Set(proofs.map(({ file }) => file))].sort();
  return `${cell(requirement.test)} (${files.map((file) => `\`${file}\``).join(', ')})`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ');
}

if (import.meta.main) {
  const reports = SUITES.map((suite) => join(root, 'test-results', `${suite}.json`)).filter((file) => existsSync(file));
  const tests = reports.flatMap((file) => readTests(readFileSync(file, 'utf8'), root));
  const { page, unproved, proved } = conformance(CONFORMANCE, tests);
  const complaints = [...unproved];
  if (process.argv.includes('--check')) {
    const isCurrent = existsSync(PAGE) && readFileSync(PAGE, 'utf8') === page;
    if (!isCurrent)
      complaints.push('docs/conformance.md is not what the tests say: `npm run conformance` after `npm test`');
  } else writeFileSync(PAGE, page);
  for (const complaint of complaints) console.log(complaint);
  console.log(closingLine({ passed: proved, failed: complaints.length, skipped: 0 }));
  process.exitCode = complaints.length === 0 ? 0 : 1;
}
