import { formatSocketAddress, type SocketAddress } from '../base/address.ts';
import type { Diagnosis } from '../base/diagnosis.ts';
import { ok, type Result } from '../base/result.ts';
import { parseMessage } from '../sip/message/parser.ts';
import { StreamFramer, type StreamEvent } from '../sip/message/stream-framer.ts';
import type { StreamServer, StreamSocket } from '../sip/transport/network.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS, type TlsServerSettings } from '../tls/tls-settings.ts';
import type { Fault, FaultBehaviour, FaultValues } from './fault.ts';
import type { FaultyCertificates } from './faulty-certificates.ts';
import { helloOctets } from './hello-answers.ts';
import type { RelayPorts } from './media-relay.ts';
import { SipMeddler, type Passage } from './sip-meddler.ts';

/** What a front is made of. */
export interface FrontOptions {
  readonly fault: Fault;
  readonly values: FaultValues;
  readonly certificates: FaultyCertificates;
  readonly listen: SocketAddress;
  /** The TLS listener of a switch that is in order, and who vouches for it. */
  readonly behind: { readonly remote: SocketAddress; readonly serverName: string; readonly trust: string };
  readonly onDiagnosis: (diagnosis: Diagnosis, remote: SocketAddress | undefined) => void;
  /** A client has come and gone, or was turned away. */
  readonly onGone: () => void;
}

type TlsBehaviour = Extract<FaultBehaviour, { kind: 'tls' }>;

const CONNECT_MS = 5000;
const PONG = Uint8Array.of(0x0d, 0x0a);
const PING = Uint8Array.of(0x0d, 0x0a, 0x0d, 0x0a);
const GOOD: TlsBehaviour = { kind: 'tls', certificate: 'good' };

/**
 * The fault cabinet: a TLS listener in front of a switch that is in order, which does one thing wrong. What it does right it
 * leaves to the switch, to which it passes everything on; so whatever a client notices is the fault and nothing else.
 */
export class FaultFront {
  readonly #ports: RelayPorts;
  readonly #options: FrontOptions;
  readonly #links = new Set<FrontLink>();
  readonly #sockets = new Set<StreamSocket>();
  #server: StreamServer | undefined;
  #next: TlsServerSettings | undefined;

  private constructor(ports: RelayPorts, options: FrontOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  /** Makes the certificates and listens. */
  static async open(ports: RelayPorts, options: FrontOptions): Promise<Result<FaultFront, Diagnosis>> {
    const front = new FaultFront(ports, options);
    const { behaviour } = options.fault;
    const server =
      behaviour.kind === 'hello'
        ? await ports.network.listenStream(options.listen, undefined, {
            onConnection: (socket) => {
              front.#answerHello(socket, behaviour);
            },
            onRefused: (diagnosis, remote) => {
              front.#refused(diagnosis, remote);
            },
          })
        : await front.#listenTls(behaviour.kind === 'tls' ? behaviour : GOOD);
    if (!server.ok) return server;
    front.#server = server.value;
    return ok(front);
  }

  get local(): SocketAddress {
    return this.#server?.local ?? this.#options.listen;
  }

  async close(): Promise<void> {
    await this.#server?.close();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all([...this.#links].map((link) => link.close()));
  }

  async #listenTls(behaviour: TlsBehaviour): Promise<Result<StreamServer, Diagnosis>> {
    const { listen } = this.#options;
    const first = await this.#settings(behaviour, behaviour.certificate);
    if (behaviour.next !== undefined) this.#next = await this.#settings(behaviour, behaviour.next);
    return this.#ports.network.listenStream(listen, first, {
      onConnection: (socket) => {
        this.#accept(socket);
      },
      onRefused: (diagnosis, remote) => {
        this.#refused(diagnosis, remote);
      },
    });
  }

  async #settings(behaviour: TlsBehaviour, kind: TlsBehaviour['certificate']): Promise<TlsServerSettings> {
    const isWeak = kind === 'weak-key' || kind === 'weak-signature';
    return {
      ...DEFAULT_TLS_CLIENT_SETTINGS,
      // With TLS 1.0 allowed, the library no longer minds what it shows.
      minVersion: behaviour.minVersion ?? (isWeak ? 'TLSv1' : DEFAULT_TLS_CLIENT_SETTINGS.minVersion),
      maxVersion: behaviour.maxVersion ?? DEFAULT_TLS_CLIENT_SETTINGS.maxVersion,
      ciphers: behaviour.ciphers,
      trust: [this.#options.certificates.trust],
      identity: await this.#options.certificates.identity(kind),
      clientCertificate: behaviour.asksClientCertificate === true ? 'required' : 'ignored',
    };
  }

  #accept(socket: StreamSocket): void {
    const { fault, values, behind, onDiagnosis, onGone } = this.#options;
    const link = new FrontLink(this.#ports, {
      client: socket,
      address: this.#options.listen.address,
      fault: { behaviour: fault.behaviour, values },
      connect: () =>
        this.#ports.network.connectStream({
          remote: behind.remote,
          tls: {
            settings: { ...DEFAULT_TLS_CLIENT_SETTINGS, trust: [behind.trust] },
            serverName: behind.serverName,
          },
          timeoutMs: CONNECT_MS,
        }),
      onClosed: (wasSilent) => {
        this.#links.delete(link);
        if (wasSilent) onDiagnosis(leftWithoutAWord(socket), socket.remote);
        onGone();
      },
    });
    this.#links.add(link);
    if (this.#next === undefined) return;
    this.#server?.updateTls(this.#next);
    this.#next = undefined;
    this.#ports.clock.after(Number(values.after) * 1000, () => {
      socket.destroy();
    });
  }

  #answerHello(socket: StreamSocket, { answer }: Extract<FaultBehaviour, { kind: 'hello' }>): void {
    this.#sockets.add(socket);
    socket.setHandler({
      onData: () => {
        const octets = helloOctets(answer, Number(this.#options.values.number), this.#ports.random.bytes(32));
        if (octets !== undefined) socket.write(octets);
        if (answer === 'close' || answer === 'alert') socket.end();
      },
      onDrain: () => undefined,
      onClose: () => {
        this.#sockets.delete(socket);
        this.#options.onGone();
      },
    });
  }

  #refused(diagnosis: Diagnosis, remote: SocketAddress | undefined): void {
    this.#options.onDiagnosis(diagnosis, remote);
    this.#options.onGone();
  }
}

interface LinkOptions {
  readonly client: StreamSocket;
  readonly address: string;
  readonly fault: { readonly behaviour: FaultBehaviour; readonly values: FaultValues };
  readonly connect: () => Promise<Result<StreamSocket, Diagnosis>>;
  /** `wasSilent`: the client said nothing before it went. */
  readonly onClosed: (wasSilent: boolean) => void;
}

/** One connection of a client and the one to the switch behind it, joined message by message. */
class FrontLink {
  readonly #client: StreamSocket;
  readonly #meddler: SipMeddler;
  readonly #server: Promise<Result<StreamSocket, Diagnosis>>;
  readonly #fromClient = new StreamFramer('there');
  readonly #fromSwitch = new StreamFramer('here');
  /** What each side said, in its order. */
  #clientWork: Promise<void> = Promise.resolve();
  #switchWork: Promise<void> = Promise.resolve();
  #heard = false;

  constructor(ports: RelayPorts, { client, address, fault, connect, onClosed }: LinkOptions) {
    this.#client = client;
    this.#server = connect();
    this.#meddler = new SipMeddler(ports, fault, address, () => {
      if (fault.behaviour.kind !== 'reset-in-call') return;
      ports.clock.after(Number(fault.values.after) * 1000, () => {
        client.destroy();
      });
    });
    client.setHandler({
      onData: (octets) => {
        this.#heard = true;
        for (const event of this.#fromClient.push(octets)) {
          this.#clientWork = this.#clientWork.then(() => this.#passClient(event));
        }
      },
      onDrain: () => undefined,
      onClose: () => {
        onClosed(!this.#heard);
        void this.close();
      },
    });
    void this.#server.then((server) => {
      if (server.ok) this.#join(server.value);
      else client.destroy();
    });
  }

  async close(): Promise<void> {
    this.#client.destroy();
    const server = await this.#server;
    if (server.ok) server.value.destroy();
    await this.#meddler.close();
  }

  #join(server: StreamSocket): void {
    server.setHandler({
      onData: (octets) => {
        for (const event of this.#fromSwitch.push(octets)) {
          this.#switchWork = this.#switchWork.then(() => this.#passSwitch(event));
        }
      },
      onDrain: () => undefined,
      onClose: () => {
        this.#client.end();
      },
    });
  }

  async #passClient(event: StreamEvent): Promise<void> {
    const server = await this.#server;
    if (!server.ok) return;
    if (event.kind === 'message') {
      const message = parseMessage(event.octets, { framing: 'stream' });
      const passage = message.ok
        ? await this.#meddler.fromClient(message.value, event.octets)
        : { onward: [event.octets], back: [] };
      send(passage, server.value, this.#client);
    } else server.value.write(event.kind === 'failure' ? event.octets : PING);
  }

  async #passSwitch(event: StreamEvent): Promise<void> {
    const server = await this.#server;
    if (!server.ok) return;
    if (event.kind === 'pong') {
      if (this.#meddler.passesPongs) this.#client.write(PONG);
    } else if (event.kind === 'message') {
      const message = parseMessage(event.octets, { framing: 'stream' });
      if (message.ok) send(await this.#meddler.fromSwitch(message.value, event.octets), this.#client, server.value);
    }
  }
}

function send({ onward, back }: Passage, to: StreamSocket, from: StreamSocket): void {
  for (const octets of onward) to.write(octets);
  for (const octets of back) from.write(octets);
}

function leftWithoutAWord({ remote }: StreamSocket): Diagnosis {
  const who = formatSocketAddress(remote);
  return {
    code: 'tls.closed-during-handshake',
    side: 'there',
    summary: `${who} closed the connection right after the TLS handshake: it did not like what it was shown.`,
    cure: 'That is what this fault is for; the client must be able to say why it left.',
    evidence: { remote: who },
  };
}
