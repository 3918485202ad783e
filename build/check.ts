import { availableParallelism } from 'node:os';
import { tools } from './paths.ts';
import { runNode } from './program.ts';

/** What `npm run check` asks of the source, the slowest first. Each is a program that says nothing when all is well. */
const CHECKS: readonly { readonly name: string; readonly args: readonly string[] }[] = [
  { name: 'lint', args: [tools.eslint, '.', '--max-warnings', '0'] },
  { name: 'types', args: [tools.tsc, '-p', '.', ...cached('types')] },
  { name: 'types of renderer', args: [tools.tsc, '-p', 'renderer', '--noEmit', ...cached('types-renderer')] },
  { name: 'types of test/e2e', args: [tools.tsc, '-p', 'test/e2e', ...cached('types-e2e')] },
  { name: 'format', args: [tools.prettier, '--check', '--log-level', 'warn', '.'] },
  { name: 'dead code', args: [tools.knip, '--no-progress'] },
  { name: 'architecture', args: [tools.vitest, 'run', '--project', 'unit', 'test/arch'] },
];

function cached(name: string): string[] {
  return ['--incremental', '--tsBuildInfoFile', `node_modules/.cache/sotto/${name}.tsbuildinfo`];
}

/** Checks types, lint, format, architecture rules and dead code, and prints one line for each. */
export async function check(): Promise<{ passed: number; failed: number }> {
  const waiting = [...CHECKS];
  const failed: string[] = [];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const result = await runNode(next.args, { output: 'keep', limitSeconds: 900 });
      console.log(`${result.ok ? 'ok  ' : 'FAIL'} ${next.name.padEnd(24)} ${result.seconds.toFixed(1)} s`);
      if (result.ok) continue;
      failed.push(next.name);
      console.log(result.output.trimEnd());
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), 4) }, worker));
  return { passed: CHECKS.length - failed.length, failed: failed.length };
}

if (import.meta.main) {
  const started = performance.now();
  const { passed, failed } = await check();
  console.log(`check: ${passed} passed, ${failed} failed in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  process.exitCode = failed === 0 ? 0 : 1;
}
