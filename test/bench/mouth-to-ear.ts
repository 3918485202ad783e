import { runCli } from '../support/cli-run.ts';
import type { BenchRow } from './bench-row.ts';

/** The name on the command line. */
export const name = 'mouth-to-ear';

const ROUNDS = 3;
/** The echo takes the way twice: from our encoder to the switch's decoder, and from its encoder to ours. */
const WAYS = 2;
const PACKET_MS = 20;

/**
 * From the sample that is played to the same sample heard, one way, found by cross-correlation in an echo call through the
 * switch with TLS, SRTP and Opus; beside the time that two packets of 20 ms take alone, one that is filled and one that waits
 * in a jitter buffer: no phone can be quicker.
 */
export async function run(): Promise<BenchRow[]> {
  const delays: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { result } = await runCli(['demo', '--seconds', '3']);
    const audio = result?.audio as { readonly delayMs?: number } | undefined;
    if (audio?.delayMs !== undefined) delays.push(audio.delayMs / WAYS);
  }
  if (delays.length === 0) return [];
  const value = Number(Math.min(...delays).toFixed(1));
  const least = 2 * PACKET_MS;
  const reference = { name: 'two packet times', version: `${PACKET_MS} ms`, value: least };
  return [{ bench: name, case: 'one way, Opus and SRTP', value, unit: 'ms', higherIsBetter: false, reference, ratio: Number((least / value).toFixed(2)) }]; // prettier-ignore
}
