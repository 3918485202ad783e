import { mkdtemp, rm } from 'node:fs/promises';
import { createSocket } from 'node:dgram';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AUDIO_RATE } from '../../../core/audio/audio-port.ts';
import { correlate } from '../../../core/audio/correlation.ts';
import { Secret } from '../../../core/base/secret.ts';
import { WorkerMediaPlane } from '../../../core/io/media-plane.ts';
import { systemClock } from '../../../core/io/node-clock.ts';
import { systemRandom } from '../../../core/io/node-random.ts';
import { steadyTone, type MediaStream, type StreamEvent } from '../../../core/media/media-plane.ts';
import type { CodecParameters, StreamParameters } from '../../../core/rtp/stream-parameters.ts';
import { Tracer, type TraceEvent } from '../../../core/trace/tracer.ts';
import { likeness, wavSamples } from '../../support/likeness.ts';
import { amplitudeAt } from '../../support/tone.ts';

const SPEECH = fileURLToPath(new URL('../../../resources/sounds/demo-speech.wav', import.meta.url));
const ADDRESS = '127.0.0.1';
const PCMU: CodecParameters = { name: 'PCMU', payloadType: 0, clockRate: 8000, channels: 1, format: undefined };
const OPUS: CodecParameters = { name: 'opus', payloadType: 111, clockRate: 48_000, channels: 2, format: undefined };
const EVENTS: CodecParameters = {
  name: 'telephone-event',
  payloadType: 101,
  clockRate: 8000,
  channels: 1,
  format: '0-15',
};
const EVENTS_48: CodecParameters = { ...EVENTS, payloadType: 110, clockRate: 48_000 };

const KEY_OCTETS = { AES_CM_128_HMAC_SHA1_80: 30, AES_256_CM_HMAC_SHA1_80: 46, AEAD_AES_256_GCM: 44 } as const;
type Suite = keyof typeof KEY_OCTETS;

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(condition: () => boolean | Promise<boolean>, withinMs = 10_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error('it did not happen in time');
    await sleep(20);
  }
}

/** A master key for each direction. */
const freshKeys = (suite: Suite | undefined): Uint8Array[] =>
  [0, 1].map(() => systemRandom.bytes(suite === undefined ? 0 : KEY_OCTETS[suite]));

describe('media plane over real UDP', () => {
  let folder: string;
  let plane: WorkerMediaPlane;
  let events: TraceEvent[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sotto-media-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  beforeEach(() => {
    events = [];
    const tracer = new Tracer(systemClock);
    tracer.subscribe((event) => events.push(event));
    plane = new WorkerMediaPlane({ tracer, audio: 'silence' });
  });
  afterEach(() => plane.close());

  async function open(call = 'call'): Promise<MediaStream> {
    const stream = await plane.open({ address: ADDRESS, portMin: 20_000, portMax: 29_999, call });
    if (!stream.ok) throw new Error(stream.error.summary);
    return stream.value;
  }

  /** Configures both ends for each other: what one sends with a key the other receives with the same key. */
  function join2(
    a: MediaStream,
    b: MediaStream,
    codec: CodecParameters,
    suite: Suite | undefined,
    { addressOfB = ADDRESS, keys = freshKeys(suite) } = {},
  ): void {
    const events = codec === OPUS ? EVENTS_48 : EVENTS;
    const parameters = (peer: MediaStream, send: number): StreamParameters => ({
      remoteAddress: peer === b ? addressOfB : ADDRESS,
      remotePort: peer.port,
      remoteRtcpPort: peer.rtcpPort,
      direction: 'sendrecv',
      send: codec,
      receive: [codec, events],
      telephoneEventSend: events,
      packetTimeMs: 20,
      srtp: suite && {
        send: { suite, masterKeyAndSalt: new Secret<Uint8Array>(keys[send] ?? new Uint8Array()) },
        receive: { suite, masterKeyAndSalt: new Secret<Uint8Array>(keys[1 - send] ?? new Uint8Array()) },
      },
    });
    a.configure(parameters(b, 0));
    b.configure(parameters(a, 1));
  }

  function listen(stream: MediaStream): StreamEvent[] {
    const heard: StreamEvent[] = [];
    stream.onEvent((event) => heard.push(event));
    return heard;
  }

  it('RFC 3550 §11: RTP gets an even port and RTCP the next one, in the range asked for', async () => {
    const streams = await Promise.all(Array.from({ length: 10 }, () => open()));
    for (const { port, rtcpPort } of streams) {
      expect(port % 2).toBe(0);
      expect(rtcpPort).toBe(port + 1);
      expect(port).toBeGreaterThanOrEqual(20_000);
    }
    expect(new Set(streams.map(({ port }) => port)).size).toBe(10);
  });

  it('a range without a free pair, and an address of another machine, are diagnoses', async () => {
    const taken = createSocket('udp4');
    await new Promise<void>((resolve) => taken.bind(0, ADDRESS, resolve));
    const { port } = taken.address();
    const even = port - (port % 2);
    const full = await plane.open({ address: ADDRESS, portMin: even, portMax: even + 1, call: 'call' });
    taken.close();
    const none = await plane.open({ address: ADDRESS, portMin: 70_000, portMax: 80_000, call: 'call' });
    expect(none.ok || none.error.code).toBe('port.in-use');
    const foreign = await plane.open({ address: '192.0.2.1', portMin: 20_000, portMax: 29_999, call: 'call' });
    expect([full.ok || full.error.code, foreign.ok || foreign.error.code]).toEqual([
      'port.in-use',
      'port.address-not-local',
    ]);
  });

  it.each([
    ['PCMU', PCMU, undefined],
    ['PCMU', PCMU, 'AES_CM_128_HMAC_SHA1_80'],
    ['opus', OPUS, 'AEAD_AES_256_GCM'],
  ] as const)('a tone sent as %s arrives with its frequency and level (%#)', async (_name, codec, suite) => {
    const path = join(folder, `tone-${codec.name}-${suite ?? 'plain'}.wav`);
    const [a, b] = [await open(), await open()];
    const heard = listen(b);
    join2(a, b, codec, suite);
    a.setSource(steadyTone(1000));
    b.setSink({ kind: 'wav', path });
    await sleep(2_500);
    const sent = await a.close();
    const received = await b.close();
    const recorded = await wavSamples(path);
    const middle = recorded.subarray(AUDIO_RATE / 2, 1.5 * AUDIO_RATE);
    const at = (hz: number): number => amplitudeAt(hz, AUDIO_RATE, middle);
    expect(at(1000)).toBeGreaterThan(0.05);
    expect(Math.abs(at(1000) / Math.SQRT2 - sent.levelSent)).toBeLessThan(0.02);
    for (const other of [900, 1100, 2000, 3000]) expect(at(other)).toBeLessThan(at(1000) / 20);
    expect(received.packetsReceived).toBeGreaterThan(100);
    expect([received.packetsLost, received.authFailures, received.replayed]).toEqual([0, 0, 0]);
    expect([received.codec.toLowerCase(), received.suite]).toEqual([codec.name.toLowerCase(), suite]);
    expect(heard.filter(({ kind }) => kind === 'first-packet')).toHaveLength(1);
    const statistics = heard.filter(({ kind }) => kind === 'statistics').length;
    expect(statistics).toBeGreaterThan(15);
    expect(statistics).toBeLessThan(30);
  });

  it('speech sent to an echo comes back as it was', async () => {
    const path = join(folder, 'echo.wav');
    const [phone, echo] = [await open(), await open()];
    const heard = listen(phone);
    join2(phone, echo, OPUS, 'AES_CM_128_HMAC_SHA1_80');
    echo.setSource({ kind: 'echo' });
    phone.setSink({ kind: 'wav', path });
    phone.setSource({ kind: 'wav', path: SPEECH });
    await until(() => heard.some(({ kind }) => kind === 'source-ended'), 20_000);
    await sleep(500);
    await phone.close();
    const [played, returned] = [await wavSamples(SPEECH), await wavSamples(path)];
    expect(likeness(played, returned)).toBeGreaterThan(0.9);
    const { delayMs } = correlate(played, returned, AUDIO_RATE);
    expect(delayMs).toBeGreaterThan(40);
    expect(delayMs).toBeLessThan(800);
  });

  it('RFC 4733: digits arrive once each, in order', async () => {
    const [a, b] = [await open(), await open()];
    const heard = listen(b);
    join2(a, b, PCMU, 'AES_CM_128_HMAC_SHA1_80');
    a.sendDtmf('159#*D', 100);
    const digits = (): string => heard.map((event) => (event.kind === 'dtmf' ? event.digit : '')).join('');
    await until(() => digits().length >= 6);
    expect(digits()).toBe('159#*D');
  });

  it.each([
    ['the same codec', PCMU],
    ['another codec', OPUS],
  ])('two legs with different suites and %s are bridged', async (_name, second) => {
    const path = join(folder, `bridge-${second.name}.wav`);
    const [caller, legA, legB, callee] = [await open(), await open(), await open(), await open()];
    join2(caller, legA, PCMU, 'AES_CM_128_HMAC_SHA1_80');
    join2(legB, callee, second, 'AES_256_CM_HMAC_SHA1_80');
    legA.bridge(legB);
    caller.setSource(steadyTone(700));
    callee.setSink({ kind: 'wav', path });
    const heard = listen(callee);
    await sleep(1_000);
    caller.sendDtmf('7', 100);
    await until(() => heard.some((event) => event.kind === 'dtmf' && event.digit === '7'));
    await sleep(500);
    const statistics = await callee.close();
    const middle = (await wavSamples(path)).subarray(AUDIO_RATE / 2, AUDIO_RATE);
    expect(amplitudeAt(700, AUDIO_RATE, middle)).toBeGreaterThan(0.05);
    expect([statistics.authFailures, statistics.packetsLost]).toEqual([0, 0]);
    legA.bridge(null);
    const { packetsSent } = await legB.statistics();
    expect(packetsSent).toBeGreaterThan(40);
  });

  it('a stream moves to another address of the machine: the sound goes on, and so do counters and keys', async () => {
    const [a, b] = [await open(), await open()];
    const suite = 'AES_CM_128_HMAC_SHA1_80';
    const keys = freshKeys(suite);
    join2(a, b, PCMU, suite, { keys });
    a.setSource(steadyTone(700));
    await until(async () => (await b.statistics()).packetsReceived > 10);
    expect(await b.moveTo('192.0.2.1')).toMatchObject({ ok: false, error: { code: 'port.address-not-local' } });
    expect(b.address).toBe(ADDRESS);
    expect(await b.moveTo('127.0.0.2')).toMatchObject({ ok: true });
    expect([b.address, b.rtcpPort - b.port]).toEqual(['127.0.0.2', 1]);
    const { packetsReceived } = await b.statistics();
    // As after the offer that tells the peer, with the keys that are in force.
    join2(a, b, PCMU, suite, { keys, addressOfB: '127.0.0.2' });
    await until(async () => (await b.statistics()).packetsReceived > packetsReceived + 20);
    expect((await b.close()).authFailures).toBe(0);
  });

  it('a missing file is a diagnosis of the stream, which goes on', async () => {
    const [a, b] = [await open(), await open()];
    const heard = listen(a);
    join2(a, b, PCMU, undefined);
    a.setSource({ kind: 'wav', path: join(folder, 'missing.wav') });
    await until(() => heard.some(({ kind }) => kind === 'source-ended'));
    expect(heard.find((event) => event.kind === 'diagnosis')?.diagnosis.code).toBe('file.missing');
    const { packetsSent } = await a.statistics();
    await sleep(500);
    expect((await a.statistics()).packetsSent).toBeGreaterThan(packetsSent + 15);
  });

  it('keys never reach the trace, and packets only a few per second', async () => {
    const [a, b] = [await open('call-1'), await open('call-1')];
    const key = systemRandom.bytes(30);
    const planted = new Secret<Uint8Array>(key);
    join2(a, b, PCMU, undefined);
    const suite = 'AES_CM_128_HMAC_SHA1_80';
    const srtp = { send: { suite, masterKeyAndSalt: planted }, receive: { suite, masterKeyAndSalt: planted } };
    const common = {
      remoteAddress: ADDRESS,
      direction: 'sendrecv' as const,
      send: PCMU,
      receive: [PCMU],
      telephoneEventSend: undefined,
      packetTimeMs: 20,
      srtp,
    };
    a.configure({ ...common, remotePort: b.port, remoteRtcpPort: b.rtcpPort });
    b.configure({ ...common, remotePort: a.port, remoteRtcpPort: a.rtcpPort });
    await sleep(2_200);
    expect(events.some(({ kind }) => kind === 'srtp.keyed')).toBe(true);
    const told = events.filter(({ kind }) => kind === 'rtp.received').length;
    const { packetsReceived } = await a.statistics();
    expect(packetsReceived).toBeGreaterThan(50);
    expect(told).toBeLessThan(packetsReceived / 2);
    const trace = JSON.stringify(events);
    const octets = Buffer.from(key);
    for (const form of [octets.toString('base64'), octets.toString('hex'), key.join(',')])
      expect(trace).not.toContain(form);
    // The caller's own copy is still there for a later offer.
    expect(planted.reveal()).toEqual(key);
  });

  it('packets of strangers are not heard', async () => {
    const [a, b] = [await open(), await open()];
    join2(a, b, PCMU, 'AES_CM_128_HMAC_SHA1_80');
    const stranger = createSocket('udp4');
    for (let n = 0; n < 50; n++) {
      const packet = new Uint8Array(182);
      packet.set([0x80, 0, 0, n]);
      stranger.send(packet, b.port, ADDRESS);
    }
    await sleep(600);
    stranger.close();
    const { packetsReceived, packetsLost, replayed } = await b.close();
    expect(packetsReceived).toBeLessThan(35);
    expect([packetsLost, replayed]).toEqual([0, 0]);
  });

  it('a worker that breaks ends its streams with a diagnosis, and the next stream gets a new one', async () => {
    const entry = new URL('./fake/media-worker.ts', import.meta.url);
    const breakable = new WorkerMediaPlane({ tracer: new Tracer(systemClock), audio: 'silence', entry });
    const options = { address: ADDRESS, portMin: 20_000, portMax: 29_999, call: 'call' };
    const stream = await breakable.open(options);
    if (!stream.ok) throw new Error(stream.error.summary);
    const heard = listen(stream.value);
    const asked = breakable.devices();
    stream.value.sendDtmf('break');
    await until(() => heard.length > 0);
    expect(heard.map((event) => event.kind === 'diagnosis' && event.diagnosis.side)).toEqual(['here']);
    expect(await asked).toEqual([]);
    expect((await stream.value.close()).packetsSent).toBe(0);
    const next = await breakable.open(options);
    expect(next.ok).toBe(true);
    await breakable.close();
  });

  it('frees its ports on close', async () => {
    const stream = await open();
    await stream.close();
    const again = createSocket('udp4');
    await new Promise<void>((resolve, reject) => {
      again.once('error', reject);
      again.bind(stream.port, ADDRESS, resolve);
    });
    again.close();
    expect(await stream.close()).toEqual(await stream.statistics());
  });
});
