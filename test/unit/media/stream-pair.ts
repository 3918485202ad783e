import type { Random } from '../../../core/base/random.ts';
import { Secret } from '../../../core/base/secret.ts';
import { createOpusFactory } from '../../../core/io/opus-wasm.ts';
import { nodeSrtpCrypto } from '../../../core/io/node-srtp-crypto.ts';
import type { StreamEvent } from '../../../core/media/media-plane.ts';
import { StreamEngine } from '../../../core/media/stream-engine.ts';
import { isRtcp } from '../../../core/rtp/rtp-packet.ts';
import type { CodecParameters, SrtpKeying, StreamParameters } from '../../../core/rtp/stream-parameters.ts';
import { findSuite } from '../../../core/srtp/suites.ts';
import { SeededRandom } from '../../support/seeded-random.ts';

const opus = createOpusFactory();

export const PCMU: CodecParameters = { name: 'PCMU', payloadType: 0, clockRate: 8000, channels: 1, format: undefined };
export const PCMA: CodecParameters = { name: 'PCMA', payloadType: 8, clockRate: 8000, channels: 1, format: undefined };
export const G722: CodecParameters = { name: 'G722', payloadType: 9, clockRate: 8000, channels: 1, format: undefined };
export const OPUS: CodecParameters = {
  name: 'opus',
  payloadType: 111,
  clockRate: 48_000,
  channels: 2,
  format: 'useinbandfec=1',
};
export const EVENTS: CodecParameters = {
  name: 'telephone-event',
  payloadType: 101,
  clockRate: 8000,
  channels: 1,
  format: '0-15',
};

/** A key for a suite, made from a number. */
export function keying(suiteName: string, seed: number): SrtpKeying {
  const suite = findSuite(suiteName);
  if (suite === undefined) throw new Error(`no suite ${suiteName}`);
  const octets = new SeededRandom(seed).bytes(suite.keyLength + suite.saltLength);
  return { suite: suiteName, masterKeyAndSalt: new Secret<Uint8Array>(octets) };
}

/** One datagram on its way. */
export interface Datagram {
  readonly from: StreamEnd;
  readonly octets: Uint8Array;
  readonly address: string;
  readonly port: number;
}

/** An engine with its ports, what it told and what it sent. */
export class StreamEnd {
  readonly engine: StreamEngine;
  readonly events: StreamEvent[] = [];
  readonly sent: Datagram[] = [];
  readonly address: string;
  readonly port: number;

  constructor(address: string, port: number, seed: number, deliver: (datagram: Datagram) => void) {
    this.address = address;
    this.port = port;
    const random: Random = new SeededRandom(seed);
    const send =
      (fromPort: number) =>
      (packet: Uint8Array, length: number, to: string, toPort: number): void => {
        const datagram = { from: this, octets: packet.slice(0, length), address: to, port: toPort };
        if (fromPort === port) this.sent.push(datagram);
        deliver(datagram);
      };
    this.engine = new StreamEngine(
      {
        random,
        opus,
        crypto: nodeSrtpCrypto,
        cname: `end-${seed}`,
        wallOffsetMs: 1_700_000_000_000,
        sendRtp: send(port),
        sendRtcp: send(port + 1),
        emit: (event) => this.events.push(event),
      },
      0,
    );
  }

  /** Codes of the diagnoses told so far. */
  get diagnoses(): string[] {
    return this.events.flatMap((event) => (event.kind === 'diagnosis' ? [event.diagnosis.code] : []));
  }

  /** Digits told so far. */
  get digits(): string {
    return this.events.map((event) => (event.kind === 'dtmf' ? event.digit : '')).join('');
  }

  /** RTP packets sent so far. */
  get packets(): Uint8Array[] {
    return this.sent.map(({ octets }) => octets).filter((octets) => !isRtcp(octets, octets.length));
  }
}

/** A network in virtual time: any number of ends, one tick every 10 ms, a delay, and whatever `tamper` does. */
export class Network {
  readonly ends: StreamEnd[] = [];
  nowMs = 0;
  delayMs = 0;
  /** Says when, if at all, a datagram arrives: extra milliseconds for each copy. */
  tamper: (datagram: Datagram) => readonly number[] = () => [0];
  #queue: { readonly atMs: number; readonly datagram: Datagram }[] = [];

  end(port: number, address = '192.0.2.1'): StreamEnd {
    const end = new StreamEnd(address, port, port, (datagram) => {
      for (const extra of this.tamper(datagram)) {
        this.#queue.push({ atMs: this.nowMs + this.delayMs + extra, datagram });
      }
    });
    this.ends.push(end);
    return end;
  }

  /** Lets time pass. */
  run(durationMs: number): void {
    for (const until = this.nowMs + durationMs; this.nowMs < until;) {
      this.nowMs += 10;
      for (const end of this.ends) end.engine.tick(this.nowMs);
      this.#deliverDue();
    }
  }

  /** Hands over what is due, in the order of its time. */
  #deliverDue(): void {
    for (;;) {
      const due = this.#queue.filter(({ atMs }) => atMs <= this.nowMs).sort((one, other) => one.atMs - other.atMs);
      if (due.length === 0) return;
      this.#queue = this.#queue.filter(({ atMs }) => atMs > this.nowMs);
      for (const { datagram, atMs } of due) this.#deliver(datagram, atMs);
    }
  }

  #deliver({ from, octets, address, port }: Datagram, atMs: number): void {
    const to = this.ends.find((end) => end.address === address && (end.port === port || end.port + 1 === port));
    const rtcp = to?.port !== port;
    const copy = octets.slice();
    const fromPort = rtcp ? from.port + 1 : from.port;
    if (rtcp) to?.engine.receiveRtcp(copy, copy.length, atMs, from.address, fromPort);
    else to.engine.receiveRtp(copy, copy.length, atMs, from.address, fromPort);
  }
}

/** What `end` is told about `peer`; `keys` are ours and theirs. */
export function parameters(peer: StreamEnd, changes: Partial<StreamParameters> = {}): StreamParameters {
  return {
    remoteAddress: peer.address,
    remotePort: peer.port,
    remoteRtcpPort: peer.port + 1,
    direction: 'sendrecv',
    send: PCMU,
    receive: [PCMU, PCMA, G722, OPUS, EVENTS],
    telephoneEventSend: EVENTS,
    packetTimeMs: 20,
    srtp: undefined,
    ...changes,
  };
}

/** Two ends that know each other; with a suite, under SRTP. */
export function connected(
  network: Network,
  changes: Partial<StreamParameters> = {},
  suite?: string,
  firstPort = 4000,
): [StreamEnd, StreamEnd] {
  const one = network.end(firstPort);
  const other = network.end(firstPort + 2);
  const ours = suite === undefined ? undefined : keying(suite, firstPort);
  const theirs = suite === undefined ? undefined : keying(suite, firstPort + 1);
  const srtp = ours && theirs && { send: ours, receive: theirs };
  const reversed = ours && theirs && { send: theirs, receive: ours };
  one.engine.configure(parameters(other, { srtp, ...changes }), network.nowMs);
  other.engine.configure(parameters(one, { srtp: reversed, ...changes }), network.nowMs);
  return [one, other];
}

/** A sink that keeps what it hears. */
export function recorder(): { readonly sink: (frame: Int16Array) => void; readonly sound: () => Int16Array } {
  const heard: number[] = [];
  return { sink: (frame) => void heard.push(...frame), sound: () => Int16Array.from(heard) };
}

/** How strong a tone is in `sound` at 48 kHz, as the amplitude of its sine (Goertzel). */
export function toneLevel(sound: Int16Array, frequencyHz: number): number {
  let real = 0;
  let imaginary = 0;
  for (const [index, sample] of sound.entries()) {
    const phase = (2 * Math.PI * frequencyHz * index) / 48_000;
    real += sample * Math.cos(phase);
    imaginary += sample * Math.sin(phase);
  }
  return (2 * Math.hypot(real, imaginary)) / sound.length;
}
