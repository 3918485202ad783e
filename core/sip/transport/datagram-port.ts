import type { SocketAddress } from '../../base/address.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import { ok, type Result } from '../../base/result.ts';
import { parseMessage } from '../message/parser.ts';
import { addressGone } from './connection-diagnosis.ts';
import { DatagramFlow } from './datagram-flow.ts';
import type { FlowOwner } from './flow-owner.ts';
import type { DatagramSocket, Network } from './network.ts';
import { bindingResponse, parseStun } from './stun.ts';

/** Datagrams that may wait while the local address towards their sender is looked up; more are lost, as UDP may. */
const MAX_WAITING = 256;
/** What begins with less is STUN, or a keep-alive of zeros (RFC 5626 §8, RFC 7983). */
const FIRST_NO_STUN = 4;
/** How many flows in a row are passed over because somebody holds them, when room is needed. */
const SECOND_CHANCES = 64;

/** A UDP socket and the flows over it, the one used longest ago first. */
export class DatagramPort {
  readonly #network: Network;
  readonly #owner: FlowOwner;
  readonly #flows = new Map<string, DatagramFlow>();
  #socket: DatagramSocket | undefined;
  #waiting = 0;
  /** Whether the address that the socket is bound to was gone when last looked at. */
  #isDeaf = false;

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
    if ((octets[0] ?? 0) < FIRST_NO_STUN) this.#receiveStun(octets, from);
    else if (isMessage(octets) && this.#owner.inbox.hasRoom(from.address, octets.length)) {
      this.#owner.inbox.take(from.address, octets.length, () => this.#receiveMessage(octets, from));
    }
  }

  #receiveMessage(octets: Uint8Array, from: SocketAddress): void {
    if (this.#socket === undefined) return;
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

  /**
   * After a change of the network: flows whose local address is gone fail, and a socket bound to an address that came back is
   * bound anew, for the old one may be deaf. `isOurs` tells whether this machine has an address.
   */
  async networkChanged(isOurs: (address: string) => Promise<boolean>): Promise<Result<void, Diagnosis>> {
    const wanted = this.local;
    const bound = !isWildcard(wanted.address);
    if (bound && this.#isDeaf && (await isOurs(wanted.address))) return this.#bindAgain(wanted);
    for (const flow of [...this.#flows.values()]) {
      const local = bound ? wanted.address : await this.#network.localAddressToward(flow.remote);
      if (local === flow.local.address && (await isOurs(local))) flow.probe();
      else flow.fail(addressGone(flow));
    }
    this.#isDeaf = bound && !(await isOurs(wanted.address));
    return ok(undefined);
  }

  async #bindAgain(wanted: SocketAddress): Promise<Result<void, Diagnosis>> {
    await this.#socket?.close();
    const socket = await this.#network.bindDatagram(wanted, (octets, from) => this.receive(octets, from));
    if (!socket.ok) return socket;
    this.#socket = socket.value;
    this.#isDeaf = false;
    return ok(undefined);
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    for (const flow of [...this.#flows.values()]) flow.close();
    await socket?.close();
  }

  /** Answers a keep-alive, or gives an answer to the flow that asked (RFC 5626 §8). */
  #receiveStun(octets: Uint8Array, from: SocketAddress): void {
    const message = parseStun(octets);
    if (message?.kind === 'request') this.send(bindingResponse(message, from), from);
    else if (message !== undefined) this.#flows.get(keyOf(from))?.onBinding(message.transactionId, message.mapped);
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

/** Whether a datagram that is no STUN can be SIP, and is not a keep-alive of line ends. */
function isMessage(octets: Uint8Array): boolean {
  return octets.length > 4 && octets.some((octet) => octet !== 0x0d && octet !== 0x0a);
}

function keyOf({ address, port }: SocketAddress): string {
  return `${address}|${port}`;
}
