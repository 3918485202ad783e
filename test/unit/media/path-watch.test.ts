import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../../core/media/media-plane.ts';
import { PathWatch, type PathFigures } from '../../../core/media/path-watch.ts';
import { isRtcp } from '../../../core/rtp/rtp-packet.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { connected, Network } from './stream-pair.ts';

function watch() {
  const events: string[] = [];
  const emit = (event: StreamEvent): void => {
    if (event.kind === 'diagnosis') events.push(event.diagnosis.code);
    if (event.kind === 'cleared') events.push(`cleared ${event.code}`);
  };
  const watching = new PathWatch(emit, 0);
  const figures: PathFigures = { received: 0, lost: 0, deafReports: 0, sending: true };
  const look = (nowMs: number, changes: Partial<PathFigures>): void => {
    watching.look({ ...figures, ...changes }, nowMs, () => ({}));
  };
  return { events, look };
}

describe('what a call suffers from while it goes on', () => {
  it('five percent lost in five seconds is told once, and cleared below two', () => {
    const { events, look } = watch();
    look(5000, { received: 240, lost: 10 });
    expect(events).toEqual([]);
    look(10_000, { received: 477, lost: 23 });
    look(15_000, { received: 700, lost: 50 });
    expect(events).toEqual(['media.loss']);
    look(20_000, { received: 943, lost: 57 });
    expect(events).toEqual(['media.loss']);
    look(25_000, { received: 1190, lost: 60 });
    expect(events).toEqual(['media.loss', 'cleared media.loss']);
  });

  it('a few packets say nothing of loss', () => {
    const { events, look } = watch();
    look(5000, { received: 50, lost: 40 });
    expect(events).toEqual([]);
  });

  it('three reports in a row that nothing arrives there are told once, and cleared by another one', () => {
    const { events, look } = watch();
    look(100, { received: 9, deafReports: 2 });
    look(200, { received: 9, deafReports: 3 });
    look(300, { received: 9, deafReports: 4 });
    expect(events).toEqual(['media.one-way']);
    look(400, { received: 9, deafReports: 0 });
    expect(events).toEqual(['media.one-way', 'cleared media.one-way']);
  });

  it('nobody hears one way where nothing is sent, or nothing was received either', () => {
    const { events, look } = watch();
    look(100, { received: 9, deafReports: 5, sending: false });
    look(200, { received: 0, deafReports: 5 });
    expect(events).toEqual([]);
  });
});

describe('the same between two streams', () => {
  it('media.loss where a tenth is lost, and not at the end that receives all', () => {
    const network = new Network();
    const [one, other] = connected(network);
    const random = new SeededRandom(3);
    network.tamper = ({ from, octets }) =>
      from === one && !isRtcp(octets, octets.length) && random.below(10) === 0 ? [] : [0];
    network.run(12_000);
    expect([one.diagnoses, other.diagnoses]).toEqual([[], ['media.loss']]);
  });

  it('media.one-way at the end that is not heard, media.nothing-received at the other one', () => {
    const network = new Network();
    const [one, other] = connected(network);
    network.tamper = ({ from, octets }) => (from === one && !isRtcp(octets, octets.length) ? [] : [0]);
    network.run(25_000);
    expect([one.diagnoses, other.diagnoses]).toEqual([['media.one-way'], ['media.nothing-received']]);
    network.tamper = () => [0];
    network.run(15_000);
    expect(one.events).toContainEqual({ kind: 'cleared', code: 'media.one-way' });
  });

  it('a good call has neither', () => {
    const network = new Network();
    const [one, other] = connected(network);
    network.run(30_000);
    expect([one.diagnoses, other.diagnoses]).toEqual([[], []]);
  });
});
