import { describe, expect, it } from 'vitest';
import { judge } from './fuzzer.ts';
import { corpusOf, crashersOf } from './kept-inputs.ts';
import { FUZZ_TARGETS } from './targets.ts';

describe.each(FUZZ_TARGETS)('the fuzz target $name', (target) => {
  it('keeps its promises for every input that led to new code, or broke it once', () => {
    const inputs = [...corpusOf(target.name), ...crashersOf(target.name)];
    expect(inputs.length).toBeGreaterThan(0);
    const broken = inputs.flatMap(({ name, octets }) => {
      const finding = judge(target, octets);
      return finding === undefined ? [] : [{ name, ...finding }];
    });
    expect(broken).toEqual([]);
  });
});

describe('the judge of fuzzing', () => {
  it('tells what throws, and what keeps more than its input explains', () => {
    const octets = new Uint8Array(4);
    const target = { name: 'x', tokens: [], run: (): unknown => octets };
    expect(judge(target, octets)).toBeUndefined();
    expect(judge({ ...target, run: () => new Uint8Array(70_000) }, octets)).toMatchObject({
      problem: 'keeps too much',
    });
    const run = (): unknown => {
      throw new RangeError('beyond the end');
    };
    expect(judge({ ...target, run }, octets)).toMatchObject({ problem: 'throws' });
  });
});
