import type { SocketAddress } from '../../base/address.ts';
import { parseMessage } from '../message/parser.ts';
import { DatagramFlow } from './datagram-flow.ts';
import type { FlowOwner } from './flow-owner.ts';
import type { DatagramSocket, Network } from './network.ts';

/** Datagrams that may wait while the local address towards their sender is looked up; more are lost, as UDP may. */
const MAX_WAITING = 256;
/** How many flows in a row are passed over because somebody holds them, when room is needed. */
const SECOND_CHANCES = 64;

/** A UDP socket and the flows over it, the one used longest ago first. */
export class DatagramPort {
  readonly #network: Network;
  readonly #owner: FlowOwner;
  readonly #flows = new Map<string, DatagramFlow>();
  #socket: DatagramSocket | undefined;
  #waiting = 0;

  constructor(network: Network, owner: FlowOwner) {
    this.#network = network;
    this.#owner = owner;
  }

  /** Gives the socket, which needs {@link receive} before it exists. */
  attach(socket: DatagramSocket): void {
    this.#socket = socket;
  }

  /** Where the socket is bound; before {@link attach} nowhere. */
  get local(): SocketAddress {
    return this.#socket?.local ?? { address: '0.0.0.0', port: 0 };
  }

  get flows(): Iterable<DatagramFlow> {
    return this.#flows.values();
  }

  /** The flow to `remote`, the known one where there is one. */
  async flowTo(remote: SocketAddress): Promise<DatagramFlow> {
    return this.#known(remote) ?? this.#add(await this.#localToward(remote), remote, 'here');
  }

  /** Takes what arrived from `from`. */
  receive(octets: Uint8Array, from: SocketAddress): void {
    if (!isMessage(octets)) return;
    const flow = this.#known(from);
    if (flow !== undefined) {
      this.#read(octets, flow);
    } else if (!isWildcard(this.local.address)) {
      this.#read(octets, this.#add(this.local, from, 'there'));
    } else if (this.#waiting < MAX_WAITING) {
      this.#waiting++;
      void this.#localToward(from).then((local) => {
        this.#waiting--;
        if (this.#socket !== undefined) this.#read(octets, this.#known(from) ?? this.#add(local, from, 'there'));
      });
    }
  }

  send(octets: Uint8Array, remote: SocketAddress): void {
    this.#socket?.send(octets, remote);
  }

  forget(flow: DatagramFlow): void {
    const key = keyOf(flow.remote);
    if (this.#flows.get(key) === flow) this.#flows.delete(key);
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    for (const flow of [...this.#flows.values()]) flow.close();
    await socket?.close();
  }

  #read(octets: Uint8Array, flow: DatagramFlow): void {
    flow.touch();
    this.#owner.wire.received(octets, flow);
    const message = parseMessage(octets);
    if (message.ok) this.#owner.onMessage(message.value, flow);
    else this.#owner.onMalformed(message.error, flow);
  }

  /** Finds a flow and makes it the one used last. */
  #known(remote: SocketAddress): DatagramFlow | undefined {
    const key = keyOf(remote);
    const flow = this.#flows.get(key);
    if (flow === undefined) return undefined;
    this.#flows.delete(key);
    this.#flows.set(key, flow);
    return flow;
  }

  #add(local: SocketAddress, remote: SocketAddress, opened: 'here' | 'there'): DatagramFlow {
    const known = this.#known(remote);
    if (known !== undefined) return known;
    this.#makeRoom();
    const flow = new DatagramFlow(this, local, remote, opened, this.#owner);
    this.#flows.set(keyOf(remote), flow);
    return flow;
  }

  /** Closes flows that were idle too long and, at the limit, the oldest; one that is held gets a second chance. */
  #makeRoom(): void {
    const { settings, clock } = this.#owner;
    for (let chances = 0; ; chances++) {
      const [oldest] = this.#flows.values();
      if (oldest === undefined) return;
      const isIdle = clock.now() - oldest.lastActivity > settings.idleMs;
      if (!isIdle && this.#flows.size < settings.maxDatagramFlows) return;
      if (!isIdle && oldest.held && chances < SECOND_CHANCES) this.#known(oldest.remote);
      else oldest.close();
    }
  }

  async #localToward(remote: SocketAddress): Promise<SocketAddress> {
    const { address, port } = this.local;
    if (!isWildcard(address)) return { address, port };
    return { address: (await this.#network.localAddressToward(remote)) ?? address, port };
  }
}

function isWildcard(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

/** Whether a datagram can be SIP: not a keep-alive of line ends or zeros, nor STUN (RFC 5626 §8, RFC 7983). */
function isMessage(octets: Uint8Array): boolean {
  return octets.length > 4 && (octets[0] ?? 0) > 3 && octets.some((octet) => octet !== 0x0d && octet !== 0x0a);
}

function keyOf({ address, port }: SocketAddress): string {
  return `${address}|${port}`;
}
