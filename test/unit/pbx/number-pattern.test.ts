import { describe, expect, it } from 'vitest';
import { parseNumberPattern } from '../../../core/pbx/number-pattern.ts';

/** What a pattern makes of a number; the error where it is none. */
function matches(pattern: string, number: string): readonly string[] | string | undefined {
  const parsed = parseNumberPattern(pattern);
  return parsed.ok ? parsed.value.match(number) : parsed.error;
}

describe('the regular expressions of the dial plan', () => {
  it.each([
    ['^1\\d{3}$', '1234', ['1234']],
    ['^(?:0|operator)$', 'operator', ['operator']],
    ['^\\+49(\\d+)$', '+49301', ['+49301', '301']],
    ['^(\\*\\d)?([0-9A-F]+)#$', '12AB#', ['12AB#', '', '12AB']],
    ['^[^0-9].*$', 'x1', ['x1']],
    ['^1\\d{3}$', '12345', undefined],
  ])('%s on %s gives %j', (pattern, number, groups) => {
    expect(matches(pattern, number)).toEqual(groups);
  });

  it.each([
    ['^(\\d+)+$', 'a group must not be repeated'],
    ['^(a|a)*$', 'a group must not be repeated'],
    ['^(?=1)1$', 'not understood at character 3'],
    ['^(\\d)\\1$', 'not understood at character 6'],
    ['^\\d+\\d+\\d+$', 'at most 2 repetitions'],
    ['^(1$', 'a group is not closed'],
    ['^1)$', 'a group is closed that was not opened'],
    ['^[1$', 'not understood at character 2'],
    ['^*1$', 'not understood at character 2'],
  ])('%s is refused, and why', (pattern, error) => {
    expect(matches(pattern, '1')).toContain(error);
  });

  it('what is accepted does not take long on the longest number that there is, however it is made', () => {
    const steps = (pattern: string, number: string): number => {
      const started = process.hrtime.bigint();
      for (let times = 0; times < 200; times++) matches(pattern, number);
      return Number(process.hrtime.bigint() - started);
    };
    // Against a pattern without any choice, in the same run.
    const plain = steps('^1{64}2$', '1'.repeat(64));
    expect(steps('^1*1*2$', '1'.repeat(64))).toBeLessThan(plain * 200);
  });
});
