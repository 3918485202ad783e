import { formatSocketAddress, isIPv6, type SocketAddress } from '../../base/address.ts';
import type { Clock } from '../../base/clock.ts';
import type { Diagnosis } from '../../base/diagnosis.ts';
import { randomToken, type Random } from '../../base/random.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS, type TlsClientSettings, type TlsServerSettings } from '../../tls/tls-settings.ts';
import type { Tracer } from '../../trace/tracer.ts';
import { createResponse } from '../message/factory.ts';
import type { SipMessage, SipRequest, SipResponse } from '../message/message.ts';
import type { ParseFailure } from '../message/parse-failure.ts';
import { AcceptedConnections } from './accepted-connections.ts';
import { addressGone, connectionLost } from './connection-diagnosis.ts';
import type { ConnectionFlow } from './connection-flow.ts';
import { ConnectionTable } from './connection-table.ts';
import { DatagramFlow } from './datagram-flow.ts';
import { DatagramPort } from './datagram-port.ts';
import { DEFAULT_PORTS } from './default-ports.ts';
import { FairInbox } from './fair-inbox.ts';
import { isSecure, type Flow, type Target, type TransportProtocol } from './flow.ts';
import type { FlowOwner } from './flow-owner.ts';
import { withoutZone } from './ip-address.ts';
import { mustLeaveUdp } from './must-leave-udp.ts';
import type {
  ConnectionTrace,
  ConnectStreamOptions,
  Network,
  StreamServer,
  StreamSocket,
  WebSocketConnection,
} from './network.ts';
import type { OpenFlow } from './open-flow.ts';
import { datagramResponseTarget, streamResponseTarget } from './response-target.ts';
import { StreamFlow } from './stream-flow.ts';
import { DEFAULT_TRANSPORT_SETTINGS, type TransportSettings } from './transport-settings.ts';
import type { Listener, Transports } from './transports.ts';
import { fillReceived } from './via-received.ts';
import { WebSocketFlow } from './web-socket-flow.ts';
import { WireTrace } from './wire-trace.ts';

type ListenOptions = Parameters<Transports['listen']>[0];
type ConnectOptions = NonNullable<Parameters<Transports['connect']>[1]>;

/** How long a way by TCP is waited for with a large request. A firewall that says nothing must not keep a call from ringing. */
const LEAVE_UDP_WITHIN_MS = 2_000;

/** The transport layer over sockets that a {@link Network} gives (RFC 3261 §18, RFC 5626). */
export class TransportLayer implements Transports {
  readonly #name: string;
  readonly #network: Network;
  readonly #tracer: Tracer;
  readonly #tlsClient: TlsClientSettings;
  readonly #owner: FlowOwner;
  readonly #connectionTrace: ConnectionTrace;
  readonly #flows = new Set<OpenFlow>();
  readonly #listeners = new Set<Listener>();
  readonly #ports = new Set<DatagramPort>();
  readonly #connections = new ConnectionTable();
  readonly #perAddress = new Map<string, Set<ConnectionFlow>>();
  readonly #messageListeners: ((message: SipRequest | SipResponse, flow: Flow) => void)[] = [];
  readonly #diagnosisListeners: ((diagnosis: Diagnosis, remote: SocketAddress | undefined) => void)[] = [];
  #flowCount = 0;
  #closed = false;

  /**
   * `name` tells the flows of several layers in one program apart, such as `phone` or a profile's name. `tlsClient` holds
   * where {@link connect} gets no settings.
   */
  constructor(options: {
    readonly name: string;
    readonly network: Network;
    readonly clock: Clock;
    readonly random: Random;
    readonly tracer: Tracer;
    readonly tlsClient?: TlsClientSettings;
    readonly settings?: Partial<TransportSettings>;
  }) {
    this.#name = options.name;
    this.#network = options.network;
    this.#tracer = options.tracer;
    this.#tlsClient = options.tlsClient ?? DEFAULT_TLS_CLIENT_SETTINGS;
    const settings = { ...DEFAULT_TRANSPORT_SETTINGS, ...options.settings };
    this.#owner = {
      clock: options.clock,
      random: options.random,
      wire: new WireTrace(options.tracer),
      settings,
      inbox: new FairInbox(options.clock, settings),
      nextFlowId: (protocol) => `${this.#name}-${protocol}-${++this.#flowCount}`,
      onMessage: (message, flow) => this.#deliver(message, flow),
      onMalformed: (failure, flow) => this.#refuse(failure, flow),
      onFault: (diagnosis, flow) => this.#report(diagnosis, flow.remote, flow.id),
      onOpened: (flow) => this.#opened(flow),
      onClosed: (flow, reason) => this.#forget(flow, reason),
    };
    this.#connectionTrace = { tracer: options.tracer, nextName: () => this.#owner.nextFlowId('tls') };
  }

  async listen(options: ListenOptions): Promise<Result<Listener, Diagnosis>> {
    const listener =
      options.protocol === 'udp' ? await this.#listenDatagram(options) : await this.#listenStream(options);
    if (!listener.ok) {
      this.#trace(listener.error, undefined, undefined);
      return listener;
    }
    if (this.#closed) {
      await listener.value.close();
      return err(layerClosed());
    }
    this.#listeners.add(listener.value);
    const { protocol, local } = listener.value;
    this.#tracer.emit('tport', 5, 'transport.listening', { protocol, local: formatSocketAddress(local) });
    return listener;
  }

  connect(target: Target, options: ConnectOptions = {}): Promise<Result<Flow, Diagnosis>> {
    if (this.#closed) return Promise.resolve(err(layerClosed()));
    if (target.protocol === 'udp') return this.#datagramFlow(target, options.local);
    const tls = isSecure(target.protocol) ? (options.tls ?? this.#tlsClient) : undefined;
    const dialling = { target, tls, usualPolicy: options.tls === undefined, local: options.local };
    const timeoutMs = options.timeoutMs ?? this.#owner.settings.connectTimeoutMs;
    return this.#connections.obtain(dialling, () => this.#dial(target, tls, options.local, timeoutMs));
  }

  async requestFlow(request: SipRequest, flow: Flow): Promise<Flow> {
    if (flow.protocol !== 'udp' || !mustLeaveUdp(request)) return flow;
    const serverName = withoutZone(flow.remote.address);
    const byTcp = await this.connect({ protocol: 'tcp', ...flow.remote, serverName }, { timeoutMs: LEAVE_UDP_WITHIN_MS }); // prettier-ignore
    return byTcp.ok ? byTcp.value : flow;
  }

  async responseFlow(request: SipRequest, flow: Flow): Promise<Result<Flow, Diagnosis>> {
    const { via } = request;
    if (via === undefined || flow.protocol !== 'udp') {
      if (flow.open || via === undefined) return ok(flow);
      // Nobody listens at the other end of a WebSocket that a client opened (RFC 7118 §5.2.4).
      if (flow.protocol === 'ws' || flow.protocol === 'wss') return err(connectionLost(flow));
      const remote = streamResponseTarget(via, flow.protocol, flow.remote);
      return this.connect({ protocol: flow.protocol, ...remote, serverName: via.host });
    }
    const remote = datagramResponseTarget(via, flow.remote);
    const isSamePlace = remote.address === flow.remote.address && remote.port === flow.remote.port;
    if (flow.open && isSamePlace) return ok(flow);
    // From the socket that the request came to, for a firewall on the way lets nothing else through.
    if (flow instanceof DatagramFlow && this.#ports.has(flow.port)) return ok(await flow.port.flowTo(remote));
    return this.connect({ protocol: 'udp', ...remote, serverName: via.host });
  }

  flows(): readonly Flow[] {
    return [...this.#flows];
  }

  onMessage(listener: (message: SipRequest | SipResponse, flow: Flow) => void): void {
    this.#messageListeners.push(listener);
  }

  onDiagnosis(listener: (diagnosis: Diagnosis, remote: SocketAddress | undefined) => void): void {
    this.#diagnosisListeners.push(listener);
  }

  async networkChanged(): Promise<void> {
    const known = new Map<string, Promise<boolean>>();
    const isOurs = (address: string): Promise<boolean> => {
      const answer = known.get(address) ?? this.#canBind(address);
      known.set(address, answer);
      return answer;
    };
    for (const port of this.#ports) {
      const changed = await port.networkChanged(isOurs);
      if (!changed.ok) this.#report(changed.error, undefined, undefined);
    }
    for (const flow of [...this.#flows]) {
      if (flow.protocol === 'udp') continue;
      if (await isOurs(flow.local.address)) flow.probe();
      else flow.fail(addressGone(flow));
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#owner.inbox.close();
    const closing = [...this.#listeners].map((listener) => listener.close());
    for (const flow of [...this.#flows]) flow.close();
    closing.push(...[...this.#ports].map((port) => port.close()));
    this.#ports.clear();
    await Promise.all(closing);
  }

  async #listenDatagram({ local }: { readonly local: SocketAddress }): Promise<Result<Listener, Diagnosis>> {
    const port = await this.#openPort(local);
    if (!port.ok) return port;
    const listener: Listener = {
      protocol: 'udp',
      local: port.value.local,
      updateTls: () => err(notTls('udp')),
      close: async () => {
        this.#listeners.delete(listener);
        this.#ports.delete(port.value);
        await port.value.close();
      },
    };
    return ok(listener);
  }

  async #listenStream(options: ListenOptions): Promise<Result<Listener, Diagnosis>> {
    const { protocol, tls } = options;
    if (isSecure(protocol) !== (tls !== undefined)) return err(tls === undefined ? needsTls() : notTls(protocol));
    const accepted = new AcceptedConnections(this.#owner, this.#perAddress);
    const server = await this.#openServer(options, accepted);
    if (!server.ok) return server;
    const listener: Listener = {
      protocol,
      local: server.value.local,
      updateTls: (settings: TlsServerSettings) =>
        isSecure(protocol) ? server.value.updateTls(settings) : err(notTls(protocol)),
      close: async () => {
        this.#listeners.delete(listener);
        await server.value.close();
        accepted.close();
      },
    };
    return ok(listener);
  }

  #openServer(
    { protocol, local, tls, origins = [] }: ListenOptions,
    accepted: AcceptedConnections,
  ): Promise<Result<StreamServer, Diagnosis>> {
    const onRefused = (diagnosis: Diagnosis, remote: SocketAddress | undefined, name?: string): void =>
      this.#report(diagnosis, remote, name);
    const trace = this.#connectionTrace;
    if (protocol === 'ws' || protocol === 'wss') {
      const onConnection = (socket: WebSocketConnection): void =>
        this.#accept(socket, accepted, () => new WebSocketFlow(socket, 'there', this.#owner));
      return this.#network.listenWebSocket(local, tls, { onConnection, onRefused }, { origins, trace });
    }
    const onConnection = (socket: StreamSocket): void =>
      this.#accept(socket, accepted, () => new StreamFlow(socket, 'there', this.#owner));
    return this.#network.listenStream(local, tls, { onConnection, onRefused }, trace);
  }

  #accept(socket: StreamSocket, accepted: AcceptedConnections, open: () => ConnectionFlow): void {
    if (this.#closed) {
      socket.destroy();
      return;
    }
    const flow = accepted.accept(socket, open);
    if (flow !== undefined) {
      this.#connections.adopt(flow, flow.remote.port);
      return;
    }
    this.#tracer.emit('tport', 3, 'connection.refused', {
      remote: formatSocketAddress(socket.remote),
      reason: 'too many connections',
    });
  }

  async #dial(
    target: Target,
    tls: TlsClientSettings | undefined,
    local: SocketAddress | undefined,
    timeoutMs: number,
  ): Promise<Result<Flow, Diagnosis>> {
    const { address, port, protocol, serverName } = target;
    const remote = { address, port };
    this.#tracer.emit('tport', 7, 'connection.dialling', { protocol, remote: formatSocketAddress(remote), serverName });
    const options: ConnectStreamOptions = {
      remote,
      local,
      timeoutMs,
      tls: tls === undefined ? undefined : { settings: tls, serverName },
      trace: this.#connectionTrace,
    };
    if (protocol === 'ws' || protocol === 'wss') {
      const socket = await this.#network.connectWebSocket({ ...options, host: serverName });
      return this.#dialled(socket, remote, (open) => new WebSocketFlow(open, 'here', this.#owner));
    }
    const socket = await this.#network.connectStream(options);
    return this.#dialled(socket, remote, (open) => new StreamFlow(open, 'here', this.#owner));
  }

  #dialled<S extends StreamSocket>(
    socket: Result<S, Diagnosis>,
    remote: SocketAddress,
    open: (socket: S) => Flow,
  ): Result<Flow, Diagnosis> {
    if (!socket.ok) {
      this.#trace(socket.error, remote, undefined);
      return socket;
    }
    if (!this.#closed) return ok(open(socket.value));
    socket.value.destroy();
    return err(layerClosed());
  }

  async #datagramFlow(target: Target, local: SocketAddress | undefined): Promise<Result<Flow, Diagnosis>> {
    const remote = { address: target.address, port: target.port };
    const isV6 = isIPv6(withoutZone(remote.address));
    for (const port of this.#ports) {
      const isWanted =
        local === undefined
          ? isIPv6(withoutZone(port.local.address)) === isV6
          : port.local.address === local.address && (local.port === 0 || port.local.port === local.port);
      if (isWanted) return ok(await port.flowTo(remote));
    }
    const opened = await this.#openPort(local ?? { address: isV6 ? '::' : '0.0.0.0', port: 0 });
    return opened.ok ? ok(await opened.value.flowTo(remote)) : opened;
  }

  async #openPort(local: SocketAddress): Promise<Result<DatagramPort, Diagnosis>> {
    const port = new DatagramPort(this.#network, this.#owner);
    const socket = await this.#network.bindDatagram(local, (octets, from) => port.receive(octets, from));
    if (!socket.ok) return socket;
    port.attach(socket.value);
    if (this.#closed) {
      await port.close();
      return err(layerClosed());
    }
    this.#ports.add(port);
    return ok(port);
  }

  #deliver(message: SipMessage, flow: Flow): void {
    if (message.kind === 'request') {
      this.#noteAlias(message, flow);
      this.#fillReceived(message, flow);
    }
    for (const listener of this.#messageListeners) listener(message, flow);
  }

  #fillReceived(request: SipRequest, { remote }: Flow): void {
    fillReceived(request, remote, this.#owner.settings.wantedKeepAliveS);
  }

  /**
   * RFC 5923 §8.2: an authenticated client asks that requests to its listening port come on this connection. The address is
   * the one it comes from; what it says in sent-by beyond the port is not believed.
   */
  #noteAlias({ via }: SipRequest, flow: Flow): void {
    if (flow.opened === 'here' || flow.security?.peerVerified !== true || via?.parameters.has('alias') !== true) return;
    this.#connections.adopt(flow, via.port ?? DEFAULT_PORTS[flow.protocol]);
  }

  /** Whether this machine has an address. */
  async #canBind(address: string): Promise<boolean> {
    const socket = await this.#network.bindDatagram({ address, port: 0 }, () => undefined);
    if (socket.ok) await socket.value.close();
    return socket.ok;
  }

  /** Answers what could not be read where that is possible; there is no transaction for it (RFC 3261 §8.2). */
  #refuse(failure: ParseFailure, flow: Flow): void {
    this.#tracer.emit('tport', 3, 'sip.malformed', {
      connection: flow.id,
      action: failure.action,
      reason: failure.reason,
      ...(failure.action === 'refuse' ? { status: failure.status } : {}),
    });
    if (failure.action === 'drop') return;
    this.#fillReceived(failure.request, flow);
    const response = createResponse(failure.request, failure.status, {
      reason: failure.reason,
      toTag: randomToken(this.#owner.random, 12),
    });
    void this.responseFlow(failure.request, flow).then((way) => way.ok && way.value.send(response));
  }

  #opened(flow: OpenFlow): void {
    this.#flows.add(flow);
    const { id: connection, protocol, opened, security } = flow;
    const ends = { local: formatSocketAddress(flow.local), remote: formatSocketAddress(flow.remote) };
    this.#tracer.emit('tport', 5, 'connection.opened', { connection, protocol, opened, ...ends });
    if (security !== undefined) this.#tracer.emit('tls', 5, 'tls.verified', { connection, ...ends, security });
  }

  #forget(flow: OpenFlow, reason: Diagnosis | undefined): void {
    this.#flows.delete(flow);
    this.#tracer.emit('tport', 5, 'connection.closed', {
      connection: flow.id,
      ...(reason === undefined ? {} : { code: reason.code, reason: reason.summary }),
    });
  }

  #report(diagnosis: Diagnosis, remote: SocketAddress | undefined, connection: string | undefined): void {
    this.#trace(diagnosis, remote, connection);
    for (const listener of this.#diagnosisListeners) listener(diagnosis, remote);
  }

  #trace(diagnosis: Diagnosis, remote: SocketAddress | undefined, connection: string | undefined): void {
    const isTls = diagnosis.code.startsWith('tls.') || diagnosis.code.startsWith('cert.');
    const fields = { connection, remote: remote === undefined ? undefined : formatSocketAddress(remote), diagnosis };
    if (isTls) this.#tracer.emit('tls', 3, 'tls.rejected', fields);
    this.#tracer.emit(isTls ? 'tls' : 'tport', 3, 'diagnosis', fields);
  }
}

function needsTls(): Diagnosis {
  return {
    code: 'file.no-certificate',
    side: 'here',
    summary: 'A TLS listener needs a certificate and its key.',
    cure: 'Create a certificate, or import one.',
    evidence: {},
  };
}

function notTls(protocol: TransportProtocol): Diagnosis {
  return {
    code: 'config.conflict',
    side: 'here',
    summary: `A listener for ${protocol} has no TLS settings.`,
    cure: 'Open a TLS listener, or leave the TLS settings out.',
    evidence: { protocol },
  };
}

function layerClosed(): Diagnosis {
  return {
    code: 'conn.flow-failed',
    side: 'here',
    summary: 'The program is closing its connections.',
    cure: 'Start it again.',
    evidence: {},
  };
}
