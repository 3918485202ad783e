import type { Parameters } from './parameters.ts';
import type { Uri } from './uri.ts';

/** `"Display Name" <uri>;parameters` as in From, To, Contact, Route (RFC 3261 §20.10). */
export interface NameAddress {
  /** Without quotes and escapes. */
  readonly displayName?: string;
  readonly uri: Uri;
  /** Header parameters such as `tag`, `expires`, `q`; not those of the URI. */
  readonly parameters: Parameters;
}

/** One Via value (RFC 3261 §20.42). */
export interface Via {
  /** Upper case: `UDP`, `TCP`, `TLS`, `WS`, `WSS`. */
  readonly transport: string;
  /** Lower case, IPv6 without brackets. */
  readonly host: string;
  readonly port?: number;
  /** `branch`, `received`, `rport`, `alias`, ... */
  readonly parameters: Parameters;
}

/** The CSeq value (RFC 3261 §20.16). */
export interface CSeq {
  /** 0 to 2**31 - 1. */
  readonly sequence: number;
  readonly method: string;
}

/** A challenge or credentials (RFC 3261 §20.7, §20.44): `Digest name=value, ...`; names lower case, values unquoted. */
export interface AuthenticationValue {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}
