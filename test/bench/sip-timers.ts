import { setTimeout as sleep } from 'node:timers/promises';
import type { Timer } from '../../core/base/clock.ts';
import { NodeClock } from '../../core/io/node-clock.ts';
import type { BenchRow } from './bench-row.ts';

/** The name on the command line. */
export const name = 'sip-timers';

/** Transactions that wait at once: more than any switch of this kind has. */
const PENDING = 100_000;
const ROUNDS = 5;
/** T1 to 64*T1, as transactions ask for. */
const SHORTEST_MS = 500;
const LONGEST_MS = 32_000;
/** Within so many milliseconds all of the timers fire that are there to fire. */
const FIRE_WITHIN_MS = 200;
/** A timer that has not fired by then never will. */
const GIVE_UP_MS = 10_000;

/** A way to have something done later. */
interface Timers {
  start(delayMs: number, fire: () => void): () => void;
}

const clock = new NodeClock();
const ours: Timers = {
  start: (delayMs, fire) => {
    const timer: Timer = clock.after(delayMs, fire);
    return () => {
      timer.cancel();
    };
  },
};
const theirs: Timers = {
  start: (delayMs, fire) => {
    const timer = setTimeout(fire, delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};

interface Cost {
  readonly start: number;
  readonly cancel: number;
  readonly fire: number;
}

/** What a timer of a transaction costs while 100,000 others wait, beside the timers of Node itself. */
export async function run(): Promise<BenchRow[]> {
  const costs: { readonly ours: Cost[]; readonly theirs: Cost[] } = { ours: [], theirs: [] };
  // The first round of each is for the compiler.
  for (let round = 0; round <= ROUNDS; round++) {
    const [own, other] = [await measure(ours), await measure(theirs)];
    if (round === 0) continue;
    costs.ours.push(own);
    costs.theirs.push(other);
  }
  return (['start', 'cancel', 'fire'] as const).map((part) => {
    const value = Math.min(...costs.ours.map((cost) => cost[part]));
    const reference = Math.min(...costs.theirs.map((cost) => cost[part]));
    return {
      bench: name,
      case: `${part}, ${PENDING} pending`,
      value: Math.round(value),
      unit: 'ns',
      higherIsBetter: false,
      reference: { name: 'setTimeout', version: process.versions.node, value: Math.round(reference) },
      ratio: Number((reference / value).toFixed(2)),
    };
  });
}

/** Nanoseconds of processor time for each timer. */
async function measure(timers: Timers): Promise<Cost> {
  const delays = Array.from({ length: PENDING }, (_, index) => SHORTEST_MS + spread(index, LONGEST_MS - SHORTEST_MS));
  const nothing = (): void => undefined;
  let cancels: (() => void)[] = [];
  const start = spent(() => {
    cancels = delays.map((delayMs) => timers.start(delayMs, nothing));
  });
  const cancel = spent(() => {
    for (let index = 0; index < PENDING; index++) cancels[spread(index, PENDING)]?.();
  });
  for (const one of cancels) one();
  return { start, cancel, fire: await measureFire(timers) };
}

async function measureFire(timers: Timers): Promise<number> {
  let fired = 0;
  for (let index = 0; index < PENDING; index++) timers.start(1 + spread(index, FIRE_WITHIN_MS), () => fired++);
  const before = process.cpuUsage();
  const end = performance.now() + GIVE_UP_MS;
  while (fired < PENDING) {
    if (performance.now() > end) throw new Error(`${PENDING - fired} timers did not fire`);
    await sleep(20);
  }
  return nanoseconds(process.cpuUsage(before)) / PENDING;
}

function spent(work: () => void): number {
  const before = process.cpuUsage();
  work();
  return nanoseconds(process.cpuUsage(before)) / PENDING;
}

function nanoseconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) * 1000;
}

/** A number below `range` for each index, all over it and the same in every run. */
function spread(index: number, range: number): number {
  return (index * 7919) % range;
}
