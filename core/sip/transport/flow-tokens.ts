import { err, ok, type Result } from '../../base/result.ts';
import type { Flow } from './flow.ts';

/** A keyed hash with a secret of this process, such as HMAC-SHA-256; 16 octets or more. */
export type FlowTokenMac = (octets: Uint8Array) => Uint8Array;

/** Octets of the hash that are kept, as RFC 5626 §5.2 does with SHA-1. */
const MAC_OCTETS = 10;

/**
 * Names of flows to put into Path, Record-Route and Route, as the user part of a URI (RFC 5626 §5.2, §5.3): who holds one can
 * have a request sent on exactly this flow, and nobody can make one up. A token is of no use once its flow is closed, or in
 * another run.
 */
export class FlowTokens {
  readonly #mac: FlowTokenMac;
  readonly #flows: () => Iterable<Flow>;

  /** `flows` gives the open flows. */
  constructor(mac: FlowTokenMac, flows: () => Iterable<Flow>) {
    this.#mac = mac;
    this.#flows = flows;
  }

  /** The token of a flow: hexadecimal hash, a dot, and the name of the flow, all allowed unescaped in a user part. */
  encode({ id }: Flow): string {
    return `${this.#hashOf(id)}.${id}`;
  }

  /**
   * The flow that a token names. The error is the status to answer with: 403 for a token that is not ours (RFC 5626 §5.3), 430
   * for one whose flow is gone (§11.5).
   */
  find(token: string): Result<Flow, 403 | 430> {
    const dot = token.indexOf('.');
    const id = token.slice(dot + 1);
    if (dot < 0 || !isSameText(token.slice(0, dot), this.#hashOf(id))) return err(403);
    for (const flow of this.#flows()) if (flow.id === id && flow.open) return ok(flow);
    return err(430);
  }

  #hashOf(id: string): string {
    const mac = this.#mac(new TextEncoder().encode(id)).subarray(0, MAC_OCTETS);
    return Array.from(mac, (octet) => octet.toString(16).padStart(2, '0')).join('');
  }
}

/** Takes as long wherever the first difference is, so that a hash cannot be found out piece by piece. */
function isSameText(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let index = 0; index < one.length; index++) difference |= one.charCodeAt(index) ^ other.charCodeAt(index);
  return difference === 0;
}
