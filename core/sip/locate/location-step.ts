import type { Target } from '../transport/flow.ts';
import type { LookupFailure } from './resolver.ts';

/** What a search asks for: one type of records, or both kinds of addresses. */
export type LookupType = 'NAPTR' | 'SRV' | 'A/AAAA';

/** Where a request may go, and which name led there. */
export interface LocatedTarget extends Target {
  /** The host whose address it is: of several addresses of one host any will do (RFC 8305). */
  readonly host: string;
  /** Why it is not tried in its turn: it failed not long ago. */
  readonly resting?: boolean;
}

/** One step of a search, for people who want to know why (RFC 3263). */
export type LocationStep =
  /** A choice that needed no question; `rule` is a section of RFC 3263 unless it names another. */
  | { readonly step: 'decision'; readonly rule: string; readonly text: string }
  | {
      readonly step: 'answer';
      readonly type: LookupType;
      readonly name: string;
      /** As in a zone file, without owner, TTL and class. */
      readonly records: readonly string[];
      readonly ttl: number | undefined;
      readonly cached: boolean;
      readonly aliases: readonly string[];
    }
  | { readonly step: 'no-answer'; readonly type: LookupType; readonly name: string; readonly failure: LookupFailure }
  | { readonly step: 'skipped'; readonly record: string; readonly reason: string }
  | { readonly step: 'located'; readonly targets: readonly LocatedTarget[] };
