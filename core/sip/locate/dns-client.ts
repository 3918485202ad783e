import type { SocketAddress } from '../../base/address.ts';
import type { Clock } from '../../base/clock.ts';
import { randomUint32, type Random } from '../../base/random.ts';
import {
  answersQuery,
  decodeResponse,
  encodeQuery,
  type DnsRecord,
  type DnsResponse,
  type DnsType,
} from './dns-message.ts';

/** Carries one question to one name server. `core/io` has the sockets. */
export interface DnsExchange {
  /**
   * Sends `query` from a port of its own (RFC 5452 §9.2). `onAnswer` is called for each message that comes back until
   * `cancel`; over TCP for the first whole one only. `onFailure` is called at most once. Neither is called before `start`
   * returned.
   */
  start(
    server: SocketAddress,
    query: Uint8Array,
    protocol: 'udp' | 'tcp',
    handler: { onAnswer(octets: Uint8Array): void; onFailure(): void },
  ): { cancel(): void };
}

/** What came of a question. Times in seconds. */
export type DnsOutcome =
  | {
      readonly kind: 'found';
      /** Records of the type asked for, at least one. */
      readonly records: readonly DnsRecord[];
      /** The least TTL on the way, CNAME records included. */
      readonly ttl: number;
      readonly aliases: readonly string[];
    }
  /** The name, or the type at that name, does not exist. */
  | { readonly kind: 'absent'; readonly ttl: number }
  | { readonly kind: 'failed'; readonly failure: 'timeout' | 'failed' };

const MAX_ALIASES = 8;
const NO_SUCH_NAME = 3;

/**
 * A stub resolver (RFC 1034 §5.3.1): asks the name servers in turn, waits, asks again, follows CNAME, and takes TCP where an
 * answer does not fit. An answer that is not to our question is not one (RFC 5452 §9.1).
 */
export class DnsClient {
  readonly #exchange: DnsExchange;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #servers: () => readonly SocketAddress[];
  readonly #timeoutMs: number;
  readonly #tries: number;

  /** `timeoutMs`: for each question to each server; `tries`: rounds through all servers. */
  constructor(options: {
    readonly exchange: DnsExchange;
    readonly clock: Clock;
    readonly random: Random;
    readonly servers: () => readonly SocketAddress[];
    readonly timeoutMs: number;
    readonly tries: number;
  }) {
    this.#exchange = options.exchange;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#servers = options.servers;
    this.#timeoutMs = options.timeoutMs;
    this.#tries = options.tries;
  }

  async query(name: string, type: DnsType): Promise<DnsOutcome> {
    const aliases: string[] = [];
    let owner = name.replace(/\.$/, '').toLowerCase();
    let ttl = Infinity;
    while (aliases.length <= MAX_ALIASES) {
      const response = await this.#ask(owner, type);
      if (typeof response === 'string') return { kind: 'failed', failure: response };
      const before = aliases.length;
      for (;;) {
        const alias = response.answers.find((record) => record.type === 'CNAME' && record.name === owner);
        if (alias?.type !== 'CNAME' || aliases.length > MAX_ALIASES) break;
        aliases.push(alias.data);
        ttl = Math.min(ttl, alias.ttl);
        owner = alias.data;
      }
      const records = response.answers.filter((record) => record.type === type && record.name === owner);
      if (records.length > 0)
        return { kind: 'found', records, ttl: Math.min(ttl, ...records.map((r) => r.ttl)), aliases };
      // A server that gives the alias alone leaves the rest of the way to us.
      if (aliases.length === before || response.code === NO_SUCH_NAME) {
        // Without SOA nobody may remember that there is none (RFC 2308 §5).
        return { kind: 'absent', ttl: Math.min(ttl, response.negativeTtl ?? 0) };
      }
    }
    return { kind: 'failed', failure: 'failed' };
  }

  /** The first useful answer of any server. */
  async #ask(name: string, type: DnsType): Promise<DnsResponse | 'timeout' | 'failed'> {
    let failure: 'timeout' | 'failed' = 'timeout';
    for (let round = 0; round < this.#tries; round++) {
      for (const server of this.#servers()) {
        const response = await this.#askServer(server, name, type);
        if (response === undefined) continue;
        if (response.code === 0 || response.code === NO_SUCH_NAME) return response;
        failure = 'failed';
      }
      if (failure === 'failed') break;
    }
    return failure;
  }

  async #askServer(server: SocketAddress, name: string, type: DnsType): Promise<DnsResponse | undefined> {
    const response = await this.#send(server, name, type, 'udp');
    return response?.truncated === true ? this.#send(server, name, type, 'tcp') : response;
  }

  #send(server: SocketAddress, name: string, type: DnsType, protocol: 'udp' | 'tcp'): Promise<DnsResponse | undefined> {
    const id = randomUint32(this.#random) & 0xffff;
    const query = encodeQuery(id, name, type);
    // A name that no server can be asked for is a name that does not exist.
    if (!query.ok) return Promise.resolve(noSuchName(id));
    return new Promise((resolve) => {
      let over = false;
      const finish = (response: DnsResponse | undefined): void => {
        if (over) return;
        over = true;
        timer.cancel();
        exchange.cancel();
        resolve(response);
      };
      const timer = this.#clock.after(this.#timeoutMs, () => {
        finish(undefined);
      });
      const exchange = this.#exchange.start(server, query.value, protocol, {
        onAnswer: (octets) => {
          const response = decodeResponse(octets);
          if (response.ok && answersQuery(response.value, id, name, type)) finish(response.value);
        },
        onFailure: () => {
          finish(undefined);
        },
      });
    });
  }
}

function noSuchName(id: number): DnsResponse {
  return { id, question: undefined, truncated: false, code: NO_SUCH_NAME, answers: [], negativeTtl: undefined };
}
