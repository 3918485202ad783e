import { isNumericHost } from '../../base/address.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { DnsOutcome } from './dns-client.ts';
import type { DnsRecord, DnsType } from './dns-message.ts';
import type { Answer, LookupFailure, NaptrRecord, Resolver, SrvRecord } from './resolver.ts';

/** The longest time that an answer is kept, seconds: a day, and three hours where it was "there is none" (RFC 2308 §5). */
const MAX_TTL_S = 86_400;
const MAX_NEGATIVE_TTL_S = 10_800;
/** How long the other family may take once one has come (RFC 8305 §3). */
const RESOLUTION_DELAY_MS = 50;

interface Entry {
  readonly outcome: Exclude<DnsOutcome, { readonly kind: 'failed' }>;
  readonly until: number;
}

/**
 * A resolver that remembers what it was told for as long as it was told (RFC 1035 §3.2.1, RFC 2308 for what does not exist)
 * and asks once, however many want to know at the same time. Failures are not remembered.
 */
export class CachingResolver implements Resolver {
  readonly #query: (name: string, type: DnsType) => Promise<DnsOutcome>;
  readonly #clock: Clock;
  readonly #capacity: number;
  /** The least recently used first. */
  readonly #entries = new Map<string, Entry>();
  readonly #pending = new Map<string, Promise<DnsOutcome>>();

  /** `capacity`: entries kept at most. */
  constructor(options: {
    readonly query: (name: string, type: DnsType) => Promise<DnsOutcome>;
    readonly clock: Clock;
    readonly capacity?: number;
  }) {
    this.#query = options.query;
    this.#clock = options.clock;
    this.#capacity = options.capacity ?? 1000;
  }

  /** Entries kept at the moment. */
  get size(): number {
    return this.#entries.size;
  }

  naptr(name: string): Promise<Result<Answer<NaptrRecord>, LookupFailure>> {
    return this.#records(name, 'NAPTR', (record) => (record.type === 'NAPTR' ? [record.data] : []));
  }

  srv(name: string): Promise<Result<Answer<SrvRecord>, LookupFailure>> {
    return this.#records(name, 'SRV', (record) => (record.type === 'SRV' ? [record.data] : []));
  }

  /** A and AAAA at the same time, AAAA first (RFC 8305 §3); once one has come the other gets 50 ms. */
  async addresses(name: string): Promise<Result<Answer<string>, LookupFailure>> {
    if (isNumericHost(name)) return ok({ records: [name] });
    const families = [this.#addressesOf(name, 'AAAA'), this.#addressesOf(name, 'A')];
    const outcomes: (Result<Answer<string>, LookupFailure> | undefined)[] = [undefined, undefined];
    await new Promise<void>((resolve) => {
      let left = families.length;
      let patience: Timer | undefined;
      for (const [index, family] of families.entries()) {
        void family.then((outcome) => {
          outcomes[index] = outcome;
          if (--left === 0) {
            patience?.cancel();
            resolve();
          } else if (outcome.ok) patience = this.#clock.after(RESOLUTION_DELAY_MS, resolve);
        });
      }
    });
    const found = outcomes.flatMap((outcome) => (outcome?.ok === true ? [outcome.value] : []));
    if (found.length === 0) {
      // No answer explains more than no record.
      const failures = outcomes.flatMap((outcome) => (outcome?.ok === false ? [outcome.error] : []));
      return err(failures.find((failure) => failure !== 'not-found') ?? 'not-found');
    }
    return ok({
      records: found.flatMap(({ records }) => records),
      ttl: Math.min(...found.map(({ ttl = 0 }) => ttl)),
      cached: found.every(({ cached }) => cached),
      aliases: found[0]?.aliases ?? [],
    });
  }

  #addressesOf(name: string, type: 'A' | 'AAAA'): Promise<Result<Answer<string>, LookupFailure>> {
    return this.#records(name, type, (record) => (record.type === type ? [record.data] : []));
  }

  async #records<T>(
    name: string,
    type: DnsType,
    read: (record: DnsRecord) => readonly T[],
  ): Promise<Result<Answer<T>, LookupFailure>> {
    const key = `${type} ${name.replace(/\.$/, '').toLowerCase()}`;
    const known = this.#known(key);
    const outcome = known?.outcome ?? (await this.#ask(key, name, type));
    if (outcome.kind === 'failed') return err(outcome.failure);
    if (outcome.kind === 'absent') return err('not-found');
    const ttl = known === undefined ? outcome.ttl : Math.ceil((known.until - this.#clock.now()) / 1000);
    return ok({
      records: outcome.records.flatMap(read),
      ttl,
      cached: known !== undefined,
      aliases: outcome.aliases,
    });
  }

  #known(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.until <= this.#clock.now()) return undefined;
    this.#entries.set(key, entry);
    return entry;
  }

  async #ask(key: string, name: string, type: DnsType): Promise<DnsOutcome> {
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    const asking = this.#query(name, type);
    this.#pending.set(key, asking);
    const outcome = await asking;
    this.#pending.delete(key);
    if (outcome.kind !== 'failed') this.#keep(key, outcome);
    return outcome;
  }

  #keep(key: string, outcome: Entry['outcome']): void {
    const longest = outcome.kind === 'found' ? MAX_TTL_S : MAX_NEGATIVE_TTL_S;
    const ttl = Math.min(outcome.ttl, longest);
    if (ttl <= 0) return;
    this.#entries.set(key, { outcome, until: this.#clock.now() + ttl * 1000 });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#capacity && oldest !== undefined) this.#entries.delete(oldest);
  }
}
