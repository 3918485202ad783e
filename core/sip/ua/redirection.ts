import type { Diagnosis } from '../../base/diagnosis.ts';
import type { Result } from '../../base/result.ts';
import type { SipResponse } from '../message/message.ts';
import { NO_PARAMETERS, withParameters } from '../message/parameters.ts';
import { formatUri, isSipUri, type SipUri } from '../message/uri.ts';
import type { Flow } from '../transport/flow.ts';

/** Makes a client session follow 300, 301 and 302 (RFC 3261 §8.1.3.4). */
export interface RedirectionOptions {
  /** The flow to a target of a Contact. */
  readonly connect: (target: SipUri) => Promise<Result<Flow, Diagnosis>>;
  /** Targets that are tried at most, beside the first; 5 by default. */
  readonly most?: number;
}

/** 305 would hand our calls to any proxy that an answer names, 380 is for people to read: neither is followed. */
const FOLLOWED: ReadonlySet<number> = new Set([300, 301, 302]);

const MOST_TARGETS = 5;

/**
 * The target set of one call (RFC 3261 §8.1.3.4): the Contacts of each 3xx by falling q, none twice, none weaker than SIPS
 * where the call was to be SIPS, and not more than a limit.
 */
export class TargetSet {
  readonly #secure: boolean;
  readonly #seen = new Set<string>();
  #waiting: { readonly uri: SipUri; readonly q: number }[] = [];
  #left: number;

  constructor(first: SipUri, most: number = MOST_TARGETS) {
    this.#secure = first.scheme === 'sips';
    this.#left = most;
    this.#seen.add(formatUri(asTarget(first)));
  }

  /** Takes what a final response tells: the Contacts of a 3xx that is followed; after a 6xx nothing is tried any more. */
  learn(response: SipResponse): void {
    if (response.status >= 600) this.#waiting = [];
    if (!FOLLOWED.has(response.status) || response.contacts === '*') return;
    for (const { uri, parameters } of response.contacts) {
      if (!isSipUri(uri) || (this.#secure && uri.scheme !== 'sips')) continue;
      const target = asTarget(uri);
      const key = formatUri(target);
      if (this.#seen.has(key)) continue;
      this.#seen.add(key);
      this.#waiting.push({ uri: target, q: qualityOf(parameters.get('q')) });
    }
    // The sort is stable: equal q keeps the order of the header.
    this.#waiting.sort((a, b) => b.q - a.q);
  }

  /** Takes out all that are left, for somebody else to try. */
  rest(): readonly SipUri[] {
    return this.#waiting.splice(0, this.#left).map(({ uri }) => uri);
  }

  /** The next target to try; `undefined` where none is left. */
  next(): SipUri | undefined {
    if (this.#left <= 0) return undefined;
    const target = this.#waiting.shift();
    if (target !== undefined) this.#left--;
    return target?.uri;
  }
}

/** A Contact as Request-URI: without headers and `method`, which must not be in one (RFC 3261 §19.1.1, table 1). */
function asTarget({ headers: _headers, ...uri }: SipUri): SipUri {
  const parameters = withParameters(uri.parameters, { method: undefined });
  return { ...uri, parameters: parameters.size === 0 ? NO_PARAMETERS : parameters };
}

/** RFC 3261 §20.10: without q, or with one that is none, a Contact counts as 1. */
function qualityOf(q: string | null | undefined): number {
  return typeof q === 'string' && /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(q) ? Number(q) : 1;
}
