import { describe, expect, it } from 'vitest';
import { steadyTone } from '../../../core/media/media-plane.ts';
import type { StreamParameters } from '../../../core/rtp/stream-parameters.ts';
import { SeededRandom } from '../../support/seeded-random.ts';
import {
  connected,
  EVENTS,
  G722,
  keying,
  Network,
  OPUS,
  parameters,
  PCMA,
  PCMU,
  recorder,
  toneLevel,
  type StreamEnd,
} from './stream-pair.ts';

const EIGHTY = 'AES_CM_128_HMAC_SHA1_80';

/** The last half second of what was heard. */
const tail = (sound: Int16Array): Int16Array => sound.subarray(-24_000);

function tone(end: StreamEnd, frequencyHz = 1000): void {
  end.engine.setSource(steadyTone(frequencyHz));
}

describe('StreamEngine', { timeout: 30_000 }, () => {
  it.each([PCMU, PCMA, G722, OPUS])('carries sound both ways as $name, every packet counted', (codec) => {
    const network = new Network();
    const [one, other] = connected(network, { send: codec });
    const heard = recorder();
    other.engine.setSink(heard.sink);
    tone(one);
    network.run(2000);
    expect(toneLevel(tail(heard.sound()), 1000)).toBeCloseTo(8192, -3);
    expect(other.engine.statistics()).toMatchObject({
      packetsReceived: 100,
      packetsLost: 0,
      packetsLate: 0,
      concealedMs: 0,
      authFailures: 0,
      replayed: 0,
      codec: codec.name,
      suite: undefined,
    });
    expect(one.engine.statistics().packetsSent).toBe(100);
    expect(other.engine.statistics().mos).toBeGreaterThan(4.2);
    expect(one.engine.statistics().levelSent).toBeCloseTo(0.177, 2);
    expect(other.engine.statistics().levelReceived).toBeCloseTo(0.177, 1);
  });

  it.each([10, 20, 40, 60])('sends packets of %i ms', (packetTimeMs) => {
    const network = new Network();
    const [one] = connected(network, { packetTimeMs, send: PCMA });
    network.run(1200);
    expect(one.packets.length).toBe(1200 / packetTimeMs);
    expect(one.packets[3]?.length).toBe(12 + 8 * packetTimeMs);
  });

  it('RFC 3550 §5.1 numbers packets by one, timestamps by samples, and marks the first', () => {
    const network = new Network();
    const [one] = connected(network);
    network.run(200);
    const views = one.packets.map((octets) => new DataView(octets.buffer));
    const differences = views
      .slice(1)
      .map((view, index) => [
        (view.getUint16(2) - (views[index] as DataView).getUint16(2)) & 0xffff,
        (view.getUint32(4) - (views[index] as DataView).getUint32(4)) >>> 0,
      ]);
    expect(differences.every(([sequence, timestamp]) => sequence === 1 && timestamp === 160)).toBe(true);
    expect(one.packets.map((octets) => (octets[1] ?? 0) >> 7)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect((views[0] as DataView).getUint16(2)).toBeLessThan(0x8000);
  });

  it('sends back what it decoded as echo', () => {
    const network = new Network();
    const [one, other] = connected(network, { send: OPUS }, EIGHTY);
    const heard = recorder();
    one.engine.setSink(heard.sink);
    other.engine.setSource({ kind: 'echo' });
    tone(one, 700);
    network.run(2000);
    expect(toneLevel(tail(heard.sound()), 700)).toBeGreaterThan(7000);
  });

  it('pulls frames, and tells once that the source ended', () => {
    const network = new Network();
    const [one, other] = connected(network);
    const heard = recorder();
    other.engine.setSink(heard.sink);
    let left = 20;
    one.engine.setSource({ kind: 'frames', pull: (frame) => (frame.fill(1000), left-- > 0) });
    network.run(600);
    expect(one.events.filter(({ kind }) => kind === 'source-ended').length).toBe(1);
    expect(heard.sound().filter((sample) => sample > 900).length).toBeGreaterThan(9000);
    expect(
      tail(heard.sound())
        .subarray(-4800)
        .every((sample) => Math.abs(sample) < 10),
    ).toBe(true);
  });

  it('sends silence while muted', () => {
    const network = new Network();
    const [one, other] = connected(network);
    const heard = recorder();
    other.engine.setSink(heard.sink);
    tone(one);
    one.engine.setMuted(true);
    network.run(1000);
    expect(toneLevel(tail(heard.sound()), 1000)).toBeLessThan(10);
    one.engine.setMuted(false);
    network.run(1000);
    expect(toneLevel(tail(heard.sound()), 1000)).toBeGreaterThan(7000);
  });

  it('takes a change of codec by the peer', () => {
    const network = new Network();
    const [one, other] = connected(network);
    const heard = recorder();
    other.engine.setSink(heard.sink);
    tone(one);
    for (const send of [PCMU, OPUS, G722]) {
      one.engine.configure(parameters(other, { send }), network.nowMs);
      network.run(1000);
      expect(toneLevel(tail(heard.sound()), 1000), send.name).toBeGreaterThan(7000);
    }
    expect(other.engine.statistics().packetsLost).toBe(0);
  });

  it.each<[StreamParameters['direction'], boolean, boolean]>([
    ['sendrecv', true, true],
    ['sendonly', true, false],
    ['recvonly', false, true],
    ['inactive', false, false],
  ])('in direction %s sends: %s, plays: %s', (direction, sends, plays) => {
    const network = new Network();
    const [one, other] = connected(network);
    const heard = recorder();
    one.engine.setSink(heard.sink);
    tone(one);
    tone(other);
    one.engine.configure(parameters(other, { direction }), 0);
    network.run(1000);
    expect(one.packets.length > 0).toBe(sends);
    expect(heard.sound().length > 0).toBe(plays);
  });

  it('goes on through loss, conceals and counts it', () => {
    const network = new Network();
    const [one, other] = connected(network, { send: OPUS }, EIGHTY);
    const random = new SeededRandom(4);
    network.tamper = ({ from }) => (from === one && random.below(10) === 0 ? [] : [random.below(30)]);
    const heard = recorder();
    other.engine.setSink(heard.sink);
    tone(one);
    network.run(20_000);
    const { packetsLost, packetsReceived, concealedMs, mos, jitterMs } = other.engine.statistics();
    expect(packetsLost).toBeGreaterThan(60);
    expect(packetsLost + packetsReceived).toBeGreaterThan(995);
    expect(concealedMs).toBeGreaterThanOrEqual(packetsLost * 19);
    expect(concealedMs).toBeLessThan(packetsLost * 30);
    expect(mos).toBeLessThan(4);
    expect(jitterMs).toBeGreaterThan(3);
    expect(toneLevel(tail(heard.sound()), 1000)).toBeGreaterThan(6000);
    expect(one.engine.statistics().remoteLoss).toBeGreaterThan(0.02);
  });

  it('tells of the first packet, and of nothing after five seconds', () => {
    const network = new Network();
    const [one, other] = connected(network);
    network.tamper = ({ from }) => (from === one ? [] : [35]);
    network.run(5200);
    expect(one.events).toContainEqual({ kind: 'first-packet', delayMs: 55 });
    expect([one.diagnoses, other.diagnoses]).toEqual([[], ['media.nothing-received']]);
    network.run(6000);
    expect(other.diagnoses.length).toBe(1);
  });

  it('sends digits as telephone events, through loss', () => {
    const network = new Network();
    const [one, other] = connected(network, { send: OPUS });
    const random = new SeededRandom(8);
    network.tamper = () => (random.below(5) === 0 ? [] : [0]);
    one.engine.sendDtmf('0123456789*#ABCD', 80);
    network.run(5000);
    expect(other.digits).toBe('0123456789*#ABCD');
    const event = other.events.find(({ kind }) => kind === 'dtmf');
    expect(event).toMatchObject({ digit: '0' });
  });

  it('sends no digits where the peer takes none', () => {
    const network = new Network();
    const [one, other] = connected(network, { telephoneEventSend: undefined });
    one.engine.sendDtmf('1');
    network.run(500);
    expect(other.digits).toBe('');
  });

  it('drops everything before it is configured and after it was closed', () => {
    const network = new Network();
    const lone = network.end(5000);
    lone.engine.receiveRtp(new Uint8Array(200), 200, 0, '192.0.2.9', 1);
    lone.engine.tick(10);
    expect(lone.engine.close(20).packetsReceived).toBe(0);
    const [one, other] = connected(network);
    network.run(100);
    const figures = one.engine.close(network.nowMs);
    const sent = one.sent.length;
    expect(figures.packetsSent).toBe(5);
    network.run(200);
    expect(one.sent.length).toBe(sent);
    expect(one.engine.close(network.nowMs)).toMatchObject({ packetsSent: 5, packetsReceived: figures.packetsReceived });
    expect(other.engine.statistics().packetsReceived).toBe(5);
  });

  it('survives any datagram on either port', () => {
    const network = new Network();
    const [plain] = connected(network);
    const [secure] = connected(network, {}, EIGHTY, 6000);
    const random = new SeededRandom(6);
    for (let round = 0; round < 4000; round++) {
      const octets = random.bytes(random.below(300));
      if (octets.length > 1) octets.set([0x80 | random.below(64), random.pick([0, 8, 9, 101, 111, 200, 201, 203])]);
      for (const { engine } of [plain, secure]) {
        engine.receiveRtp(octets.slice(), octets.length, round, '192.0.2.77', 9);
        engine.receiveRtcp(octets.slice(), octets.length, round, '192.0.2.77', 9);
        if (round % 10 === 0) engine.tick(round);
      }
    }
    expect(secure.engine.statistics().packetsReceived).toBe(0);
  });
});

describe('SRTP in a stream', { timeout: 30_000 }, () => {
  it.each(['AEAD_AES_256_GCM', 'AES_256_CM_HMAC_SHA1_80', EIGHTY, 'AES_CM_128_HMAC_SHA1_32'])(
    'carries sound and RTCP under %s',
    (suite) => {
      const network = new Network();
      network.delayMs = 40;
      const [one, other] = connected(network, {}, suite);
      const heard = recorder();
      other.engine.setSink(heard.sink);
      tone(one);
      network.run(12_000);
      expect(toneLevel(tail(heard.sound()), 1000)).toBeGreaterThan(7000);
      const figures = other.engine.statistics();
      expect(figures).toMatchObject({ packetsLost: 0, authFailures: 0, replayed: 0, suite });
      expect(figures.roundTripMs).toBeGreaterThan(60);
      expect(figures.roundTripMs).toBeLessThan(100);
      expect(figures.remoteLoss).toBe(0);
    },
  );

  it('plays nothing that another key protected, tells once, and does not follow its sender', () => {
    const network = new Network();
    const [one, other] = connected(network, {}, EIGHTY);
    const heard = recorder();
    other.engine.setSink(heard.sink);
    tone(one);
    const wrong = { send: keying(EIGHTY, 77), receive: keying(EIGHTY, 78) };
    one.engine.configure(parameters(other, { srtp: wrong }), 0);
    network.run(3000);
    expect(toneLevel(tail(heard.sound()), 1000)).toBe(0);
    expect(other.engine.statistics().packetsReceived).toBe(0);
    expect(other.engine.statistics().authFailures).toBeGreaterThanOrEqual(150);
    expect(other.diagnoses).toEqual(['srtp.auth-failed']);
  });

  it('counts packets that come again, and plays them once', () => {
    const network = new Network();
    const [one, other] = connected(network, {}, EIGHTY);
    network.tamper = ({ octets }) => (octets.length > 150 ? [0, 15] : [0]);
    network.run(1000);
    expect(other.engine.statistics()).toMatchObject({ packetsReceived: 50, packetsLost: 0 });
    expect(other.engine.statistics().replayed).toBeGreaterThan(45);
    expect(other.diagnoses).toEqual([]);
    expect(one.engine.statistics().authFailures).toBe(0);
  });

  it('re-keys without losing what is on its way', () => {
    const network = new Network();
    network.delayMs = 50;
    const [one, other] = connected(network, {}, EIGHTY);
    network.run(500);
    const first = { send: keying(EIGHTY, 91), receive: keying(EIGHTY, 92) };
    const second = { send: first.receive, receive: first.send };
    one.engine.configure(parameters(other, { srtp: first }), network.nowMs);
    other.engine.configure(parameters(one, { srtp: second }), network.nowMs);
    network.run(1000);
    for (const end of [one, other]) {
      expect(end.engine.statistics()).toMatchObject({ authFailures: 0, packetsLost: 0, replayed: 0 });
      expect(end.engine.statistics().packetsReceived).toBeGreaterThan(70);
    }
  });

  it('RFC 3711 §3.1 carries a master key identifier where the lines have one', () => {
    const network = new Network();
    const [one, other] = connected(network, {}, EIGHTY);
    const mki = Uint8Array.of(0, 0, 0, 7);
    const [ours, theirs] = [{ ...keying(EIGHTY, 4000), mki }, keying(EIGHTY, 4001)];
    one.engine.configure(parameters(other, { srtp: { send: ours, receive: theirs } }), 0);
    other.engine.configure(parameters(one, { srtp: { send: theirs, receive: ours } }), 0);
    network.run(300);
    expect(one.packets[0]?.length).toBe(172 + 4 + 10);
    expect(other.engine.statistics()).toMatchObject({ packetsReceived: 15, authFailures: 0 });
  });

  it('RFC 4568 §6.1 sends no more than the lifetime of the key allows, and tells once', () => {
    const network = new Network();
    const [one, other] = connected(network, {}, EIGHTY);
    const ours = { ...keying(EIGHTY, 4002), lifetimePackets: 10 };
    one.engine.configure(parameters(other, { srtp: { send: ours, receive: keying(EIGHTY, 4001) } }), 0);
    network.run(1000);
    expect(one.packets.length).toBe(10);
    expect(one.diagnoses).toEqual(['srtp.lifetime']);
  });

  it('goes on with the same context where a re-INVITE repeats the keys', () => {
    const network = new Network();
    const [one, other] = connected(network, {}, EIGHTY);
    network.run(300);
    const [ours, theirs] = [keying(EIGHTY, 4000), keying(EIGHTY, 4001)];
    one.engine.configure(parameters(other, { srtp: { send: ours, receive: theirs } }), network.nowMs);
    network.run(300);
    expect(other.engine.statistics()).toMatchObject({ packetsReceived: 30, packetsLost: 0, authFailures: 0 });
  });
});

describe('symmetric RTP', () => {
  /** One end is told of an address that is not the other's: the other is behind a NAT. */
  function behindNat(suite: string | undefined): { network: Network; one: StreamEnd; other: StreamEnd } {
    const network = new Network();
    const [one, other] = connected(network, {}, suite);
    const srtp = suite === undefined ? undefined : { send: keying(suite, 4000), receive: keying(suite, 4001) };
    const hidden = { remoteAddress: '10.0.0.9', remotePort: 7000, remoteRtcpPort: 7001 };
    one.engine.configure(parameters(other, { srtp, ...hidden }), 0);
    return { network, one, other };
  }

  it.each([undefined, EIGHTY])('RFC 4961 answers where packets come from (%s)', (suite) => {
    const { network, one, other } = behindNat(suite);
    network.run(1000);
    expect(other.engine.statistics().packetsReceived).toBeGreaterThan(45);
    expect(one.engine.statistics().packetsReceived).toBe(50);
  });

  it('is not led away from a running call by plain packets of somebody else', () => {
    const network = new Network();
    const [one, other] = connected(network);
    network.run(200);
    const forged = (other.packets[0] as Uint8Array).slice();
    one.engine.receiveRtp(forged, forged.length, network.nowMs, '203.0.113.66', 666);
    network.run(200);
    expect(one.sent.at(-1)?.address).toBe(other.address);
    expect(other.engine.statistics().packetsReceived).toBe(20);
  });

  it('is never led away by what is not authentic, even before the first packet', () => {
    const network = new Network();
    const one = network.end(4000);
    const other = network.end(4002);
    const srtp = { send: keying(EIGHTY, 1), receive: keying(EIGHTY, 2) };
    one.engine.configure(parameters(other, { srtp }), 0);
    const forged = new Uint8Array(182);
    forged.set([0x80, 0, 0, 1]);
    one.engine.receiveRtp(forged, 182, 0, '203.0.113.66', 666);
    network.run(100);
    expect(new Set(one.sent.map(({ address }) => address))).toEqual(new Set([other.address]));
  });

  it('follows a NAT that changes the port after silence', () => {
    const network = new Network();
    const [one, other] = connected(network);
    network.run(100);
    network.tamper = () => [];
    network.run(2500);
    const moved = (other.packets.at(-1) as Uint8Array).slice();
    one.engine.receiveRtp(moved, moved.length, network.nowMs, other.address, 4444);
    network.run(20);
    expect(one.sent.at(-1)?.port).toBe(4444);
  });
});

describe('RTCP of a stream', () => {
  it('RFC 3550 §6.6 says BYE at the end', () => {
    const network = new Network();
    const [one] = connected(network);
    const rtcp: Uint8Array[] = [];
    network.tamper = ({ octets, port }) => {
      if (port % 2 === 1) rtcp.push(octets);
      return [0];
    };
    network.run(100);
    one.engine.close(network.nowMs);
    const last = rtcp.at(-1) as Uint8Array;
    expect([last[1], last.at(-7)]).toEqual([200, 203]);
  });

  it('RFC 5761 takes RTCP on the RTP port, too', () => {
    const network = new Network();
    const [one, other] = connected(network, { telephoneEventSend: EVENTS });
    other.engine.configure(parameters(one, { remoteRtcpPort: one.port }), 0);
    one.engine.configure(parameters(other, { remoteRtcpPort: other.port }), 0);
    network.run(10_000);
    expect(one.engine.statistics().remoteLoss).toBe(0);
    expect(one.engine.statistics().packetsLost).toBe(0);
  });
});
