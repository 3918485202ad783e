import { measureBareNode, measureDemo } from '../support/measured-program.ts';
import type { BenchRow } from './bench-row.ts';

export const name = 'memory';

/** Resident memory of phone and switch together, in one process with one call; none where the system does not tell. */
export async function run(): Promise<BenchRow[]> {
  const { residentMiB: value } = await measureDemo();
  const { residentMiB: bare } = await measureBareNode();
  if (value === undefined || bare === undefined) return [];
  return [
    {
      bench: name,
      case: 'phone, switch and one call',
      value,
      unit: 'MiB',
      higherIsBetter: false,
      reference: { name: 'node doing nothing', version: process.versions.node, value: bare },
      ratio: bare / value,
    },
  ];
}
