import { lookup, Resolver as DnsResolver } from 'node:dns/promises';
import { err, ok, type Result } from '../base/result.ts';
import type { LookupFailure, NaptrRecord, Resolver, SrvRecord } from '../sip/locate/resolver.ts';

/**
 * The DNS of the system, or of the name servers given as `address` or `address:port`. Without own name servers, addresses
 * come from the system's resolver, with its hosts file and search list.
 */
export class NodeResolver implements Resolver {
  readonly #dns: DnsResolver;
  readonly #ownServers: boolean;

  constructor(
    options: { readonly servers?: readonly string[]; readonly timeoutMs?: number; readonly tries?: number } = {},
  ) {
    this.#dns = new DnsResolver({ timeout: options.timeoutMs ?? 2000, tries: options.tries ?? 2 });
    this.#ownServers = options.servers !== undefined;
    if (options.servers !== undefined) this.#dns.setServers(options.servers);
  }

  naptr(name: string): Promise<Result<readonly NaptrRecord[], LookupFailure>> {
    return settled(this.#dns.resolveNaptr(name));
  }

  async srv(name: string): Promise<Result<readonly SrvRecord[], LookupFailure>> {
    const records = await settled(this.#dns.resolveSrv(name));
    if (!records.ok) return records;
    return ok(
      records.value.map(({ priority, weight, port, name: target }) => ({
        priority,
        weight,
        port,
        target: target.replace(/\.$/, ''),
      })),
    );
  }

  async addresses(name: string): Promise<Result<readonly string[], LookupFailure>> {
    // RFC 6761 §6.3, whatever a hosts file says.
    if (/^(?:.+\.)?localhost\.?$/i.test(name)) return ok(['127.0.0.1', '::1']);
    if (!this.#ownServers) {
      const found = await settled(lookup(name, { all: true, order: 'verbatim' }));
      return found.ok ? ok(found.value.map(({ address }) => address)) : found;
    }
    const [v4, v6] = await Promise.all([settled(this.#dns.resolve4(name)), settled(this.#dns.resolve6(name))]);
    const addresses = [...(v4.ok ? v4.value : []), ...(v6.ok ? v6.value : [])];
    if (addresses.length > 0) return ok(addresses);
    // No answer explains more than no record.
    return !v4.ok && v4.error === 'timeout' ? v4 : v6;
  }
}

async function settled<T>(lookup: Promise<readonly T[]>): Promise<Result<readonly T[], LookupFailure>> {
  try {
    const records = await lookup;
    return records.length > 0 ? ok(records) : err('not-found');
  } catch (error) {
    return err(failureOf((error as NodeJS.ErrnoException).code));
  }
}

function failureOf(code: string | undefined): LookupFailure {
  switch (code) {
    case 'ENOTFOUND':
    case 'ENODATA':
      return 'not-found';
    case 'ETIMEOUT':
    case 'ETIMEDOUT':
    case 'EAI_AGAIN':
    case 'ECONNREFUSED':
      return 'timeout';
    default:
      return 'failed';
  }
}
