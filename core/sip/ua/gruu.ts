import type { Parameters } from '../message/parameters.ts';
import { isSipUri, parseUri, type SipUri } from '../message/uri.ts';

/** The addresses that a registrar made for one device (RFC 5627): both reach this device and no other of the user. */
export interface Gruu {
  /** Shows whose it is, and stays the same. */
  readonly public: SipUri | undefined;
  /** Shows nothing, and is another one with each registration. */
  readonly temporary: SipUri | undefined;
}

/** The GRUUs in the parameters of our Contact in a 200 to REGISTER (RFC 5627 §4.2); `undefined` where there is none. */
export function readGruu(parameters: Parameters): Gruu | undefined {
  const gruu = { public: uriIn(parameters, 'pub-gruu'), temporary: uriIn(parameters, 'temp-gruu') };
  return gruu.public === undefined && gruu.temporary === undefined ? undefined : gruu;
}

function uriIn(parameters: Parameters, name: string): SipUri | undefined {
  const uri = parseUri(parameters.get(name) ?? '');
  return uri.ok && isSipUri(uri.value) ? uri.value : undefined;
}

/** The instance that `+sip.instance` names, without its angle brackets (RFC 5626 §4.1); `undefined` where it is malformed. */
export function readInstance(parameters: Parameters): string | undefined {
  return /^<([^<>]+)>$/.exec(parameters.get('+sip.instance') ?? '')?.[1];
}

/** The number of the flow (RFC 5626 §4.2); `undefined` where there is none, or one that is none. */
export function readRegId(parameters: Parameters): number | undefined {
  const text = parameters.get('reg-id') ?? '';
  const value = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  return value >= 1 && value < 2 ** 31 ? value : undefined;
}
