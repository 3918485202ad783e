import { createServer, type Socket } from 'node:net';
import { systemClock } from '../../../core/io/node-clock.ts';
import { nodeNetwork } from '../../../core/io/node-network.ts';
import { systemRandom } from '../../../core/io/node-random.ts';
import { sipUri } from '../../../core/sip/message/uri.ts';
import { TransactionLayer } from '../../../core/sip/transaction/transaction-layer.ts';
import type { ServerTransaction } from '../../../core/sip/transaction/transaction-user.ts';
import { TransportLayer } from '../../../core/sip/transport/transport-layer.ts';
import { UserAgent } from '../../../core/sip/ua/user-agent.ts';
import { DEFAULT_TLS_CLIENT_SETTINGS, type TlsServerSettings } from '../../../core/tls/tls-settings.ts';
import { Tracer } from '../../../core/trace/tracer.ts';
import { good } from '../../support/test-authority.ts';

/** Something that listens on a port of 127.0.0.1. */
export interface Server {
  readonly port: number;
  /** Connections that were taken, and the most at one time. */
  readonly taken: { readonly all: number; readonly most: number };
  close(): Promise<void>;
}

type TlsChanges = Pick<TlsServerSettings, 'identity'> & Partial<TlsServerSettings>;

/** What a test makes of requests outside any dialog. */
export interface ServerScript {
  readonly userAgent: UserAgent;
  readonly transactions: TransactionLayer;
}

/**
 * A SIP server that answers OPTIONS and keep-alives, over TLS where it gets settings. `onRequest` may answer before it does,
 * and says so.
 */
export async function sipServer(
  tls?: TlsChanges,
  onRequest: (transaction: ServerTransaction, script: ServerScript) => boolean = () => false,
): Promise<Server> {
  const common = { clock: systemClock, random: systemRandom, tracer: new Tracer(systemClock) };
  const transports = new TransportLayer({ ...common, network: nodeNetwork, name: 'server' });
  const transactions = new TransactionLayer({
    ...common,
    responseFlow: async (_request, flow) => ({ ok: true, value: flow }),
  });
  const userAgent = new UserAgent({
    ...common,
    transactions,
    userAgent: 'server under test',
    contact: ({ local }) => sipUri({ host: local.address, port: local.port }),
  });
  userAgent.setUser({
    onInvite: (transaction) => {
      if (!onRequest(transaction, { userAgent, transactions })) userAgent.reply(transaction, 480);
    },
    onRequest: (transaction) => onRequest(transaction, { userAgent, transactions }),
  });
  transports.onMessage((message, flow) => {
    transactions.receive(message, flow);
  });
  const local = { address: '127.0.0.1', port: 0 };
  const settings =
    tls === undefined ? undefined : { ...DEFAULT_TLS_CLIENT_SETTINGS, clientCertificate: 'ignored' as const, ...tls };
  const listener = good(
    await transports.listen(
      settings === undefined ? { protocol: 'tcp', local } : { protocol: 'tls', local, tls: settings },
    ),
  );
  return {
    port: listener.local.port,
    taken: { all: 0, most: 0 },
    close: async () => {
      transactions.close();
      await transports.close();
    },
  };
}

/** A server that does with its connections what the test says. */
export async function rawServer(onConnection: (socket: Socket) => void): Promise<Server> {
  const sockets = new Set<Socket>();
  const taken = { all: 0, most: 0 };
  const server = createServer({ allowHalfOpen: false }, (socket) => {
    sockets.add(socket);
    taken.all++;
    // The end of the one before may be in the same round of events.
    setTimeout(() => (taken.most = Math.max(taken.most, sockets.size)), 20);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    taken,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
