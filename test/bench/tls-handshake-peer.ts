import { createServer, connect as connectTcp, type AddressInfo, type Server } from 'node:net';
import {
  connect as connectTls,
  createSecureContext,
  createServer as createTlsServer,
  type SecureVersion,
  type TLSSocket,
} from 'node:tls';
import { Secret } from '../../core/base/secret.ts';
import { systemClock } from '../../core/io/node-clock.ts';
import { nodeNetwork } from '../../core/io/node-network.ts';
import type { ConnectionTrace } from '../../core/sip/transport/network.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS, type TlsClientSettings } from '../../core/tls/tls-settings.ts';
import { Tracer } from '../../core/trace/tracer.ts';

/** Bare node:tls, with the same TCP options; ours as it is by default, with the trace at level 5; ours with every record told (level 9). */
export type Mode = 'bare' | 'default' | 'records';

interface Terms {
  readonly mode: Mode;
  readonly version: SecureVersion;
  readonly certificate: string;
  readonly authority: string;
}

/** What a peer can be told to do; it answers each with one {@link Answer}. */
export type Order =
  | (Terms & { readonly do: 'listen'; readonly key: string })
  | (Terms & {
      readonly do: 'dial';
      readonly port: number;
      readonly count: number;
      readonly resume: boolean;
      readonly atOnce: number;
      /** Leaves the connections open. */
      readonly hold: boolean;
    })
  | (Terms & { readonly do: 'refuse'; readonly port: number; readonly count: number })
  /** `tidy` collects garbage first, for a figure of memory. */
  | { readonly do: 'look'; readonly tidy?: true };

export interface Answer {
  readonly port: number;
  /** Milliseconds of the processor: since the start, or for the dialling. */
  readonly cpuMs: number;
  readonly residentBytes: number;
  /** Of the connections that the bare server had, how many resumed a session. */
  readonly resumed: number;
  /** From the dial to the word that the certificate is not good, the median. */
  readonly refusalMs: number;
  readonly failed: string | undefined;
}

const HOST = '127.0.0.1';
const NAME = 'localhost';
const held: unknown[] = [];

function traceOf(mode: Mode): ConnectionTrace {
  const tracer = new Tracer(systemClock, mode === 'records' ? 9 : 5);
  tracer.subscribe(() => undefined);
  let count = 0;
  return { tracer, nextName: () => `tls-${++count}` };
}

function settingsOf({ version, authority }: Terms): TlsClientSettings {
  return { ...DEFAULT_TLS_CLIENT_SETTINGS, minVersion: version, maxVersion: version, trust: [authority] };
}

/** Connections to the bare server that resumed a session. */
let resumedHere = 0;

async function listen(order: Terms & { readonly key: string }): Promise<number> {
  if (order.mode === 'bare') return listenBare(order);
  const identity = { certificateChain: order.certificate, key: new Secret(order.key), passphrase: undefined };
  const server = await nodeNetwork.listenStream(
    { address: HOST, port: 0 },
    { ...settingsOf(order), identity, clientCertificate: 'ignored' },
    {
      onConnection: (socket) => {
        socket.setHandler({ onData: () => undefined, onDrain: () => undefined, onClose: () => undefined });
        socket.write(new Uint8Array([0x0d, 0x0a]));
      },
      onRefused: () => undefined,
    },
    traceOf(order.mode),
  );
  if (!server.ok) throw new Error(server.error.summary);
  return server.value.local.port;
}

async function listenBare({ version, certificate, key }: Terms & { readonly key: string }): Promise<number> {
  const tls = createTlsServer({ cert: certificate, key, minVersion: version, maxVersion: version });
  tls.on('secureConnection', (socket) => {
    if (socket.isSessionReused()) resumedHere += 1;
    socket.on('error', () => undefined);
    socket.resume();
    socket.write('\r\n');
  });
  const server: Server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 }, (socket) =>
    tls.emit('connection', socket),
  );
  await new Promise<void>((resolve) => server.listen({ host: HOST, port: 0, backlog: 1024 }, resolve));
  return (server.address() as AddressInfo).port;
}

async function dial(order: Extract<Order, { do: 'dial' }>): Promise<Partial<Answer>> {
  const dialOne = order.mode === 'bare' ? bareDialler(order) : ownDialler(order);
  let started = 0;
  const work = async (): Promise<void> => {
    while (started < order.count) {
      started += 1;
      await dialOne();
    }
  };
  // One alone first, for a session to resume.
  if (order.resume) await dialOne();
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: order.atOnce }, work));
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000 };
}

/** Dials once, and waits for the first octets over TLS. */
function bareDialler({ version, authority, port, resume, hold }: Extract<Order, { do: 'dial' }>): () => Promise<void> {
  const secureContext = createSecureContext({ ca: authority, minVersion: version, maxVersion: version });
  let session: Buffer | undefined;
  return () =>
    new Promise((resolve, reject) => {
      const raw = connectTcp({ host: HOST, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 });
      raw.once('error', reject);
      raw.once('connect', () => {
        const socket: TLSSocket = connectTls({
          socket: raw,
          secureContext,
          servername: NAME,
          ...(resume && session !== undefined ? { session } : {}),
        });
        socket.on('session', (fresh) => (session = fresh));
        socket.once('error', reject);
        socket.once('data', () => {
          if (hold) held.push(socket);
          else socket.destroy();
          resolve();
        });
      });
    });
}

function ownDialler(order: Extract<Order, { do: 'dial' }>): () => Promise<void> {
  const settings = { ...settingsOf(order), ...(order.resume ? {} : { sessionSeconds: 0 }) };
  const trace = traceOf(order.mode);
  return async () => {
    const socket = await nodeNetwork.connectStream({
      remote: { address: HOST, port: order.port },
      tls: { settings, serverName: NAME },
      timeoutMs: 10_000,
      trace,
    });
    if (!socket.ok) throw new Error(socket.error.summary);
    await new Promise<void>((resolve) => {
      const done = (): void => {
        resolve();
      };
      socket.value.setHandler({ onData: done, onDrain: () => undefined, onClose: done });
    });
    if (order.hold) held.push(socket.value);
    else socket.value.destroy();
  };
}

/** Dials a server whose authority is not trusted, one time after the other. */
async function refuse({ mode, version, port, count }: Extract<Order, { do: 'refuse' }>): Promise<number> {
  const settings = { ...DEFAULT_TLS_CLIENT_SETTINGS, minVersion: version, maxVersion: version, trust: [] };
  const secureContext = createSecureContext({ ca: [], minVersion: version, maxVersion: version });
  const bare = (): Promise<unknown> =>
    new Promise((resolve) => connectTls({ host: HOST, port, secureContext, servername: NAME }).once('error', resolve));
  const own = (): Promise<unknown> =>
    nodeNetwork.connectStream({
      remote: { address: HOST, port },
      tls: { settings, serverName: NAME },
      timeoutMs: 10_000,
      trace: traceOf(mode),
    });
  const times: number[] = [];
  for (let round = 0; round < count; round++) {
    const before = performance.now();
    await (mode === 'bare' ? bare() : own());
    times.push(performance.now() - before);
  }
  return times.sort((a, b) => a - b)[count >> 1] ?? 0;
}

async function follow(order: Order): Promise<Answer> {
  const answer: Partial<Answer> = {};
  if (order.do === 'look') {
    if (order.tidy === true) globalThis.gc?.();
  } else if (order.do === 'listen') Object.assign(answer, { port: await listen(order) });
  else if (order.do === 'dial') Object.assign(answer, await dial(order));
  else Object.assign(answer, { refusalMs: await refuse(order) });
  const { user, system } = process.cpuUsage();
  return {
    port: 0,
    cpuMs: (user + system) / 1000,
    residentBytes: process.memoryUsage.rss(),
    resumed: resumedHere,
    refusalMs: 0,
    failed: undefined,
    ...answer,
  };
}

if (process.argv[1] === import.meta.filename) {
  process.on('message', (order: Order) => {
    follow(order).then(
      (answer) => process.send?.(answer),
      (error: unknown) => process.send?.({ failed: String(error) }),
    );
  });
}
