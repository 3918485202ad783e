import { beforeEach, describe, expect, it } from 'vitest';
import { watchNetwork } from '../../../core/io/network-watch.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

let clock: VirtualClock;
let asleepMs: number;
let addresses: string[];
let changes: number;
let stop: () => void;

beforeEach(() => {
  clock = new VirtualClock();
  asleepMs = 0;
  addresses = ['127.0.0.1', '192.0.2.10'];
  changes = 0;
  const sleeping = {
    now: () => clock.now(),
    wall: () => clock.wall() + asleepMs,
    after: (delayMs: number, fire: () => void) => clock.after(delayMs, fire),
  };
  stop = watchNetwork({ clock: sleeping, addresses: () => addresses }, () => {
    changes++;
  });
});

describe('the watch over the network', () => {
  it('tells of a change once, when it has settled', () => {
    addresses = ['127.0.0.1'];
    clock.advance(2_000);
    expect(changes).toBe(0);
    addresses = ['127.0.0.1', '198.51.100.7'];
    clock.advance(1_000);
    expect(changes).toBe(0);
    clock.advance(60_000);
    expect(changes).toBe(1);
  });

  it('tells of nothing where addresses went and came back, or only their order changed', () => {
    clock.advance(1_900);
    addresses = ['127.0.0.1'];
    clock.advance(100);
    addresses = ['192.0.2.10', '127.0.0.1'];
    clock.advance(60_000);
    expect(changes).toBe(0);
  });

  it('tells of a machine that was asleep, but not of a clock that was set back', () => {
    asleepMs = 3_600_000;
    clock.advance(10_000);
    expect(changes).toBe(1);
    asleepMs = 0;
    clock.advance(10_000);
    expect(changes).toBe(1);
  });

  it('ends when it is told to', () => {
    stop();
    addresses = [];
    clock.advance(60_000);
    expect(changes).toBe(0);
  });
});
