import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import type { EventBody, RequestHandlers, RequestInput, RequestName } from '../../core/api/contract.ts';
import type { TextMessage } from '../../core/api/messages.ts';
import { ContractServer } from '../../core/api/server.ts';
import type { CallView, Snapshot } from '../../core/api/state.ts';
import { systemClock } from '../../core/io/node-clock.ts';
import { systemRandom } from '../../core/io/node-random.ts';
import { PHONE_SCHEMA } from '../../core/io/phone-database.ts';
import { SqliteDatabase } from '../../core/io/sqlite-database.ts';
import { phoneMemory } from '../../core/io/phone-memory.ts';
import { Contacts } from '../../core/phone/contacts.ts';
import { CallHistory } from '../../core/phone/history.ts';
import { parseTarget } from '../../core/phone/target-address.ts';
import { formatUri } from '../../core/sip/message/uri.ts';
import { securityHeaders, staticFile } from '../../core/web/static-files.ts';
import { snapshot } from './snapshots.ts';

type Scripts = { -readonly [N in RequestName]?: RequestHandlers[N] };

/** One request that a window made. */
export interface Asked {
  readonly request: RequestName;
  readonly input: unknown;
}

const TOKEN = 'fake-token';

/**
 * A core that does what a test tells it: it serves the built window and speaks the contract to it over a WebSocket on
 * loopback, through the real {@link ContractServer} and with the real headers, but has no telephone behind it.
 */
export class FakeCore {
  /** Every request so far that changes something, or reads the trace. */
  readonly asked: Asked[] = [];
  /** What to answer; a request without a script is answered with nothing. */
  readonly scripts: Scripts = {};
  readonly #folder: string;
  /** History and contacts are the real ones, in memory, with the ended calls of the state in them. */
  readonly #memory = phoneMemory(SqliteDatabase.inMemory(PHONE_SCHEMA));
  readonly #history: CallHistory;
  readonly #contacts: Contacts;
  readonly #changed = new Set<() => void>();
  readonly #sockets = new Set<WebSocket>();
  readonly #contract: ContractServer;
  #http: Server | null = null;
  #port = 0;
  #state: Snapshot;

  constructor(folder: string, initial: Partial<Snapshot> = {}) {
    this.#folder = folder;
    this.#state = snapshot(initial);
    const ports = { clock: systemClock, random: systemRandom };
    const changed = (): void => {
      this.change({ history: this.#history.state, contacts: this.#contacts.state });
    };
    this.#history = new CallHistory(this.#memory.history, ports, changed);
    this.#contacts = new Contacts(this.#memory.contacts, ports, changed);
    this.#remember();
    if (initial.history === undefined) this.#state = { ...this.#state, history: this.#history.state };
    this.#contract = new ContractServer({
      handlers: this.#handlers(),
      state: {
        snapshot: () => this.#state,
        onChange: (listener) => {
          this.#changed.add(listener);
          return () => this.#changed.delete(listener);
        },
      },
      clock: systemClock,
      onFault: (request, error) => {
        throw new Error(`the script of ${request} failed`, { cause: error });
      },
    });
  }

  /** What the window is opened at, with the token in it. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}/?token=${TOKEN}`;
  }

  get state(): Snapshot {
    return this.#state;
  }

  /** Listens on loopback: on a free port at first, on the same port when started again. */
  async start(): Promise<void> {
    const http = createServer((request, response) => {
      const path = new URL(request.url ?? '/', this.url).pathname;
      void staticFile(this.#folder, path).then((file) => {
        const headers = {
          ...securityHeaders(`ws://127.0.0.1:${this.#port}`),
          'Content-Type': file?.type ?? 'text/plain',
        };
        response.writeHead(file === undefined ? 404 : 200, headers).end(file?.content);
      });
    });
    const windows = new WebSocketServer({
      server: http,
      path: '/api',
      verifyClient: ({ req }: { req: IncomingMessage }) => hasToken(req.url),
    });
    windows.on('connection', (socket) => {
      this.#sockets.add(socket);
      const detach = this.#contract.attach({
        send: (text) => {
          socket.send(text);
        },
        onMessage: (listener) => {
          const onMessage = (data: Buffer): void => {
            listener(data.toString('utf8'));
          };
          socket.on('message', onMessage);
          return () => socket.off('message', onMessage);
        },
      });
      socket.on('close', () => {
        this.#sockets.delete(socket);
        detach();
      });
    });
    await new Promise<void>((resolve) => http.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (http.address() as AddressInfo).port;
    this.#http = http;
  }

  /** Goes away as a core that has ended: the port is closed and every window loses its connection. */
  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.terminate();
    const http = this.#http;
    this.#http = null;
    http?.closeAllConnections();
    await new Promise<void>((resolve) => (http === null ? resolve() : http.close(() => { resolve(); }))); // prettier-ignore
  }

  /** Lays changes over the state and publishes it. */
  change(change: Partial<Snapshot>): void {
    this.#state = { ...this.#state, ...change, revision: this.#state.revision + 1 };
    this.#remember();
    for (const listener of this.#changed) listener();
  }

  /** Lays changes over one call. */
  changeCall(callId: string, change: Partial<CallView>): void {
    this.change({ calls: this.#state.calls.map((call) => (call.id === callId ? { ...call, ...change } : call)) });
  }

  /** Sends levels of running calls. */
  levels(levels: EventBody<'levels'>): void {
    this.#contract.publishLevels(levels);
  }

  /** Keeps messages, or what has become of them, and publishes that there are some. */
  message(...messages: readonly TextMessage[]): void {
    for (const message of messages) this.#memory.messages.put(message);
    const { revision } = this.#state.messages;
    this.change({ messages: { revision: revision + 1, unseen: this.#memory.messages.unseen() } });
  }

  /** The input of the newest request of a name. */
  lastInput<N extends RequestName>(name: N): RequestInput<N> | undefined {
    return this.asked.findLast(({ request }) => request === name)?.input as RequestInput<N> | undefined;
  }

  #remember(): void {
    for (const call of this.#state.calls) {
      const { id, accountId, direction, remoteAddress, remoteName, startedAt, connectedAt, endedAt, security } = call;
      if (call.state !== 'ended') continue;
      const missed = direction === 'incoming' && connectedAt === null;
      this.#memory.history.put({
        id,
        accountId,
        account: this.#state.accounts[0]?.address ?? '',
        direction,
        address: remoteAddress,
        name: remoteName,
        startedAt,
        connectedAt,
        endedAt,
        outcome: connectedAt !== null ? 'answered' : missed ? 'missed' : 'failed',
        code: call.diagnosis?.code ?? null,
        security: security.state,
      });
    }
  }

  /** What this core answers by itself. */
  #own(name: RequestName): (input: never) => Promise<unknown> {
    const handlers: Scripts = {
      ...this.#history.handlers,
      ...this.#contacts.handlers,
      'messages.threads': ({ offset, limit }) => Promise.resolve(this.#memory.messages.threads(offset, limit)),
      'messages.read': ({ accountId, address, offset, limit }) =>
        Promise.resolve(this.#memory.messages.read(accountId, address, offset, limit)),
      'messages.seen': ({ accountId, address }) => {
        const seen = this.#memory.messages.markSeen(accountId, address);
        if (seen.ok && seen.value > 0) this.message();
        return Promise.resolve(null);
      },
      'messages.remove': ({ accountId, address }) => {
        this.#memory.messages.remove(accountId, address);
        this.message();
        return Promise.resolve(null);
      },
      'dial.resolve': ({ target }) => {
        const uri = parseTarget(target, 'sotto.localhost');
        return Promise.resolve({ address: uri.ok ? formatUri(uri.value) : null, reason: uri.ok ? null : uri.error });
      },
      'people.search': ({ text }) =>
        Promise.resolve({ hits: [...this.#contacts.people(text, 8), ...this.#history.people(text, 8)].slice(0, 8) }),
    };
    return (handlers[name] as ((input: never) => Promise<unknown>) | undefined) ?? (() => Promise.resolve(null));
  }

  #handlers(): RequestHandlers {
    return new Proxy({} as RequestHandlers, {
      get:
        (_, name: RequestName) =>
        (input: never): Promise<unknown> => {
          if (name === 'state.get') return Promise.resolve(this.#state);
          const answer = this.scripts[name] ?? this.#own(name);
          if (isReading(name)) return answer(input);
          this.asked.push({ request: name, input });
          return answer(input);
        },
    });
  }
}

/** Requests that change nothing, and of which a window makes many. */
function isReading(name: RequestName): boolean {
  return /^(?:history|contacts|people|dial|messages)\.(?:read|days|seen|resolve|search|threads)$/.test(name);
}

function hasToken(path = ''): boolean {
  return new URL(path, 'http://127.0.0.1').searchParams.get('token') === TOKEN;
}
