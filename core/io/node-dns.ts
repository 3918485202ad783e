import { createSocket } from 'node:dgram';
import { lookup, Resolver as SystemResolver } from 'node:dns/promises';
import { connect } from 'node:net';
import { isIPv6, isNumericHost, type SocketAddress } from '../base/address.ts';
import { err, ok, type Result } from '../base/result.ts';
import { CachingResolver } from '../sip/locate/caching-resolver.ts';
import { DnsClient, type DnsExchange } from '../sip/locate/dns-client.ts';
import type { Answer, LookupFailure, NaptrRecord, Resolver, SrvRecord } from '../sip/locate/resolver.ts';
import { systemClock } from './node-clock.ts';
import { systemRandom } from './node-random.ts';

/**
 * The DNS of the system, or of the name servers given as `address` or `address:port`. Answers are kept for as long as they
 * hold. Without own name servers, addresses come from the system's resolver, with its hosts file and search list.
 */
export class NodeResolver implements Resolver {
  readonly #dns: CachingResolver;
  readonly #ownServers: boolean;
  readonly #lookups = new Map<string, Promise<Result<Answer<string>, LookupFailure>>>();

  constructor(
    options: { readonly servers?: readonly string[]; readonly timeoutMs?: number; readonly tries?: number } = {},
  ) {
    const { servers } = options;
    this.#ownServers = servers !== undefined;
    const client = new DnsClient({
      exchange: socketExchange,
      clock: systemClock,
      random: systemRandom,
      // Asked anew each time: another network has other name servers.
      servers: () => (servers ?? new SystemResolver().getServers()).flatMap(serverAddress),
      timeoutMs: options.timeoutMs ?? 2000,
      tries: options.tries ?? 2,
    });
    this.#dns = new CachingResolver({ query: (name, type) => client.query(name, type), clock: systemClock });
  }

  naptr(name: string): Promise<Result<Answer<NaptrRecord>, LookupFailure>> {
    return this.#dns.naptr(name);
  }

  srv(name: string): Promise<Result<Answer<SrvRecord>, LookupFailure>> {
    return this.#dns.srv(name);
  }

  addresses(name: string): Promise<Result<Answer<string>, LookupFailure>> {
    // RFC 6761 §6.3, whatever a hosts file says.
    if (/^(?:.+\.)?localhost\.?$/i.test(name)) return Promise.resolve(ok({ records: ['127.0.0.1', '::1'] }));
    return this.#ownServers ? this.#dns.addresses(name) : this.#systemAddresses(name);
  }

  /** The system keeps what it knows itself and does not tell for how long it holds. */
  #systemAddresses(name: string): Promise<Result<Answer<string>, LookupFailure>> {
    const pending = this.#lookups.get(name);
    if (pending !== undefined) return pending;
    const asking = systemAddresses(name).finally(() => this.#lookups.delete(name));
    this.#lookups.set(name, asking);
    return asking;
  }
}

async function systemAddresses(name: string): Promise<Result<Answer<string>, LookupFailure>> {
  try {
    const found = await lookup(name, { all: true, order: 'verbatim' });
    return found.length > 0 ? ok({ records: found.map(({ address }) => address) }) : err('not-found');
  } catch (error) {
    return err(failureOf((error as NodeJS.ErrnoException).code));
  }
}

function failureOf(code: string | undefined): LookupFailure {
  switch (code) {
    case 'ENOTFOUND':
    case 'ENODATA':
      return 'not-found';
    case 'ETIMEDOUT':
    case 'EAI_AGAIN':
      return 'timeout';
    default:
      return 'failed';
  }
}

/** `192.0.2.1`, `192.0.2.1:53`, `2001:db8::1` or `[2001:db8::1]:53`; nothing where it is none of them. */
function serverAddress(text: string): readonly SocketAddress[] {
  const bare = text.replace(/%[^\]]*/, '');
  if (isNumericHost(bare)) return [{ address: text.replace(/^\[|\]$/g, ''), port: 53 }];
  const [, address, port] = /^\[?(.+?)\]?:(\d{1,5})$/.exec(text) ?? [];
  return address === undefined ? [] : [{ address, port: Number(port) }];
}

/** One socket for each question, so that each has a port that nobody can guess. */
const socketExchange: DnsExchange = {
  start: (server, query, protocol, handler) =>
    protocol === 'udp' ? askByDatagram(server, query, handler) : askByStream(server, query, handler),
};

type Exchange = DnsExchange['start'];
type Handler = Parameters<Exchange>[3];

function askByDatagram(server: SocketAddress, query: Uint8Array, handler: Handler): ReturnType<Exchange> {
  const socket = createSocket(isIPv6(server.address.replace(/%.*$/, '')) ? 'udp6' : 'udp4');
  let over = false;
  const close = (): void => {
    if (over) return;
    over = true;
    socket.close();
  };
  socket.on('error', () => {
    if (over) return;
    close();
    handler.onFailure();
  });
  socket.on('message', (octets) => {
    handler.onAnswer(octets);
  });
  // A connected socket takes nothing from anybody else, and hears that nobody listens there.
  socket.connect(server.port, server.address, () => {
    if (!over) socket.send(query);
  });
  return { cancel: close };
}

function askByStream(server: SocketAddress, query: Uint8Array, handler: Handler): ReturnType<Exchange> {
  const socket = connect({ host: server.address, port: server.port });
  let received: Buffer = Buffer.alloc(0);
  socket.on('connect', () => {
    socket.end(Buffer.concat([Buffer.from([query.length >> 8, query.length & 0xff]), query]));
  });
  socket.on('data', (octets) => {
    received = Buffer.concat([received, octets]);
    const whole = received.length >= 2 ? 2 + received.readUInt16BE(0) : Infinity;
    if (received.length < whole) return;
    socket.destroy();
    handler.onAnswer(received.subarray(2, whole));
  });
  socket.on('error', () => undefined);
  // After an answer nobody minds.
  socket.on('close', () => {
    handler.onFailure();
  });
  return { cancel: () => socket.destroy() };
}
