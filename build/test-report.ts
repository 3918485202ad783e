import { relative } from 'node:path';

/** How many tests had which outcome. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** What came of one suite. */
export interface SuiteReport {
  readonly counts: Counts;
  /** Everything that counts as failed: what it was, and the beginning of its reason on lines of their own. */
  readonly complaints: readonly string[];
}

/**
 * What a test may wait for that continuous integration cannot give it. A test that skips for such a reason carries the
 * mark in its title; any other skip would hide that a program of Debian's is missing.
 */
const EXCUSED = /\[(Electron binary|reference files|macOS|Windows)\]/;

/**
 * Counts a report of Vitest's JSON reporter. A run that failed although no test did (an error outside of tests, an end by
 * time, no report) counts as one failure. With `strict`, so does a skip that {@link EXCUSED} does not name.
 */
export function readVitestReport(json: string, ok: boolean, strict: boolean): SuiteReport {
  const complaints: string[] = [];
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const file of filesOf(json)) {
    if (file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed')) {
      counts.failed += 1;
      complaints.push(`${file.name} failed outside of its tests${reason(file.message)}`);
    }
    for (const { status, fullName, failureMessages } of file.assertionResults) {
      if (status === 'passed') {
        counts.passed += 1;
      } else if (status === 'failed') {
        counts.failed += 1;
        complaints.push(`${file.name} failed: ${fullName}${reason(failureMessages?.[0])}`);
      } else if (strict && !EXCUSED.test(fullName)) {
        counts.failed += 1;
        complaints.push(`skipped although this machine could run it: ${fullName}`);
      } else {
        counts.skipped += 1;
      }
    }
  }
  if (!ok && counts.failed === 0) {
    counts.failed = 1;
    complaints.push('the run failed outside of its tests');
  }
  return { counts, complaints };
}

/** The beginning of a failure's message: enough to know it by where only the end of an output is kept. */
function reason(message = ''): string {
  const lines = message.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .slice(0, 6)
    .map((line) => `\n    ${line.slice(0, 200)}`)
    .join('');
}

/** One test of a report. */
export interface ReportedTest {
  /** Titles of the describes around it and its own, joined by spaces. */
  readonly fullName: string;
  readonly status: string;
  /** Its file, relative to the top folder, with `/`. */
  readonly file: string;
}

/** The tests of a report of Vitest's JSON reporter, whose files lie below `top`. */
export function readTests(json: string, top: string): readonly ReportedTest[] {
  return filesOf(json).flatMap(({ name, assertionResults }) => {
    const file = relative(top, name).replaceAll('\\', '/');
    return assertionResults.map(({ fullName, status }) => ({ fullName, status, file }));
  });
}

interface ReportedFile {
  readonly name: string;
  readonly status: string;
  /** Why the file failed, where it did outside of its tests. */
  readonly message?: string;
  readonly assertionResults: readonly {
    readonly status: string;
    readonly fullName: string;
    readonly failureMessages?: readonly string[];
  }[];
}

function filesOf(json: string): readonly ReportedFile[] {
  if (json === '') return [];
  return (JSON.parse(json) as { testResults: ReportedFile[] }).testResults;
}

/** The sums. */
export function addCounts(all: readonly Counts[]): Counts {
  const sum = (key: keyof Counts): number => all.reduce((total, counts) => total + counts[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

/** `N passed, N failed, N skipped`. */
export function closingLine({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** Reads the last {@link closingLine} in an output; `undefined` where there is none. */
export function countsOfClosingLine(output: string): Counts | undefined {
  const found = [...output.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].at(-1);
  if (found === undefined) return undefined;
  return { passed: Number(found[1]), failed: Number(found[2]), skipped: Number(found[3]) };
}
