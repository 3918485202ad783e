import { beforeEach, describe, expect, it } from 'vitest';
import { FairInbox } from '../../../../core/sip/transport/fair-inbox.ts';
import { DEFAULT_TRANSPORT_SETTINGS } from '../../../../core/sip/transport/transport-settings.ts';
import { VirtualClock } from '../../../support/virtual-clock.ts';

let clock: VirtualClock;
let inbox: FairInbox;
let done: string[];

/** `count` messages of one address, numbered. */
function send(address: string, count: number, size = 100): void {
  for (let index = 1; index <= count; index++) inbox.take(address, size, () => done.push(`${address}${index}`));
}

beforeEach(() => {
  clock = new VirtualClock();
  done = [];
  inbox = new FairInbox(clock, {
    ...DEFAULT_TRANSPORT_SETTINGS,
    messagesAtOnce: 2,
    messagesPerTurn: 4,
    maxWaitingPerAddress: 1000,
    maxWaiting: 2500,
  });
});

describe('FairInbox', () => {
  it('who is within the budget is served at once, also beside a flood', () => {
    send('flood', 100);
    send('a', 2);
    expect(done).toEqual(['flood1', 'flood2', 'a1', 'a2']);
  });

  it('what waits is served in turns, one of each address after the other, in the order of each', () => {
    send('a', 5);
    send('b', 4);
    done.length = 0;
    clock.advance(0);
    expect(done).toEqual(['a3', 'b3', 'a4', 'b4', 'a5']);
    expect(clock.pending).toBe(0);
  });

  it('nothing overtakes what waits of the same address', () => {
    send('a', 3);
    inbox.take('a', 1, () => done.push('late'));
    clock.advance(0);
    expect(done).toEqual(['a1', 'a2', 'a3', 'late']);
  });

  it('a turn ends after its share, so that what else happens has its place between two', () => {
    send('a', 20);
    const seen: number[] = [];
    clock.after(0, () => seen.push(done.length));
    clock.advance(0);
    expect(seen[0]).toBeLessThan(20);
    expect(done).toHaveLength(20);
  });

  it('limits what waits, of each address and of all', () => {
    send('a', 12);
    expect(inbox.hasRoom('a', 1)).toBe(false);
    expect(inbox.hasRoom('b', 100)).toBe(true);
    send('b', 12);
    expect(inbox.hasRoom('c', 500)).toBe(true);
    expect(inbox.hasRoom('c', 501)).toBe(false);
    clock.advance(0);
    expect(inbox.hasRoom('a', 1000)).toBe(true);
  });

  it('close() forgets what waits', () => {
    send('a', 5);
    inbox.close();
    clock.advance(10);
    expect(done).toEqual(['a1', 'a2']);
    expect(clock.pending).toBe(0);
  });
});
