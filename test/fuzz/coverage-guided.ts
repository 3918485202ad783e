/**
 * `npm run fuzz -- [--seconds N] [--target NAME] [--seed N] [--keep]`: fuzzes each target (or those whose name begins with NAME)
 * for N seconds, 10 by default, with inputs that are bred from those which led to new code. What breaks a target is made small,
 * kept in `test/vectors/fuzz/crashers`, and from then on run by `kept-crashers.test.ts`. `--keep` keeps the inputs that led to
 * new code, too. An input that never ends ends the run with it: the same seed leads there again.
 */
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { root } from '../../build/paths.ts';
import { closingLine } from '../../build/test-report.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { CodeCoverage } from './code-coverage.ts';
import type { FuzzTarget } from './fuzz-target.ts';
import { Fuzzer } from './fuzzer.ts';
import { corpusOf, crashersOf, keepCrasher, keepGrown } from './kept-inputs.ts';
import { FUZZ_TARGETS } from './targets.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    target: { type: 'string', default: '' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
  },
});

const coverage = new CodeCoverage(pathToFileURL(join(root, 'core/')).href);

/** Whether no input broke the target. */
function fuzz(target: FuzzTarget, seconds: number): boolean {
  coverage.restart();
  const seeds = [...corpusOf(target.name), ...crashersOf(target.name)].map(({ octets }) => octets);
  const fuzzer = new Fuzzer(target, seeds, coverage, new SeededRandom(Number(values.seed)));
  const atStart = coverage.pieces;
  const from = performance.now();
  let milliseconds = 0;
  for (; milliseconds < 1000 * seconds; milliseconds = performance.now() - from) fuzzer.step();
  const rate = Math.round((1000 * fuzzer.executions) / milliseconds);
  console.log(
    `${target.name}: ${fuzzer.executions} inputs, ${rate} a second, ${coverage.pieces} pieces of code (${atStart} by the seeds), ` +
      `${fuzzer.corpus.length} inputs that led to new code, ${fuzzer.crashers.length} that broke it`,
  );
  for (const { problem, detail, octets } of fuzzer.crashers) {
    console.log(`  ${problem}: ${detail}\n  ${JSON.stringify(Buffer.from(octets).toString('latin1'))}`);
    console.log(`  kept as ${keepCrasher(target.name, octets)}`);
  }
  if (values.keep) keepGrown(target.name, fuzzer.corpus);
  return fuzzer.crashers.length === 0;
}

const targets = FUZZ_TARGETS.filter(({ name }) => name.startsWith(values.target));
const failed = targets.filter((target) => !fuzz(target, Number(values.seconds))).length;
console.log(closingLine({ passed: targets.length - failed, failed, skipped: 0 }));
process.exitCode = failed === 0 && targets.length > 0 ? 0 : 1;
