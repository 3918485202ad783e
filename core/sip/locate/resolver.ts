import type { Result } from '../../base/result.ts';

/** One SRV record (RFC 2782). */
export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** Without the final dot; empty where the record says that the service decidedly does not exist. */
  readonly target: string;
}

/** One NAPTR record (RFC 3403 §4.1). */
export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly regexp: string;
  readonly replacement: string;
}

/** Why a lookup gave nothing: the name has no such record, nobody answered in time, or the answer was of no use. */
export type LookupFailure = 'not-found' | 'timeout' | 'failed';

/** What the DNS said to one question. */
export interface Answer<T> {
  /** At least one. */
  readonly records: readonly T[];
  /** Seconds for which the answer holds from now on; `undefined` where the system did not tell. */
  readonly ttl?: number | undefined;
  /** Whether it was known already, so that nobody was asked. */
  readonly cached?: boolean;
  /** The names that CNAME records led through, the last one being the owner of the records. */
  readonly aliases?: readonly string[];
}

/** The DNS as RFC 3263 needs it. */
export interface Resolver {
  naptr(name: string): Promise<Result<Answer<NaptrRecord>, LookupFailure>>;
  srv(name: string): Promise<Result<Answer<SrvRecord>, LookupFailure>>;
  /** Numeric addresses of both families, the preferred first. */
  addresses(name: string): Promise<Result<Answer<string>, LookupFailure>>;
}
