import { JitterBuffer } from '../../core/jitter/jitter-buffer.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import type { BenchRow } from './bench-row.ts';

/** The name on the command line. */
export const name = 'jitter';

const PACKET_MS = 20;
const TICKS = 160;
const PACKETS = 15_000;
const STEP_MS = 10;

/** Networks by the delay of each packet beyond the quickest, milliseconds. */
const NETWORKS: Readonly<Record<string, (random: SeededRandom, index: number) => number>> = {
  'quiet network': (random) => -3 * Math.log(1 - share(random)),
  'Wi-Fi with pauses': (random, index) => -8 * Math.log(1 - share(random)) + (index % 500 < 4 ? 120 : 0),
  'network that changes': (random, index) => -(index % 6000 < 3000 ? 4 : 25) * Math.log(1 - share(random)),
};

/**
 * The mean delay of our buffer over five minutes of sound, beside that of the fixed buffer that would lose as much: the least
 * delay that anybody could have set by hand, knowing the network beforehand.
 */
export function run(): Promise<BenchRow[]> {
  return Promise.resolve(
    Object.entries(NETWORKS).map(([label, delay]) => {
      const random = new SeededRandom(7);
      const delays = Array.from({ length: PACKETS }, (_, index) => delay(random, index));
      const { meanMs, lost } = play(delays);
      const fixed = delays.toSorted((a, b) => a - b)[Math.min(PACKETS - 1, Math.ceil(PACKETS * (1 - lost)))] ?? 0;
      return {
        bench: name,
        case: `${label}, ${(lost * 100).toFixed(2)} % lost`,
        value: Number(meanMs.toFixed(1)),
        unit: 'ms',
        higherIsBetter: false,
        reference: { name: 'fixed buffer', version: 'ideal', value: Number(fixed.toFixed(1)) },
        ratio: Number((fixed / meanMs).toFixed(2)),
      };
    }),
  );
}

function share(random: SeededRandom): number {
  return random.below(1e9) / 1e9;
}

/** Plays a stream whose packets are so late each; the mean time from sending to playing, and the share that was made up. */
function play(delays: readonly number[]): { readonly meanMs: number; readonly lost: number } {
  const arrivals = delays
    .map((delay, index) => ({ index, atMs: index * PACKET_MS + delay }))
    .sort((a, b) => a.atMs - b.atMs);
  const buffer = new JitterBuffer(8000);
  const payload = new Uint8Array(160);
  let next = 0;
  let soundMs = 0;
  let played = 0;
  let delaySum = 0;
  for (let now = 0; now < delays.length * PACKET_MS; now += STEP_MS) {
    for (let due = arrivals[next]; due !== undefined && due.atMs <= now; due = arrivals[++next]) {
      const { index, atMs } = due;
      buffer.put(index & 0xffff, (index * TICKS) >>> 0, TICKS, 0, payload, 0, payload.length, atMs);
    }
    if (soundMs <= 0) {
      const action = buffer.get(now);
      if (action === 'packet') {
        const sequence = buffer.packet?.sequence ?? 0;
        // The number as it was before it was cut to 16 bits.
        const index = sequence + 65_536 * Math.round((now / PACKET_MS - sequence) / 65_536);
        played++;
        delaySum += now - index * PACKET_MS;
      }
      soundMs = action === 'wait' ? STEP_MS : PACKET_MS;
    }
    soundMs -= STEP_MS;
  }
  return { meanMs: delaySum / played, lost: 1 - played / delays.length };
}
