import { measureBareNode, measureDemo } from '../support/measured-program.ts';
import type { BenchRow } from './bench-row.ts';

export const name = 'start';

const ROUNDS = 3;

/** From the start of `sotto demo` to its registration and to the first sound that came back; the best of a few runs. */
export async function run(): Promise<BenchRow[]> {
  const demos = [];
  const bare = [];
  for (let round = 0; round < ROUNDS; round++) {
    demos.push(await measureDemo());
    bare.push((await measureBareNode()).startMs);
  }
  const nodeMs = Math.min(...bare);
  const row = (label: string, value: number): BenchRow => ({
    bench: name,
    case: label,
    value,
    unit: 'ms',
    higherIsBetter: false,
    reference: { name: 'node doing nothing', version: process.versions.node, value: nodeMs },
    ratio: nodeMs / value,
  });
  return [
    row('registered', Math.min(...demos.map(({ registeredMs }) => registeredMs))),
    row('first audio', Math.min(...demos.map(({ firstAudioMs }) => firstAudioMs))),
  ];
}
