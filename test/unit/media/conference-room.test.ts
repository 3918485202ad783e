import { describe, expect, it } from 'vitest';
import { AUDIO_FRAME_SAMPLES } from '../../../core/audio/audio-port.ts';
import { ConferenceMember, ConferenceRoom } from '../../../core/media/conference-room.ts';
import { DelayLine } from '../../../core/media/delay-line.ts';
import type { ConferenceSeat } from '../../../core/media/media-plane.ts';

const SEAT: ConferenceSeat = { room: '3000', muted: false, deaf: false, talkDb: 0, listenDb: 0 };
const frameOf = (value: number): Int16Array => new Int16Array(AUDIO_FRAME_SAMPLES).fill(value);

/** Ticks in which each member says its value; what each hears, sample by sample the same. */
function talk(room: ConferenceRoom, members: readonly (readonly [ConferenceMember, number])[], ticks = 3): number[] {
  let heard: number[] = [];
  for (let tick = 0; tick < ticks; tick++) {
    room.turn();
    heard = members.map(([member, value]) => {
      member.say(frameOf(value));
      const frame = frameOf(0);
      member.hear(frame);
      expect(new Set(frame).size).toBe(1);
      return frame[0] ?? 0;
    });
  }
  return heard;
}

describe('a conference', () => {
  it('gives each member the sum of the others, in whatever order they come', () => {
    const room = new ConferenceRoom();
    const [a, b, c] = [1, 2, 3].map(() => new ConferenceMember(room, SEAT)) as [ConferenceMember, ConferenceMember, ConferenceMember]; // prettier-ignore
    expect(talk(room, [[a, 100], [b, 20], [c, 3]])).toEqual([23, 103, 120]); // prettier-ignore
    expect(talk(room, [[c, 3], [a, 100], [b, 20]])).toEqual([120, 23, 103]); // prettier-ignore
  });

  it('is clipped, not wrapped, where all are loud', () => {
    const room = new ConferenceRoom();
    const members = Array.from({ length: 4 }, () => [new ConferenceMember(room, SEAT), 30_000] as const);
    expect(talk(room, members)).toEqual([32_767, 32_767, 32_767, 32_767]);
  });

  it('keeps who is muted from the others, and the others from who is deaf', () => {
    const room = new ConferenceRoom();
    const muted = new ConferenceMember(room, { ...SEAT, muted: true });
    const deaf = new ConferenceMember(room, { ...SEAT, deaf: true });
    const other = new ConferenceMember(room, SEAT);
    expect(talk(room, [[muted, 100], [deaf, 20], [other, 3]])).toEqual([23, 0, 20]); // prettier-ignore
    muted.take(SEAT);
    expect(talk(room, [[muted, 100], [deaf, 20], [other, 3]])).toEqual([23, 0, 120]); // prettier-ignore
  });

  it('is as loud as each member chose', () => {
    const room = new ConferenceRoom();
    const loud = new ConferenceMember(room, { ...SEAT, talkDb: 20 });
    const soft = new ConferenceMember(room, { ...SEAT, listenDb: -20 });
    expect(talk(room, [[loud, 100], [soft, 50]])).toEqual([50, 100]); // prettier-ignore
  });

  it('does not give back to somebody who was away for a while what it said before', () => {
    const room = new ConferenceRoom();
    const [away, other] = [new ConferenceMember(room, SEAT), new ConferenceMember(room, SEAT)];
    talk(room, [[away, 100], [other, 20]]); // prettier-ignore
    talk(room, [[other, 20]]);
    expect(talk(room, [[away, 100], [other, 20]], 1)).toEqual([20, 0]); // prettier-ignore
  });

  it('is there while somebody is in it', () => {
    const room = new ConferenceRoom();
    const members = [new ConferenceMember(room, SEAT), new ConferenceMember(room, SEAT)];
    expect(room.members).toBe(2);
    for (const member of members) member.leave();
    expect(room.members).toBe(0);
  });
});

describe('a delayed echo', () => {
  it('brings each frame back after its time, silence before', () => {
    const line = new DelayLine(30);
    const output = frameOf(0);
    const heard = [1, 2, 3, 4, 5].map((value) => {
      line.pass(frameOf(value), output);
      return output[0];
    });
    expect(heard).toEqual([0, 0, 0, 1, 2]);
  });
});
