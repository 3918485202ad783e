import { describe, expect, it } from 'vitest';
import { addCounts, closingLine, countsOfClosingLine, readVitestReport } from '../../../build/test-report.ts';

const report = (...tests: [status: string, fullName: string][]): string =>
  JSON.stringify({
    testResults: [
      {
        name: 'a.test.ts',
        status: tests.some(([status]) => status === 'failed') ? 'failed' : 'passed',
        assertionResults: tests.map(([status, fullName]) => ({ status, fullName })),
      },
    ],
  });

describe('the report of a suite', () => {
  it('counts passed, failed and skipped tests', () => {
    const json = report(['passed', 'a'], ['passed', 'b'], ['failed', 'c'], ['skipped', 'd'], ['pending', 'e']);
    expect(readVitestReport(json, false, false)).toEqual({
      counts: { passed: 2, failed: 1, skipped: 2 },
      complaints: ['a.test.ts failed: c'],
    });
  });

  it('tells each failure by its file, its title and the beginning of its reason', () => {
    const assertionResults = [
      { status: 'failed', fullName: 'calls', failureMessages: ['AssertionError: expected 1\n\n    at a.test.ts:3:4'] },
    ];
    const json = JSON.stringify({ testResults: [{ name: 'a.test.ts', status: 'failed', assertionResults }] });
    expect(readVitestReport(json, false, false).complaints).toEqual([
      'a.test.ts failed: calls\n    AssertionError: expected 1\n    at a.test.ts:3:4',
    ]);
  });

  it('counts a skip as a failure where every program is to be had', () => {
    const { counts, complaints } = readVitestReport(
      report(['passed', 'a'], ['skipped', 'calls with SIPp']),
      true,
      true,
    );
    expect(counts).toEqual({ passed: 1, failed: 1, skipped: 0 });
    expect(complaints).toEqual(['skipped although this machine could run it: calls with SIPp']);
  });

  it.each(['[Electron binary] draws', 'vectors [reference files]', '[macOS] x', '[Windows] x'])(
    'excuses the skip of "%s" even there',
    (title) => {
      expect(readVitestReport(report(['skipped', title]), true, true).counts).toEqual({
        passed: 0,
        failed: 0,
        skipped: 1,
      });
    },
  );

  it('counts a run that failed outside of its tests, or left no report, as one failure', () => {
    expect(readVitestReport(report(['passed', 'a']), false, false).counts).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
    expect(readVitestReport('', false, false).counts).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it('counts a file that failed before its tests', () => {
    const json = JSON.stringify({ testResults: [{ name: 'a.test.ts', status: 'failed', assertionResults: [] }] });
    expect(readVitestReport(json, false, false)).toEqual({
      counts: { passed: 0, failed: 1, skipped: 0 },
      complaints: ['a.test.ts failed outside of its tests'],
    });
  });

  it('takes a suite without tests as nothing', () => {
    expect(readVitestReport('', true, true)).toEqual({ counts: { passed: 0, failed: 0, skipped: 0 }, complaints: [] });
  });
});

describe('the closing line', () => {
  it('is the sum of the suites, and is read back from the end of an output', () => {
    const sum = addCounts([
      { passed: 3, failed: 0, skipped: 1 },
      { passed: 4, failed: 2, skipped: 0 },
    ]);
    expect(closingLine(sum)).toBe('7 passed, 2 failed, 1 skipped');
    expect(countsOfClosingLine(`1 passed, 0 failed, 0 skipped\nmore\n${closingLine(sum)}\n`)).toEqual(sum);
    expect(countsOfClosingLine('all well\n')).toBeUndefined();
  });
});
