import { describe, expect, it } from 'vitest';
import { JitterBuffer } from '../../../core/jitter/jitter-buffer.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const TICKS = 160;

interface Arrival {
  readonly sequence: number;
  readonly atMs: number;
  /** In packets of 20 ms; the sequence number by default. */
  readonly time?: number;
}

/**
 * Plays what arrives: every 10 ms the buffer is asked if the last answer's sound is used up. The result has packets by
 * their number, `~` for 20 ms concealed, `.` for 10 ms waited.
 */
function play(arrivals: readonly Arrival[], untilMs: number, buffer = new JitterBuffer(8000)): string {
  const queue = arrivals.toSorted((one, other) => one.atMs - other.atMs);
  const payload = new Uint8Array(8);
  const played: string[] = [];
  let soundMs = 0;
  for (let now = 0; now < untilMs; now += 10) {
    while (queue[0] !== undefined && queue[0].atMs <= now) {
      const { sequence, atMs, time = sequence } = queue.shift() as Arrival;
      payload[0] = sequence;
      buffer.put(sequence, (time * TICKS) >>> 0, TICKS, 0, payload, 0, 8, atMs);
    }
    if (soundMs === 0) {
      const action = buffer.get(now);
      if (action === 'packet') {
        expect(buffer.packet?.payload[0]).toBe((buffer.packet?.sequence ?? -1) & 0xff);
        played.push(String(buffer.packet?.sequence));
        soundMs = 20;
      } else if (action === 'conceal') {
        expect(buffer.concealTicks).toBe(TICKS);
        played.push('~');
        soundMs = 20;
      } else played.push('.');
    }
    soundMs = Math.max(0, soundMs - 10);
  }
  return played.join(' ');
}

/** Packets `from` to `to`, each 20 ms after the one before, `late` by what it says. */
function packets(from: number, to: number, late: Readonly<Record<number, number>> = {}): Arrival[] {
  return Array.from({ length: to - from + 1 }, (_, index) => {
    const sequence = from + index;
    return { sequence, atMs: index * 20 + (late[sequence] ?? 0) };
  });
}

const without = (arrivals: Arrival[], ...lost: number[]): Arrival[] =>
  arrivals.filter(({ sequence }) => !lost.includes(sequence));

describe('JitterBuffer', () => {
  it.each<[string, Arrival[], number, string]>([
    ['nothing', [], 30, '. . .'],
    ['packets in time, 20 ms after the first came', packets(1, 5), 120, '. . 1 2 3 4 5'],
    ['one lost: concealed once, nothing moves', without(packets(1, 6), 3), 140, '. . 1 2 ~ 4 5 6'],
    ['two lost in a row', without(packets(1, 7), 3, 4), 160, '. . 1 2 ~ ~ 5 6 7'],
    ['one out of order, but in time', packets(1, 5, { 3: 20 }), 120, '. . 1 2 3 4 5'],
    ['one too late: concealed, then dropped', packets(1, 6, { 3: 45 }), 140, '. . 1 2 ~ 4 5 6'],
    ['the first ones in the wrong order', packets(1, 4, { 1: 25 }), 110, '. . . 1 2 3 4'],
    [
      'all delayed from one packet on: the delay grows',
      packets(1, 6, { 3: 50, 4: 50, 5: 50, 6: 50 }),
      180,
      '. . 1 2 ~ ~ 3 4 5 6',
    ],
    [
      'a pause without loss: silence, in time again afterwards',
      [...packets(1, 2), { sequence: 3, time: 12, atMs: 220 }, { sequence: 4, time: 13, atMs: 240 }],
      280,
      '. . 1 2 ~ ~ ~ ~ ~ ~ . . . . . . 3 4',
    ],
    [
      'a silent stretch that the packet behind it shows at once',
      [...packets(1, 2), { sequence: 3, time: 5, atMs: 41 }],
      90,
      '. . 1 2 . 3',
    ],
  ])('plays %s', (_, arrivals, untilMs, expected) => {
    expect(play(arrivals, untilMs)).toBe(expected);
  });

  it('counts late packets, and takes a packet only once', () => {
    const buffer = new JitterBuffer(8000);
    play(packets(1, 6, { 3: 45 }), 140, buffer);
    expect(buffer.late).toBe(1);
    const payload = new Uint8Array(4);
    expect(buffer.put(9, 9 * TICKS, TICKS, 0, payload, 0, 4, 150)).toBe('queued');
    expect(buffer.put(9, 9 * TICKS, TICKS, 0, payload, 0, 4, 150)).toBe('duplicate');
    expect(buffer.put(2, 2 * TICKS, TICKS, 0, payload, 0, 4, 150)).toBe('late');
    expect(buffer.late).toBe(2);
  });

  it('shows the packet behind a gap of one for recovery', () => {
    const buffer = new JitterBuffer(8000);
    const payload = new Uint8Array(4);
    for (const sequence of [1, 3, 6]) buffer.put(sequence, sequence * TICKS, TICKS, 0, payload, 0, 4, sequence * 20);
    expect([buffer.get(40), buffer.get(60), buffer.recovery?.sequence]).toEqual(['packet', 'conceal', 3]);
    expect([buffer.get(80), buffer.get(100), buffer.recovery?.sequence]).toEqual(['packet', 'conceal', undefined]);
    expect([buffer.get(120), buffer.recovery?.sequence]).toEqual(['conceal', 6]);
  });

  it('makes the delay as long as nearly all packets need, and no longer', () => {
    const random = new SeededRandom(2);
    const calm = new JitterBuffer(8000);
    const rough = new JitterBuffer(8000);
    play(packets(1, 500, {}), 10_000, calm);
    const late = Object.fromEntries(packets(1, 500).map(({ sequence }) => [sequence, random.below(60)]));
    const out = play(packets(1, 500, late), 10_000, rough);
    expect(calm.targetMs).toBe(10);
    expect(calm.delayMs).toBeLessThan(25);
    expect(rough.targetMs).toBeGreaterThan(50);
    expect(rough.targetMs).toBeLessThan(70);
    expect(out.split(' ').filter((step) => step === '~').length).toBeLessThan(12);
    expect(rough.late).toBeLessThan(12);
  });

  it('shortens the delay again after a spike', () => {
    const buffer = new JitterBuffer(8000);
    const spike = packets(
      1,
      900,
      Object.fromEntries(packets(100, 110).map(({ sequence }) => [sequence, 150 - (sequence - 100) * 10])),
    );
    play(spike, 18_000, buffer);
    expect(buffer.targetMs).toBe(10);
    expect(buffer.discarded).toBeGreaterThan(0);
    expect(buffer.delayMs).toBeLessThan(40);
  });

  it.each([
    ['slow', 1.002],
    ['fast', 0.998],
  ])('follows a sender whose clock is %s', (_, factor) => {
    const buffer = new JitterBuffer(8000);
    const drifting = packets(1, 1500).map(({ sequence, atMs }) => ({ sequence, atMs: atMs * factor }));
    const steps = play(drifting, 29_000, buffer).split(' ');
    const disturbed = steps.filter((step) => step === '~' || step === '.').length + buffer.discarded + buffer.late;
    expect(disturbed).toBeLessThan(12);
    expect(buffer.delayMs).toBeLessThan(60);
    expect(buffer.delayMs).toBeGreaterThan(0);
  });

  it('goes on over a wrap-around of the timestamp', () => {
    const first = 26_843_544;
    const wrapping = packets(1, 6).map((arrival) => ({ ...arrival, time: first + arrival.sequence }));
    expect((first + 1) * TICKS).toBeLessThan(2 ** 32);
    expect((first + 6) * TICKS).toBeGreaterThan(2 ** 32);
    expect(play(wrapping, 140)).toBe('. . 1 2 3 4 5 6');
  });

  it('begins anew where the source restarts its timestamps or jumps far ahead', () => {
    const restarted = packets(1, 8).map((arrival) => ({
      ...arrival,
      time: arrival.sequence + (arrival.sequence > 4 ? 50_000 : 0),
    }));
    expect(play(restarted, 180)).toBe('. . 1 2 3 . . 5 6 7 8');
    const jumped = packets(1, 8).map((arrival) => ({
      ...arrival,
      sequence: arrival.sequence + (arrival.sequence > 4 ? 1000 : 0),
    }));
    expect(play(jumped, 190)).toContain('1005 1006 1007');
  });

  it('takes telephone events for a pause, not for loss', () => {
    const buffer = new JitterBuffer(8000);
    const payload = new Uint8Array(4);
    buffer.put(1, TICKS, TICKS, 0, payload, 0, 4, 20);
    for (const sequence of [2, 3, 4]) buffer.putSilent(sequence);
    buffer.put(5, 5 * TICKS, TICKS, 0, payload, 0, 4, 100);
    expect([40, 60, 70, 80, 90, 100, 110, 120].map((now) => buffer.get(now))).toEqual([
      'packet',
      'wait',
      'wait',
      'wait',
      'wait',
      'wait',
      'wait',
      'packet',
    ]);
    expect(buffer.concealedMs).toBe(0);
  });

  it('survives any order of anything', () => {
    const random = new SeededRandom(9);
    const buffer = new JitterBuffer(8000);
    const payload = random.bytes(1500);
    let now = 0;
    for (let round = 0; round < 20_000; round++) {
      const sequence = 1000 + random.below(400);
      buffer.put(
        sequence,
        random.below(2 ** 31) * 2,
        random.below(2000),
        0,
        payload,
        0,
        random.below(1500),
        (now += random.below(15)),
      );
      if (buffer.get(now) === 'packet') expect(buffer.packet).toBeDefined();
    }
  });
});
