import { describe, expect, it } from 'vitest';
import { TelephoneEventReceiver, TelephoneEventSender, type ReceivedDigit } from '../../../core/rtp/telephone-event.ts';

interface Sent {
  readonly step: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly end: boolean;
  readonly code: number;
  readonly duration: number;
  readonly payload: Uint8Array;
}

function send(digits: string, durationMs: number, clockRate = 8000): Sent[] {
  const sender = new TelephoneEventSender(clockRate);
  sender.queue(digits, durationMs);
  const sent: Sent[] = [];
  for (let step = 0; step < 200; step++) {
    if (!sender.step(1000 + step * 160)) continue;
    const payload = sender.payload.slice();
    const [code = 0, flags = 0, high = 0, low = 0] = payload;
    const { timestamp, marker } = sender;
    sent.push({ step, timestamp, marker, end: flags >= 0x80, code, duration: high * 256 + low, payload });
  }
  expect(sender.busy).toBe(false);
  return sent;
}

function receive(packets: readonly (Sent | undefined)[]): ReceivedDigit[] {
  const receiver = new TelephoneEventReceiver(8000);
  const digits: (ReceivedDigit | undefined)[] = [];
  let now = 0;
  for (const packet of packets) {
    now += 20;
    if (packet) digits.push(receiver.receive(packet.timestamp, packet.payload, 0, 4, now));
    digits.push(receiver.expire(now));
  }
  for (let rest = 0; rest < 10; rest++) digits.push(receiver.expire((now += 20)));
  return digits.filter((digit) => digit !== undefined);
}

describe('TelephoneEventSender', () => {
  it('§2.5.1.2 sends all packets of an event with the timestamp of its beginning, marked once, durations rising', () => {
    const sent = send('5', 100);
    expect(new Set(sent.map(({ timestamp }) => timestamp))).toEqual(new Set([1000]));
    expect(sent.map(({ marker }) => marker)).toEqual([true, false, false, false, false, false, false]);
    expect(sent.map(({ duration }) => duration)).toEqual([160, 320, 480, 640, 800, 800, 800]);
  });

  it('§2.5.1.4 sends the end three times', () => {
    expect(send('5', 100).map(({ end }) => end)).toEqual([false, false, false, false, true, true, true]);
  });

  it('keeps digits at least 50 ms apart', () => {
    const sent = send('12', 60);
    const firstEnd = sent.findIndex(({ end }) => end);
    const second = sent.find(({ code }) => code === 2);
    expect(((second?.step ?? 0) - (sent[firstEnd]?.step ?? 0) - 1) * 20).toBeGreaterThanOrEqual(40);
    expect(((second?.timestamp ?? 0) - 1000) / 8 - 60).toBeGreaterThanOrEqual(50);
  });

  it('§3.2 has the sixteen digits, in any case, and passes over the rest', () => {
    expect(new Set(send('0x9*#aD', 40).map(({ code }) => code))).toEqual(new Set([0, 9, 10, 11, 12, 15]));
  });

  it('cuts what 16 bits of duration cannot say', () => {
    expect(Math.max(...send('1', 3000, 48_000).map(({ duration }) => duration))).toBeLessThanOrEqual(65_535);
  });
});

describe('TelephoneEventReceiver', () => {
  const five = send('5', 100);
  const pair = send('55', 60);

  it.each<[string, (Sent | undefined)[], ReceivedDigit[]]>([
    ['all packets', five, [{ digit: '5', durationMs: 100 }]],
    ['everything twice', five.flatMap((packet) => [packet, packet]), [{ digit: '5', durationMs: 100 }]],
    ['the beginning lost', five.slice(3), [{ digit: '5', durationMs: 100 }]],
    ['two of three ends lost', five.slice(0, 5), [{ digit: '5', durationMs: 100 }]],
    ['all ends lost', five.slice(0, 4), [{ digit: '5', durationMs: 80 }]],
    ['only one end', five.slice(-1), [{ digit: '5', durationMs: 100 }]],
    ['packets out of order', [five[1], five[0], five[4], five[2], five[3]], [{ digit: '5', durationMs: 100 }]],
    ['nothing', [undefined, undefined], []],
    [
      'the same digit twice',
      pair,
      [
        { digit: '5', durationMs: 60 },
        { digit: '5', durationMs: 60 },
      ],
    ],
    [
      'the same digit twice, ends of the first lost',
      pair.filter(({ end, timestamp }) => !end || timestamp !== 1000),
      [
        { digit: '5', durationMs: 40 },
        { digit: '5', durationMs: 60 },
      ],
    ],
    ['a packet of the event before, late', [...pair.slice(6), ...pair.slice(0, 1)], [{ digit: '5', durationMs: 60 }]],
  ])('tells each digit once: %s', (_, packets, digits) => {
    expect(receive(packets)).toEqual(digits);
  });

  it('takes no event that is not a digit, and no payload that is too short', () => {
    const receiver = new TelephoneEventReceiver(8000);
    expect(receiver.receive(1, Uint8Array.from([16, 0x80, 1, 0]), 0, 4, 0)).toBeUndefined();
    expect(receiver.receive(2, Uint8Array.from([1, 0x80, 1]), 0, 3, 0)).toBeUndefined();
    expect(receiver.expire(1000)).toBeUndefined();
  });
});
