import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { Diagnosis } from '../../../core/base/diagnosis.ts';
import type { Result } from '../../../core/base/result.ts';
import { nodeNetwork } from '../../../core/io/node-network.ts';
import { systemClock } from '../../../core/io/node-clock.ts';
import type { ConnectionTrace, StreamSocket } from '../../../core/sip/transport/network.ts';
import type { HandshakeTree } from '../../../core/tls/handshake-tree.ts';
import type { TlsClientSettings, TlsServerSettings } from '../../../core/tls/tls-settings.ts';
import { Tracer, type TraceEvent, type TraceLevel } from '../../../core/trace/tracer.ts';
import { good } from '../../support/test-authority.ts';

export const LOOPBACK = '127.0.0.1';
export const NAME = 'pbx.example.com';

const closing: (() => unknown)[] = [];

/** Closes what a test opened. */
export async function closeAll(): Promise<void> {
  for (const close of closing.splice(0).reverse()) await close();
}

/** Closes it at the end of the test, too. */
export function closeLater(close: () => unknown): void {
  closing.push(close);
}

/** Waits until `value` gives something. */
export async function eventually<T>(value: () => T | undefined, what: string): Promise<T> {
  const end = performance.now() + 20_000;
  for (;;) {
    const found = value();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`${what} did not come`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Everything that one end told of its handshakes. */
export class Told {
  readonly events: TraceEvent[] = [];
  readonly trace: ConnectionTrace;
  #count = 0;

  constructor(level: TraceLevel = 5) {
    const tracer = new Tracer(systemClock, level);
    tracer.subscribe((event) => this.events.push(event));
    this.trace = { tracer, nextName: () => `tls-${++this.#count}` };
  }

  /** As it stands in a saved trace. */
  get trees(): HandshakeTree[] {
    return this.events
      .filter(({ kind }) => kind === 'tls.handshake')
      .map(({ tree }) => JSON.parse(JSON.stringify(tree)) as HandshakeTree);
  }
}

/** Our server end, and what became of the connections to it. */
export interface OurServer {
  readonly port: number;
  readonly told: Told;
  readonly outcomes: (StreamSocket | Diagnosis)[];
}

export async function ourServer(settings: TlsServerSettings, level: TraceLevel = 5): Promise<OurServer> {
  const outcomes: (StreamSocket | Diagnosis)[] = [];
  const told = new Told(level);
  const server = good(
    await nodeNetwork.listenStream(
      { address: LOOPBACK, port: 0 },
      settings,
      {
        onConnection: (socket) => {
          outcomes.push(socket);
          socket.setHandler({
            onData: (octets) => {
              socket.write(octets);
            },
            onDrain: () => undefined,
            onClose: (reason) => reason !== undefined && outcomes.push(reason),
          });
          closing.push(() => {
            socket.destroy();
          });
        },
        onRefused: (diagnosis) => outcomes.push(diagnosis),
      },
      told.trace,
    ),
  );
  closing.push(() => server.close());
  return { port: server.local.port, told, outcomes };
}

export interface Dialled {
  readonly result: Result<StreamSocket, Diagnosis>;
  readonly told: Told;
}

export async function dialled(port: number, settings: TlsClientSettings, timeoutMs = 3000): Promise<Dialled> {
  const told = new Told();
  const remote = { address: LOOPBACK, port };
  const result = await nodeNetwork.connectStream({
    remote,
    tls: { settings, serverName: NAME },
    timeoutMs,
    trace: told.trace,
  });
  if (result.ok) {
    closing.push(() => {
      result.value.destroy();
    });
  }
  return { result, told };
}

/** A server that does what `serve` does with each connection; gives its port and how many came. */
export async function rawServer(
  serve: (socket: Socket) => void,
): Promise<{ readonly port: number; readonly count: () => number }> {
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    socket.on('error', () => undefined);
    closing.push(() => socket.destroy());
    serve(socket);
  });
  closing.push(() => server.close());
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, count: () => count };
}

/** A bare TCP connection. */
export async function rawClient(port: number): Promise<Socket> {
  const socket = connect({ port, host: LOOPBACK, allowHalfOpen: true });
  socket.on('error', () => undefined);
  closing.push(() => socket.destroy());
  await once(socket, 'connect');
  socket.resume();
  return socket;
}

/** One TLS record. */
export function record(type: number, content: ArrayLike<number>): Buffer {
  return Buffer.from([type, 3, 3, content.length >> 8, content.length & 0xff, ...Array.from(content)]);
}
