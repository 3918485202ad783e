import { createSocket, type Socket } from 'node:dgram';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../core/base/secret.ts';
import { WorkerMediaPlane } from '../../../core/io/media-plane.ts';
import { systemClock } from '../../../core/io/node-clock.ts';
import { systemRandom } from '../../../core/io/node-random.ts';
import type { MediaStream, StreamEvent } from '../../../core/media/media-plane.ts';
import type { CodecParameters } from '../../../core/rtp/stream-parameters.ts';
import { Tracer } from '../../../core/trace/tracer.ts';
import { likeness, wavSamples } from '../../support/likeness.ts';
import { pulseAvailable, PulseServer } from '../../support/pulse.ts';

const SPEECH = fileURLToPath(new URL('../../../resources/sounds/demo-speech.wav', import.meta.url));
const PACKET_MS = 20;
const ADDRESS = '127.0.0.1';
const SUITE = 'AES_CM_128_HMAC_SHA1_80';
const OPUS: CodecParameters = { name: 'opus', payloadType: 111, clockRate: 48_000, channels: 2, format: undefined };

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 15_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error('it did not happen in time');
    await sleep(20);
  }
}

/** Stands between two streams and notes the clear part of every packet of the first one. */
class Wire {
  readonly packets: { readonly at: number; readonly ssrc: number; readonly sequence: number }[] = [];
  readonly #sockets: readonly [Socket, Socket] = [createSocket('udp4'), createSocket('udp4')];

  /** The port that each stream must send to, and gets its packets from. */
  async join(first: MediaStream, second: MediaStream): Promise<{ forFirst: number; forSecond: number }> {
    const [a, b] = this.#sockets;
    for (const socket of this.#sockets) await new Promise<void>((resolve) => socket.bind(0, ADDRESS, resolve));
    a.on('message', (octets) => {
      this.packets.push({ at: performance.now(), ssrc: octets.readUInt32BE(8), sequence: octets.readUInt16BE(2) });
      b.send(octets, second.port, ADDRESS);
    });
    b.on('message', (octets) => {
      a.send(octets, first.port, ADDRESS);
    });
    return { forFirst: a.address().port, forSecond: b.address().port };
  }

  close(): void {
    for (const socket of this.#sockets) socket.close();
  }
}

// Devices keep real time, which a busy machine may not: hence the repetitions.
describe.skipIf(!pulseAvailable)('a call with sound devices', { retry: 3 }, () => {
  let pulse: PulseServer;
  let plane: WorkerMediaPlane;
  let wire: Wire;
  let pids: number[];

  beforeEach(async () => {
    pulse = await PulseServer.start();
    wire = new Wire();
    pids = [];
    const tracer = new Tracer(systemClock);
    tracer.subscribe((event) => {
      if (event.kind === 'audio.device' && typeof event.pid === 'number') pids.push(event.pid);
    });
    plane = new WorkerMediaPlane({ tracer, audio: 'devices' });
  });
  afterEach(async () => {
    await plane.close();
    wire.close();
    await pulse.stop();
  });

  /** A phone on the devices, and an echo at the other end of the wire. */
  async function call(): Promise<{ phone: MediaStream; echo: MediaStream; events: StreamEvent[] }> {
    const open = async (): Promise<MediaStream> => {
      const stream = await plane.open({ address: ADDRESS, portMin: 20_000, portMax: 29_999, call: 'call' });
      if (!stream.ok) throw new Error(stream.error.summary);
      return stream.value;
    };
    const [phone, echo] = [await open(), await open()];
    const { forFirst, forSecond } = await wire.join(phone, echo);
    const keys = [systemRandom.bytes(30), systemRandom.bytes(30)] as const;
    const keying = (key: Uint8Array) => ({ suite: SUITE, masterKeyAndSalt: new Secret(key) });
    const common = {
      remoteAddress: ADDRESS,
      direction: 'sendrecv',
      send: OPUS,
      receive: [OPUS],
      telephoneEventSend: undefined,
      packetTimeMs: PACKET_MS,
    } as const;
    phone.configure({
      ...common,
      remotePort: forFirst,
      remoteRtcpPort: echo.rtcpPort,
      srtp: { send: keying(keys[0]), receive: keying(keys[1]) },
    });
    echo.configure({
      ...common,
      remotePort: forSecond,
      remoteRtcpPort: phone.rtcpPort,
      srtp: { send: keying(keys[1]), receive: keying(keys[0]) },
    });
    const events: StreamEvent[] = [];
    phone.onEvent((event) => events.push(event));
    echo.setSource({ kind: 'echo' });
    phone.setSource({ kind: 'device' });
    phone.setSink({ kind: 'device' });
    await until(() => pids.length > 0);
    return { phone, echo, events };
  }

  /** How much what comes out of the speaker is like what was said. */
  async function speakAndHear(): Promise<number> {
    await sleep(500);
    const stop = pulse.recordSpeaker();
    await sleep(300);
    await pulse.playIntoMicrophone(SPEECH);
    await sleep(800);
    return likeness(await wavSamples(SPEECH), await stop());
  }

  it('speech goes from the microphone through SRTP to an echo and back to the speaker', async () => {
    await call();
    expect(await speakAndHear()).toBeGreaterThan(0.85);
  });

  it('goes on with the same SSRC, keys and counters when the audio process is killed, and sound comes back', async () => {
    const { phone, echo, events } = await call();
    await sleep(1_000);
    const killed = { at: performance.now(), packets: wire.packets.length };
    process.kill(pids[0] ?? 0, 'SIGKILL');
    await until(() => events.some((event) => event.kind === 'cleared' && event.code === 'audio.device-lost'));
    expect(new Set(pids).size).toBeGreaterThan(1);
    await sleep(500);

    const { packets } = wire;
    expect(new Set(packets.map(({ ssrc }) => ssrc)).size).toBe(1);
    const steps = packets.slice(1).map(({ sequence }, n) => (sequence - (packets[n]?.sequence ?? 0)) & 0xffff);
    expect(new Set(steps)).toEqual(new Set([1]));
    const due = (performance.now() - killed.at) / PACKET_MS;
    expect(packets.length - killed.packets).toBeGreaterThan(0.8 * due);

    expect(await speakAndHear()).toBeGreaterThan(0.85);
    const [sent, received] = [await phone.close(), await echo.close()];
    expect(received.authFailures + received.replayed + sent.authFailures + sent.replayed).toBe(0);
  });
});
