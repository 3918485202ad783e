import { globSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import type { BenchRow } from './bench-row.ts';

/** What a benchmark exports: a file of this folder that has both is one. */
interface Benchmark {
  readonly name: string;
  run(): Promise<readonly BenchRow[]>;
}

const OWN_FILES = new Set(['run.ts', 'bench-row.ts']);

async function findBenchmarks(): Promise<Benchmark[]> {
  const files = globSync('*.ts', { cwd: import.meta.dirname }).filter((file) => !OWN_FILES.has(basename(file)));
  const modules = await Promise.all(
    files
      .sort()
      .map((file) => import(pathToFileURL(join(import.meta.dirname, file)).href) as Promise<Partial<Benchmark>>),
  );
  return modules.filter((module): module is Benchmark => module.name !== undefined && module.run !== undefined);
}

/** One line for people: the figure, and what it stands beside. */
function describeRow({ case: name, value, unit, reference, ratio }: BenchRow): string {
  const beside =
    reference === undefined
      ? ''
      : `${reference.name} ${reference.version}: ${short(reference.value)}${ratio === undefined ? '' : ` (${ratio.toFixed(2)} x)`}`;
  return `  ${name.padEnd(36)} ${short(value).padStart(12)} ${unit.padEnd(12)} ${beside}`.trimEnd();
}

function short(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: 4 });
}

/** Runs the benchmarks that were named, or all, one after the other; resolves to the exit code. */
async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { json: { type: 'string' } },
    allowPositionals: true,
  });
  const benchmarks = await findBenchmarks();
  const unknown = positionals.filter((wanted) => !benchmarks.some(({ name }) => name === wanted));
  if (unknown.length > 0) {
    console.error(
      `There is no benchmark ${unknown.join(', ')}; there are ${benchmarks.map(({ name }) => name).join(', ')}.`,
    );
    return 2;
  }
  const rows: BenchRow[] = [];
  for (const { name, run } of benchmarks) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    console.log(name);
    const measured = await run();
    for (const row of measured) console.log(describeRow(row));
    rows.push(...measured);
  }
  if (values.json !== undefined) writeFileSync(values.json, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
