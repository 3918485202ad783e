import { describe, expect, it } from 'vitest';
import { ok } from '../../../core/base/result.ts';
import { mediaCapabilities } from '../../../core/media/capabilities.ts';
import type { MediaPlane, MediaStream } from '../../../core/media/media-plane.ts';
import { MediaSession } from '../../../core/media/media-session.ts';
import type { StreamParameters } from '../../../core/rtp/stream-parameters.ts';
import { Tracer } from '../../../core/trace/tracer.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

/** One end: its session, and what its stream was configured with, oldest first. */
interface End {
  readonly media: MediaSession;
  readonly configured: StreamParameters[];
}

async function end(seed: number): Promise<End> {
  const configured: StreamParameters[] = [];
  const stream = {
    address: '192.0.2.1',
    port: 30_000 + 2 * seed,
    rtcpPort: 30_001 + 2 * seed,
    configure: (parameters: StreamParameters) => void configured.push(parameters),
  };
  const media = await MediaSession.open({
    plane: { open: () => Promise.resolve(ok(stream as unknown as MediaStream)) } as unknown as MediaPlane,
    tracer: new Tracer(new VirtualClock()),
    random: new SeededRandom(seed),
    address: '192.0.2.1',
    portMin: 30_000,
    portMax: 31_000,
    call: 'call',
    capabilities: mediaCapabilities({ secureMedia: 'mandatory' }),
    encryptedSignalling: true,
  });
  if (!media.ok) throw new Error(media.error.summary);
  return { media: media.value, configured };
}

/** An offer of `from` with this wish, answered by `to`. */
async function agree(from: End, to: End, wish: { held?: boolean; rekey?: boolean } = {}): Promise<string> {
  const offer = await from.media.createOffer(wish);
  if (!offer.ok) throw new Error(offer.error.diagnosis.summary);
  const answer = await to.media.receiveOffer(offer.value);
  if (!answer.ok) throw new Error(answer.error.diagnosis.summary);
  const taken = await from.media.receiveAnswer(answer.value);
  if (!taken.ok) throw new Error(taken.error.diagnosis.summary);
  return new TextDecoder().decode(offer.value.content);
}

const directions = ({ configured }: End): readonly string[] => configured.map(({ direction }) => direction);
const keysOf = ({ configured }: End, at: number): readonly (string | undefined)[] => {
  const srtp = configured.at(at)?.srtp;
  return [srtp?.send, srtp?.receive].map((keying) => keying && [...keying.masterKeyAndSalt.reveal()].join());
};

describe('RFC 3264 hold and resume of the sound of a call', () => {
  it('§8.4 offers sendonly and sends nothing while it holds; sendrecv on resume', async () => {
    const [alice, bob] = [await end(1), await end(2)];
    await agree(alice, bob);
    expect(await agree(alice, bob, { held: true })).toContain('a=sendonly\r\n');
    expect(alice.media.holdState).toEqual({ here: true, there: false });
    expect(bob.media.holdState).toEqual({ here: false, there: true });
    expect(await agree(alice, bob, { held: false })).toContain('a=sendrecv\r\n');
    expect(alice.media.holdState).toEqual({ here: false, there: false });
    expect(bob.media.holdState).toEqual({ here: false, there: false });
    expect(directions(alice)).toEqual(['sendrecv', 'inactive', 'sendrecv']);
    expect(directions(bob)).toEqual(['sendrecv', 'recvonly', 'sendrecv']);
  });

  it('§8.4 both may hold: who resumes first still hears nothing', async () => {
    const [alice, bob] = [await end(1), await end(2)];
    await agree(alice, bob);
    await agree(alice, bob, { held: true });
    await agree(bob, alice, { held: true });
    expect(alice.media.holdState).toEqual({ here: true, there: true });
    await agree(alice, bob, { held: false });
    expect(alice.media.holdState).toEqual({ here: false, there: true });
    expect(directions(alice).at(-1)).toBe('recvonly');
    await agree(bob, alice, { held: false });
    expect(alice.media.holdState).toEqual({ here: false, there: false });
    expect(directions(alice).at(-1)).toBe('sendrecv');
  });

  it('an offer that only refreshes leaves the hold as it is', async () => {
    const [alice, bob] = [await end(1), await end(2)];
    await agree(alice, bob);
    await agree(alice, bob, { held: true });
    expect(await agree(alice, bob)).toContain('a=sendonly\r\n');
    await agree(bob, alice);
    expect(alice.media.holdState).toEqual({ here: true, there: false });
  });

  it('RFC 3261 §14.1 a hold that is refused holds nothing', async () => {
    const [alice, bob] = [await end(1), await end(2)];
    await agree(alice, bob);
    await alice.media.createOffer({ held: true });
    alice.media.withdrawOffer();
    expect(alice.media.holdState.here).toBe(false);
    expect(await agree(alice, bob)).toContain('a=sendrecv\r\n');
    expect(directions(alice)).toEqual(['sendrecv', 'sendrecv']);
  });

  it('§5.1 nothing that is agreed takes effect before it is released', async () => {
    const [alice, bob] = [await end(1), await end(2)];
    bob.media.withhold();
    await agree(alice, bob);
    expect(bob.configured).toEqual([]);
    bob.media.release();
    expect(directions(bob)).toEqual(['sendrecv']);
  });
});

describe('RFC 4568 keys over the life of a call', () => {
  it('§7.1.4 hold and resume keep both keys, so that SRTP goes on with its rollover counter', async () => {
    const [alice, bob] = [await end(1), await end(2)];
    await agree(alice, bob);
    await agree(alice, bob, { held: true });
    await agree(alice, bob, { held: false });
    for (const party of [alice, bob]) {
      expect(keysOf(party, 1)).toEqual(keysOf(party, 0));
      expect(keysOf(party, 2)).toEqual(keysOf(party, 0));
    }
  });

  it('§7.1.4 an offer that re-keys changes the key of both', async () => {
    const [alice, bob] = [await end(1), await end(2)];
    await agree(alice, bob);
    await agree(alice, bob, { rekey: true });
    expect(keysOf(alice, 1)[0]).not.toBe(keysOf(alice, 0)[0]);
    expect(keysOf(alice, 1)[1]).not.toBe(keysOf(alice, 0)[1]);
    expect(keysOf(bob, 1)).toEqual(keysOf(alice, 1).toReversed());
  });

  it('§7.1.4 a re-keying that is refused leaves the keys in force', async () => {
    const [alice, bob] = [await end(1), await end(2)];
    await agree(alice, bob);
    await alice.media.createOffer({ rekey: true });
    alice.media.withdrawOffer();
    await agree(alice, bob);
    expect(keysOf(alice, 1)).toEqual(keysOf(alice, 0));
  });
});
