import { describe, expect, it } from 'vitest';
import { steadyTone } from '../../../core/media/media-plane.ts';
import type { StreamParameters } from '../../../core/rtp/stream-parameters.ts';
import { connected, EVENTS, Network, OPUS, PCMA, PCMU, recorder, toneLevel, type StreamEnd } from './stream-pair.ts';

interface Legs {
  readonly network: Network;
  /** Callers at the ends, and the switch's two streams between them. */
  readonly alice: StreamEnd;
  readonly aliceLeg: StreamEnd;
  readonly bobLeg: StreamEnd;
  readonly bob: StreamEnd;
}

function legs(
  aliceSide: Partial<StreamParameters>,
  bobSide: Partial<StreamParameters>,
  suites: [string | undefined, string | undefined] = [undefined, undefined],
): Legs {
  const network = new Network();
  const [alice, aliceLeg] = connected(network, aliceSide, suites[0], 4000);
  const [bobLeg, bob] = connected(network, bobSide, suites[1], 5000);
  aliceLeg.engine.bridge(bobLeg.engine);
  return { network, alice, aliceLeg, bobLeg, bob };
}

const tail = (sound: Int16Array): Int16Array => sound.subarray(-24_000);

describe('bridge', { timeout: 30_000 }, () => {
  it.each<[string, Partial<StreamParameters>, Partial<StreamParameters>, [string | undefined, string | undefined]]>([
    ['plain and plain', { send: PCMU }, { send: PCMU }, [undefined, undefined]],
    ['SRTP and plain', { send: PCMU }, { send: PCMU }, ['AES_CM_128_HMAC_SHA1_80', undefined]],
    ['SRTP of different suites', { send: OPUS }, { send: OPUS }, ['AEAD_AES_256_GCM', 'AES_CM_128_HMAC_SHA1_32']],
    ['different codecs', { send: PCMU }, { send: OPUS }, ['AES_CM_128_HMAC_SHA1_80', 'AEAD_AES_128_GCM']],
    ['different packet times', { send: PCMA }, { send: PCMA, packetTimeMs: 40 }, [undefined, undefined]],
  ])('joins %s, both ways', (_, aliceSide, bobSide, suites) => {
    const { network, alice, bob } = legs(aliceSide, bobSide, suites);
    const [aliceHears, bobHears] = [recorder(), recorder()];
    alice.engine.setSink(aliceHears.sink);
    bob.engine.setSink(bobHears.sink);
    alice.engine.setSource(steadyTone(700));
    bob.engine.setSource(steadyTone(1100));
    network.run(2000);
    expect(toneLevel(tail(bobHears.sound()), 700)).toBeGreaterThan(7000);
    expect(toneLevel(tail(bobHears.sound()), 1100)).toBeLessThan(100);
    expect(toneLevel(tail(aliceHears.sound()), 1100)).toBeGreaterThan(7000);
    for (const end of [alice, bob]) {
      expect(end.engine.statistics()).toMatchObject({ packetsLost: 0, authFailures: 0, replayed: 0 });
    }
  });

  it('passes payloads on unchanged, with SSRC, numbers and payload type of its own', () => {
    const { network, alice, bobLeg } = legs(
      { send: { ...OPUS, payloadType: 96 }, receive: [{ ...OPUS, payloadType: 96 }] },
      { send: OPUS },
    );
    alice.engine.setSource(steadyTone(500));
    network.run(1000);
    const payload = (octets: Uint8Array): string => Buffer.from(octets.subarray(12)).toString('hex');
    const sent = new Set(alice.packets.map(payload));
    const passed = bobLeg.packets.slice(5);
    expect(passed.length).toBeGreaterThan(40);
    expect(passed.every((octets) => sent.has(payload(octets)))).toBe(true);
    expect(new Set(passed.map((octets) => (octets[1] ?? 0) & 0x7f))).toEqual(new Set([111]));
    const ssrc = (octets: Uint8Array): number => new DataView(octets.buffer).getUint32(8);
    expect(new Set(passed.map(ssrc)).size).toBe(1);
    expect(ssrc(passed[0] as Uint8Array)).not.toBe(ssrc(alice.packets[0] as Uint8Array));
  });

  it('leaves order, loss and spacing as they are, and hides nothing from the listener', () => {
    const { network, alice, bob } = legs({}, {}, ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_80']);
    let count = 0;
    network.tamper = ({ from }) => {
      if (from !== alice) return [0];
      count++;
      return count % 10 === 0 ? [] : [count % 7 === 0 ? 25 : 0];
    };
    network.run(4000);
    const { packetsLost, packetsReceived, replayed, authFailures } = bob.engine.statistics();
    expect(packetsLost).toBeGreaterThanOrEqual(18);
    expect(packetsLost).toBeLessThanOrEqual(21);
    expect(packetsReceived).toBeGreaterThan(175);
    expect([replayed, authFailures]).toEqual([0, 0]);
  });

  it.each<[string, Partial<StreamParameters>]>([
    ['passed on', { send: PCMU }],
    ['sent anew where the codecs differ', { send: OPUS }],
    [
      'sent anew at another clock',
      { send: OPUS, telephoneEventSend: { ...EVENTS, payloadType: 110, clockRate: 48_000 } },
    ],
  ])('brings digits through once: %s', (_, bobSide) => {
    const network = new Network();
    const [alice, aliceLeg] = connected(network, { send: PCMU }, undefined, 4000);
    const receive = [PCMU, OPUS, EVENTS, { ...EVENTS, payloadType: 110, clockRate: 48_000 }];
    const [bobLeg, bob] = connected(network, { ...bobSide, receive }, undefined, 5000);
    aliceLeg.engine.bridge(bobLeg.engine);
    network.run(200);
    alice.engine.sendDtmf('42#', 100);
    network.run(2000);
    expect(bob.digits).toBe('42#');
    expect(aliceLeg.digits).toBe('42#');
    expect(bob.engine.statistics().packetsLost).toBe(0);
  });

  it('lets own digits in between, and goes on', () => {
    const { network, alice, bobLeg, bob } = legs({}, {}, ['AES_CM_128_HMAC_SHA1_80', 'AES_CM_128_HMAC_SHA1_80']);
    const heard = recorder();
    bob.engine.setSink(heard.sink);
    alice.engine.setSource(steadyTone(700));
    network.run(500);
    bobLeg.engine.sendDtmf('7');
    network.run(1500);
    expect(bob.digits).toBe('7');
    expect(bob.engine.statistics()).toMatchObject({ packetsLost: 0, replayed: 0, authFailures: 0 });
    expect(toneLevel(tail(heard.sound()), 700)).toBeGreaterThan(7000);
  });

  it('lets a sink of the switch listen in while payloads pass', () => {
    const { network, alice, aliceLeg, bob } = legs({}, {});
    const [inside, outside] = [recorder(), recorder()];
    aliceLeg.engine.setSink(inside.sink);
    bob.engine.setSink(outside.sink);
    alice.engine.setSource(steadyTone(700));
    network.run(1500);
    expect(toneLevel(tail(inside.sound()), 700)).toBeGreaterThan(7000);
    expect(toneLevel(tail(outside.sound()), 700)).toBeGreaterThan(7000);
  });

  it('parts on request: each has its own source again', () => {
    const { network, alice, aliceLeg, bobLeg, bob } = legs({}, {});
    const heard = recorder();
    bob.engine.setSink(heard.sink);
    bobLeg.engine.setSource(steadyTone(400));
    alice.engine.setSource(steadyTone(700));
    network.run(500);
    aliceLeg.engine.bridge(null);
    network.run(1500);
    expect(toneLevel(tail(heard.sound()), 400)).toBeGreaterThan(7000);
    expect(toneLevel(tail(heard.sound()), 700)).toBeLessThan(100);
    expect(bob.engine.statistics().packetsLost).toBe(0);
  });

  it('moves a stream from one partner to another', () => {
    const { network, alice, aliceLeg, bob, bobLeg } = legs({}, {});
    const [carolLeg, carol] = connected(network, {}, undefined, 6000);
    const [bobHears, carolHears] = [recorder(), recorder()];
    bob.engine.setSink(bobHears.sink);
    carol.engine.setSink(carolHears.sink);
    alice.engine.setSource(steadyTone(700));
    network.run(500);
    aliceLeg.engine.bridge(carolLeg.engine);
    network.run(1500);
    expect(toneLevel(tail(carolHears.sound()), 700)).toBeGreaterThan(7000);
    expect(toneLevel(tail(bobHears.sound()), 700)).toBeLessThan(100);
    carolLeg.engine.close(network.nowMs);
    bobLeg.engine.bridge(aliceLeg.engine);
    network.run(1500);
    expect(toneLevel(tail(bobHears.sound()), 700)).toBeGreaterThan(7000);
    expect(bob.engine.statistics().packetsLost).toBe(0);
  });

  it('passes silence where the leg that sends is muted', () => {
    const { network, alice, bobLeg, bob } = legs({}, {});
    const heard = recorder();
    bob.engine.setSink(heard.sink);
    alice.engine.setSource(steadyTone(700));
    bobLeg.engine.setMuted(true);
    network.run(1500);
    expect(toneLevel(tail(heard.sound()), 700)).toBeLessThan(10);
    expect(bob.engine.statistics().packetsReceived).toBe(75);
  });
});
