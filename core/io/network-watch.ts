import { networkInterfaces } from 'node:os';
import type { Clock, Timer } from '../base/clock.ts';

/** How often the addresses of the machine are looked at. Node has nothing that would tell of a change. */
const LOOK_EVERY_MS = 2_000;
/** Addresses come and go in bursts while a network is joined: a change counts once they have stayed the same so long. */
const SETTLES_AFTER_MS = 1_000;
/** The clock on the wall went on so much further than ours: the machine was asleep. */
const SLEPT_MS = 10_000;

/** What is looked at; the machine itself where absent. */
export interface NetworkWatchSources {
  readonly clock: Clock;
  readonly addresses?: () => readonly string[];
}

/**
 * Calls back when the addresses of this machine have changed and settled, or when it has woken from sleep, after which every
 * connection is doubtful. The function returned ends that.
 */
export function watchNetwork(
  { clock, addresses = ownAddresses }: NetworkWatchSources,
  onChange: () => void,
): () => void {
  let known = keyOf(addresses());
  let seen = known;
  let ahead = clock.wall() - clock.now();
  let timer: Timer;
  const look = (): void => {
    const now = keyOf(addresses());
    const drift = clock.wall() - clock.now();
    const slept = drift - ahead > SLEPT_MS;
    ahead = drift;
    const settled = now === seen;
    seen = now;
    if (slept || (settled && now !== known)) {
      known = now;
      onChange();
    }
    timer = clock.after(settled ? LOOK_EVERY_MS : SETTLES_AFTER_MS, look);
  };
  timer = clock.after(LOOK_EVERY_MS, look);
  return () => {
    timer.cancel();
  };
}

/** Every address that others may reach; those of the link alone change their zones for no reason. */
function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((entries) => (entries ?? []).map(({ address }) => address));
}

function keyOf(addresses: readonly string[]): string {
  return addresses.toSorted().join(' ');
}
