import type { SocketAddress } from '../base/address.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { randomFraction, type Random } from '../base/random.ts';
import { ok, type Result } from '../base/result.ts';
import type { DatagramSocket, Network } from '../sip/transport/network.ts';
import type { MediaPlace } from './description-edits.ts';
import type { FaultBehaviour, FaultValues } from './fault.ts';

export interface RelayPorts {
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
}

/** The two ends of a call, seen from its middle. */
export type MediaEnd = 'caller' | 'switch';

type Act = Extract<FaultBehaviour, { kind: 'media' }>['act'];

/** What becomes of a packet on its way to an end; calls `pass` when, and as often as, it is to arrive. */
type Treatment = (octets: Uint8Array, to: MediaEnd, pass: (octets: Uint8Array) => void) => void;

/** Packets of the switch that pass before the last of them comes again and again. */
const BEFORE_REPLAY = 50;

/** The media of one call, passed on between caller and switch with what the fault does to its RTP. RTCP always passes. */
export class MediaRelay {
  readonly #rtp: RelayPath;
  readonly #rtcp: RelayPath;
  readonly #stopTimers: () => void;

  private constructor(rtp: RelayPath, rtcp: RelayPath, stopTimers: () => void) {
    this.#rtp = rtp;
    this.#rtcp = rtcp;
    this.#stopTimers = stopTimers;
  }

  /** Opens its ports at `address`. */
  static async open(
    ports: RelayPorts,
    address: string,
    act: Act,
    values: FaultValues,
  ): Promise<Result<MediaRelay, Diagnosis>> {
    const timers = new Set<Timer>();
    const rtp = await RelayPath.open(ports.network, address, treatment(act, values, ports, timers));
    if (!rtp.ok) return rtp;
    const rtcp = await RelayPath.open(ports.network, address, (octets, _, pass) => {
      pass(octets);
    });
    if (!rtcp.ok) {
      await rtp.value.close();
      return rtcp;
    }
    const stopTimers = (): void => {
      for (const timer of timers) timer.cancel();
    };
    return ok(new MediaRelay(rtp.value, rtcp.value, stopTimers));
  }

  /** Where `end` receives. */
  place(end: MediaEnd, { address, port, rtcpPort }: MediaPlace): void {
    this.#rtp.place(end, { address, port });
    this.#rtcp.place(end, { address, port: rtcpPort });
  }

  /** Where `end` is to send to. */
  toldTo(end: MediaEnd): MediaPlace {
    return { ...this.#rtp.local(end), rtcpPort: this.#rtcp.local(end).port };
  }

  async close(): Promise<void> {
    this.#stopTimers();
    await this.#rtp.close();
    await this.#rtcp.close();
  }
}

/** Two sockets, each facing one end. */
class RelayPath {
  readonly #sockets = new Map<MediaEnd, DatagramSocket>();
  readonly #places = new Map<MediaEnd, SocketAddress>();

  static async open(network: Network, address: string, treat: Treatment): Promise<Result<RelayPath, Diagnosis>> {
    const path = new RelayPath();
    for (const [end, other] of [['caller', 'switch'], ['switch', 'caller']] as const) {
      const socket = await network.bindDatagram({ address, port: 0 }, (octets) => {
        treat(octets, other, (arriving) => {
          path.#send(other, arriving);
        });
      });
      if (!socket.ok) {
        await path.close();
        return socket;
      }
      path.#sockets.set(end, socket.value);
    } // prettier-ignore
    return ok(path);
  }

  place(end: MediaEnd, at: SocketAddress): void {
    this.#places.set(end, at);
  }

  local(end: MediaEnd): SocketAddress {
    return this.#sockets.get(end)?.local ?? { address: '', port: 0 };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sockets.values()].map((socket) => socket.close()));
  }

  #send(to: MediaEnd, octets: Uint8Array): void {
    const place = this.#places.get(to);
    if (place !== undefined) this.#sockets.get(to)?.send(octets, place);
  }
}

function treatment(act: Act, values: FaultValues, { clock, random }: RelayPorts, timers: Set<Timer>): Treatment {
  let passed = 0;
  let last: Uint8Array = new Uint8Array(0);
  return (octets, to, pass) => {
    if (to === 'switch') {
      if (act !== 'deaf') pass(octets);
      return;
    }
    switch (act) {
      case 'deaf':
        pass(octets);
        return;
      case 'silence':
        return;
      case 'loss':
        if (randomFraction(random) * 100 >= Number(values.percent)) pass(octets);
        return;
      case 'replay':
        if (passed++ < BEFORE_REPLAY) last = octets.slice();
        pass(last);
        return;
      case 'delay': {
        const copy = octets.slice();
        const timer = clock.after(Number(values.ms) + randomFraction(random) * Number(values.jitter), () => {
          timers.delete(timer);
          pass(copy);
        });
        timers.add(timer);
      }
    }
  };
}
