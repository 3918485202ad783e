import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { build } from './build.ts';
import { check } from './check.ts';
import { root, tools } from './paths.ts';
import { run, runNode } from './program.ts';
import {
  addCounts,
  closingLine,
  countsOfClosingLine,
  readVitestReport,
  type Counts,
  type SuiteReport,
} from './test-report.ts';

/** The suites in the order of `npm test`, quickest first, and how long each may take. */
const SUITES = [
  { name: 'unit', limitSeconds: 600 },
  { name: 'flow', limitSeconds: 300 },
  { name: 'loopback', limitSeconds: 1200 },
  { name: 'interop', limitSeconds: 900 },
  { name: 'e2e', limitSeconds: 1200 },
] as const;

const onCi = process.env.CI === 'true';

/** Installs what the tests need, or says what is missing. */
async function prepareHost(): Promise<boolean> {
  const script = join(root, 'build/setup-test-host.sh');
  if (existsSync('/etc/debian_version') && process.getuid?.() === 0) {
    return (await run('bash', [script], { output: 'pass', limitSeconds: 600 })).ok;
  }
  const { ok, output } = await run('bash', [script, '--missing'], { output: 'keep', limitSeconds: 30 });
  const missing = ok ? output.split('\n').filter((line) => line !== '') : [];
  if (!ok) console.log('What the tests need of this machine could not be found out; they skip what they miss.');
  for (const line of missing) {
    const [program = '', purpose = ''] = line.split('|');
    console.log(`missing: ${program} (skipped without it: ${purpose})`);
  }
  return true;
}

async function runSuite(name: string, limitSeconds: number): Promise<SuiteReport> {
  const file = join(root, 'test-results', `${name}.json`);
  rmSync(file, { force: true });
  const { ok } = await runNode(
    [tools.vitest, 'run', '--project', name, '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
    { output: 'pass', limitSeconds },
  );
  return readVitestReport(existsSync(file) ? readFileSync(file, 'utf8') : '', ok, onCi);
}

/** Runs a program whose closing line is its report. */
async function runReporting(args: readonly string[]): Promise<Counts> {
  const { ok, output } = await runNode(args, { output: 'both', limitSeconds: 300 });
  const counts = countsOfClosingLine(output) ?? { passed: 0, failed: 1, skipped: 0 };
  return ok || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

const started = performance.now();
const totals: { name: string; counts: Counts; seconds: number }[] = [];
const complaints: string[] = [];

async function step(name: string, work: () => Promise<Counts>): Promise<void> {
  console.log(`\n== ${name}`);
  const from = performance.now();
  const counts = await work();
  totals.push({ name, counts, seconds: (performance.now() - from) / 1000 });
}

const oneStep = (ok: boolean): Counts => ({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 });

mkdirSync(join(root, 'test-results'), { recursive: true });
await step('test host', async () => oneStep(await prepareHost()));
await step('check', async () => ({ ...(await check()), skipped: 0 }));
await step('build', async () => oneStep(await build()));
for (const { name, limitSeconds } of SUITES) {
  await step(name, async () => {
    const report = await runSuite(name, limitSeconds);
    complaints.push(...report.complaints.map((complaint) => `${name}: ${complaint.replaceAll(`${root}/`, '')}`));
    return report.counts;
  });
}
// The crypto and TLS suites once more on BoringSSL.
await step('boringssl', () => runReporting(['build/boringssl.ts']));
await step('conformance', () => runReporting(['test/conformance/page.ts', '--check']));

console.log('');
for (const complaint of complaints) console.log(complaint);
for (const { name, counts, seconds } of totals)
  console.log(`${name.padEnd(10)} ${closingLine(counts)}, ${seconds.toFixed(1)} s`);
console.log(
  `reports in ${relative(root, join(root, 'test-results'))}/, ${((performance.now() - started) / 1000).toFixed(0)} s in all`,
);
const total = addCounts(totals.map(({ counts }) => counts));
console.log(closingLine(total));
process.exitCode = total.failed === 0 ? 0 : 1;
