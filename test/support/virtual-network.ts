import { formatSocketAddress, type SocketAddress } from '../../core/base/address.ts';
import type { Diagnosis } from '../../core/base/diagnosis.ts';
import { err, ok, type Result } from '../../core/base/result.ts';
import type {
  DatagramSocket,
  Network,
  StreamHandler,
  StreamServer,
  StreamSocket,
  WebSocketConnection,
} from '../../core/sip/transport/network.ts';
import type { TlsSecurity } from '../../core/tls/tls-security.ts';
import type { TlsServerSettings } from '../../core/tls/tls-settings.ts';
import { SeededRandom } from './seeded-random.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** A datagram, or one write on a stream, on its way. */
export interface Packet {
  /** Counts from 1 over the whole network. */
  readonly number: number;
  readonly kind: 'datagram' | 'stream';
  readonly from: SocketAddress;
  readonly to: SocketAddress;
  readonly octets: Uint8Array;
}

/** What becomes of a packet. A stream is reliable: there `drop` cuts the connection and `double` is `deliver`. */
export type Fate = 'deliver' | 'drop' | 'double';

/** The behaviour of the network; shares are between 0 and 1 and concern datagrams only. */
export interface VirtualNetworkOptions {
  readonly seed?: number;
  /** One way. */
  readonly delayMs?: number;
  /** Up to so much is added by lot, which makes datagrams overtake each other. */
  readonly jitterMs?: number;
  readonly lossShare?: number;
  readonly duplicateShare?: number;
  /** Decides instead of the shares, to lose exactly the n-th packet. */
  readonly fate?: (packet: Packet) => Fate | undefined;
}

type Handler = Parameters<Network['listenStream']>[2];
type ConnectOptions = Parameters<Network['connectStream']>[0];

interface Listening {
  readonly host: VirtualHost;
  readonly tls: TlsServerSettings | undefined;
  readonly handler: Handler;
}

const FIRST_EPHEMERAL_PORT = 49_152;

/**
 * Machines and the wires between them on a virtual clock. Everything repeats from the seed. Streams keep their order; TLS is
 * only claimed: both ends get a `TlsSecurity` that says verified where the client verifies.
 */
export class VirtualNetwork {
  /** Every packet that was sent, oldest first. */
  readonly packets: Packet[] = [];
  readonly clock: VirtualClock;
  readonly #options: VirtualNetworkOptions;
  readonly #random: SeededRandom;
  readonly #datagramSockets = new Map<string, (octets: Uint8Array, from: SocketAddress) => void>();
  readonly #servers = new Map<string, Listening>();
  readonly #streams = new Set<VirtualStream>();
  #nextPort = FIRST_EPHEMERAL_PORT;

  constructor(clock: VirtualClock, options: VirtualNetworkOptions = {}) {
    this.clock = clock;
    this.#options = options;
    this.#random = new SeededRandom(options.seed);
  }

  /**
   * A machine with this address. Behind `nat` others see it under that address and another port, and can reach it only where
   * it sent first.
   */
  host(address: string, options: { readonly nat?: string } = {}): Network {
    return new VirtualHost(this, address, options.nat);
  }

  /** Breaks every stream that has an end at `address`, as when its machine loses power: nobody is told. */
  silence(address: string): void {
    for (const stream of this.#streams) {
      if (stream.local.address === address || stream.remote.address === address) stream.silenced = true;
    }
  }

  /** Sockets and servers that are open, for a test that leaves nothing behind. */
  get open(): number {
    return this.#datagramSockets.size + this.#servers.size + this.#streams.size;
  }

  /** A port that nobody has. */
  freePort(): number {
    return this.#nextPort++;
  }

  /** Binds a datagram socket; `false` where the port is taken. */
  bind(local: SocketAddress, receive: (octets: Uint8Array, from: SocketAddress) => void): boolean {
    const key = formatSocketAddress(local);
    if (this.#datagramSockets.has(key)) return false;
    this.#datagramSockets.set(key, receive);
    return true;
  }

  unbind(local: SocketAddress): void {
    this.#datagramSockets.delete(formatSocketAddress(local));
  }

  listen(local: SocketAddress, listening: Listening): boolean {
    const key = formatSocketAddress(local);
    if (this.#servers.has(key)) return false;
    this.#servers.set(key, listening);
    return true;
  }

  unlisten(local: SocketAddress): void {
    this.#servers.delete(formatSocketAddress(local));
  }

  server(local: SocketAddress): Listening | undefined {
    return this.#servers.get(formatSocketAddress(local));
  }

  /** Sends a datagram. */
  sendDatagram(octets: Uint8Array, from: SocketAddress, to: SocketAddress): void {
    const fate = this.#fateOf(this.#note('datagram', octets, from, to));
    for (let copy = 0; copy < COPIES[fate]; copy++) {
      this.clock.after(this.#delay(), () => this.#datagramSockets.get(formatSocketAddress(to))?.(octets, from));
    }
  }

  /** Notes a write on a stream and says whether the connection survives it. */
  carries(octets: Uint8Array, from: SocketAddress, to: SocketAddress): boolean {
    const packet = this.#note('stream', octets, from, to);
    return this.#options.fate?.(packet) !== 'drop';
  }

  /** The time one way, without lot. */
  get delayMs(): number {
    return this.#options.delayMs ?? 1;
  }

  track(stream: VirtualStream): void {
    this.#streams.add(stream);
  }

  untrack(stream: VirtualStream): void {
    this.#streams.delete(stream);
  }

  #note(kind: Packet['kind'], octets: Uint8Array, from: SocketAddress, to: SocketAddress): Packet {
    const packet = { number: this.packets.length + 1, kind, from, to, octets: octets.slice() };
    this.packets.push(packet);
    return packet;
  }

  #fateOf(packet: Packet): Fate {
    const decided = this.#options.fate?.(packet);
    if (decided !== undefined) return decided;
    if (this.#happens(this.#options.lossShare)) return 'drop';
    return this.#happens(this.#options.duplicateShare) ? 'double' : 'deliver';
  }

  #happens(share = 0): boolean {
    return share > 0 && this.#random.below(1_000_000) < share * 1_000_000;
  }

  #delay(): number {
    const jitterMs = this.#options.jitterMs ?? 0;
    return this.delayMs + (jitterMs > 0 ? this.#random.below(jitterMs + 1) : 0);
  }
}

const COPIES: Readonly<Record<Fate, number>> = { drop: 0, deliver: 1, double: 2 };

/** One machine's view of the network. */
class VirtualHost implements Network {
  readonly #network: VirtualNetwork;
  readonly #address: string;
  readonly #nat: string | undefined;

  constructor(network: VirtualNetwork, address: string, nat: string | undefined) {
    this.#network = network;
    this.#address = address;
    this.#nat = nat;
  }

  bindDatagram(
    wanted: SocketAddress,
    onDatagram: (octets: Uint8Array, from: SocketAddress) => void,
  ): Promise<Result<DatagramSocket, Diagnosis>> {
    const local = this.#bound(wanted);
    if (local === undefined) return Promise.resolve(err(bindFailure('port.address-not-local', wanted)));
    const network = this.#network;
    // Behind NAT the outside port takes only what comes from where the inside one sent to.
    const outside = this.#nat === undefined ? local : { address: this.#nat, port: network.freePort() };
    const known = new Set<string>();
    const isOpen = network.bind(outside, (octets, from) => {
      if (outside === local || known.has(formatSocketAddress(from))) onDatagram(octets, from);
    });
    if (!isOpen) return Promise.resolve(err(bindFailure('port.in-use', wanted)));
    return Promise.resolve(
      ok({
        local,
        send: (octets, to) => {
          known.add(formatSocketAddress(to));
          network.sendDatagram(octets, outside, to);
        },
        close: () => {
          network.unbind(outside);
          return Promise.resolve();
        },
      }),
    );
  }

  listenStream(
    wanted: SocketAddress,
    tls: TlsServerSettings | undefined,
    handler: Handler,
  ): Promise<Result<StreamServer, Diagnosis>> {
    const local = this.#bound(wanted);
    if (local === undefined) return Promise.resolve(err(bindFailure('port.address-not-local', wanted)));
    const network = this.#network;
    if (!network.listen(local, { host: this, tls, handler })) {
      return Promise.resolve(err(bindFailure('port.in-use', wanted)));
    }
    return Promise.resolve(
      ok({
        local,
        updateTls: () => ok(undefined),
        close: () => {
          network.unlisten(local);
          return Promise.resolve();
        },
      }),
    );
  }

  connectStream(options: ConnectOptions): Promise<Result<StreamSocket, Diagnosis>> {
    const network = this.#network;
    const local = { address: this.#address, port: options.local?.port === undefined || options.local.port === 0 ? network.freePort() : options.local.port }; // prettier-ignore
    const outside = this.#nat === undefined ? local : { address: this.#nat, port: network.freePort() };
    return new Promise((resolve) => {
      network.clock.after(2 * network.delayMs, () => {
        const server = network.server(options.remote);
        if (server === undefined) {
          resolve(err(connectFailure('tcp.refused', options.remote)));
          return;
        }
        if ((server.tls === undefined) !== (options.tls === undefined)) {
          const code = server.tls === undefined ? 'tls.peer-speaks-plain-sip' : 'tls.plain-sip-on-tls-port';
          resolve(err(connectFailure(code, options.remote)));
          return;
        }
        const security =
          options.tls === undefined ? undefined : claimed(options.tls.settings.verify, options.tls.serverName);
        const near = new VirtualStream(network, local, options.remote, outside, security);
        const far = new VirtualStream(
          network,
          options.remote,
          outside,
          options.remote,
          security && claimed(false, undefined),
        );
        near.peer = far;
        far.peer = near;
        server.handler.onConnection(far);
        resolve(ok(near));
      });
    });
  }

  /** A virtual stream keeps the borders of what was written, as a WebSocket does. */
  listenWebSocket(
    wanted: SocketAddress,
    tls: TlsServerSettings | undefined,
    handler: Parameters<Network['listenWebSocket']>[2],
  ): Promise<Result<StreamServer, Diagnosis>> {
    return this.listenStream(wanted, tls, {
      onConnection: (socket) => {
        if (socket instanceof VirtualStream) handler.onConnection(socket);
      },
      onRefused: (diagnosis, remote) => {
        handler.onRefused(diagnosis, remote);
      },
    });
  }

  async connectWebSocket(options: ConnectOptions): Promise<Result<VirtualStream, Diagnosis>> {
    const socket = await this.connectStream(options);
    if (!socket.ok) return socket;
    if (!(socket.value instanceof VirtualStream)) throw new Error('not a stream of this network');
    return ok(socket.value);
  }

  localAddressToward(): Promise<string | undefined> {
    return Promise.resolve(this.#address);
  }

  #bound({ address, port }: SocketAddress): SocketAddress | undefined {
    if (address !== this.#address && address !== '0.0.0.0' && address !== '::') return undefined;
    return { address: this.#address, port: port === 0 ? this.#network.freePort() : port };
  }
}

/** One end of a connection. */
class VirtualStream implements WebSocketConnection {
  readonly local: SocketAddress;
  readonly remote: SocketAddress;
  readonly security: TlsSecurity | undefined;
  peer: VirtualStream | undefined;
  /** While true, what is written disappears. */
  silenced = false;
  readonly #network: VirtualNetwork;
  /** The address that the other end sees. */
  readonly #seenAs: SocketAddress;
  #handler: StreamHandler | undefined;
  /** What arrived and was not taken yet; `undefined` stands for the end. */
  readonly #arrived: (Uint8Array | undefined)[] = [];
  #queued = 0;
  #paused = false;
  #ended = false;
  #closed = false;
  #reason: Diagnosis | undefined;

  constructor(
    network: VirtualNetwork,
    local: SocketAddress,
    remote: SocketAddress,
    seenAs: SocketAddress,
    security: TlsSecurity | undefined,
  ) {
    this.#network = network;
    this.local = local;
    this.remote = remote;
    this.#seenAs = seenAs;
    this.security = security;
    network.track(this);
  }

  get queued(): number {
    return this.#queued;
  }

  write(octets: Uint8Array): void {
    if (this.#ended || this.#closed) return;
    const copy = octets.slice();
    if (!this.#network.carries(copy, this.#seenAs, this.remote)) {
      this.#breakOff();
      return;
    }
    this.#queued += copy.length;
    this.#later(() => this.peer?.arrive(copy));
  }

  /** A Ping frame; the other end answers by itself where it is alive. */
  ping(): void {
    this.#later(() => this.peer?.receivePing());
  }

  receivePing(): void {
    if (this.#closed) return;
    this.#handler?.onPong?.();
    this.#later(() => this.peer?.receivePong());
  }

  receivePong(): void {
    this.#handler?.onPong?.();
  }

  setHandler(handler: StreamHandler): void {
    this.#handler = handler;
    this.#network.clock.after(0, () => {
      if (this.#closed) handler.onClose(this.#reason);
      else this.#handOver();
    });
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    this.#network.clock.after(0, () => this.#handOver());
  }

  end(): void {
    if (this.#ended || this.#closed) return;
    this.#ended = true;
    this.#later(() => this.peer?.arrive(undefined));
  }

  destroy(): void {
    if (this.#closed) return;
    this.#close(undefined);
    this.#later(() => this.peer?.receiveReset());
  }

  /** Octets, or the end, came from the other side. */
  arrive(octets: Uint8Array | undefined): void {
    this.#arrived.push(octets);
    this.#handOver();
  }

  receiveReset(): void {
    this.#close(connectFailure('tcp.reset', this.remote));
  }

  /** The other side took octets that this side had queued. */
  taken(length: number): void {
    this.#queued -= length;
    if (this.#queued === 0) this.#handler?.onDrain();
  }

  #breakOff(): void {
    const peer = this.peer;
    this.#network.clock.after(0, () => {
      this.receiveReset();
      peer?.receiveReset();
    });
  }

  #handOver(): void {
    while (this.#handler !== undefined && !this.#paused && !this.#closed && this.#arrived.length > 0) {
      const octets = this.#arrived.shift();
      if (octets === undefined) {
        this.end();
        this.#close(undefined);
      } else {
        this.peer?.taken(octets.length);
        this.#handler.onData(octets);
      }
    }
  }

  #later(deliver: () => void): void {
    this.#network.clock.after(this.#network.delayMs, () => {
      if (!this.silenced) deliver();
    });
  }

  #close(reason: Diagnosis | undefined): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#reason = reason;
    this.#network.untrack(this);
    this.#handler?.onClose(reason);
  }
}

function claimed(verified: boolean, peerName: string | undefined): TlsSecurity {
  return {
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    group: 'X25519',
    peerVerified: verified,
    peerName: verified ? peerName : undefined,
    // Several names, separated by commas, are all in the certificate.
    peerIdentities: verified ? (peerName ?? '').split(',') : [],
    clientCertificate: false,
    peerFingerprint: undefined,
    peerNotAfter: undefined,
  };
}

function bindFailure(code: 'port.in-use' | 'port.address-not-local', local: SocketAddress): Diagnosis {
  return { code, side: 'here', summary: code, cure: '', evidence: { local: formatSocketAddress(local) } };
}

function connectFailure(code: Diagnosis['code'], remote: SocketAddress): Diagnosis {
  return { code, side: 'there', summary: code, cure: '', evidence: { remote: formatSocketAddress(remote) } };
}
