import type { NameAddress } from '../message/header-values.ts';
import { formatNameAddress } from '../message/name-address.ts';
import { withParameters } from '../message/parameters.ts';
import { isSipUri, type Uri } from '../message/uri.ts';

/** How a request goes through a route set. */
export interface RoutedRequest {
  readonly uri: Uri;
  /** Values of Route, in order. */
  readonly routes: readonly string[];
  /** Where the request is sent: what RFC 3263 is asked about. */
  readonly nextHop: Uri;
}

/**
 * Request-URI and Route of a request to `target` (RFC 3261 §12.2.1.1). A first route with `lr` is a loose router and stays in
 * Route; without, it is a strict router of RFC 2543 and becomes the Request-URI, the target going to the end of Route.
 */
export function routeRequest(target: Uri, routeSet: readonly NameAddress[]): RoutedRequest {
  const [first, ...rest] = routeSet;
  if (first === undefined) return { uri: target, routes: [], nextHop: target };
  if (isLooseRouter(first.uri)) {
    return { uri: target, routes: routeSet.map(formatNameAddress), nextHop: first.uri };
  }
  const uri = asRequestUri(first.uri);
  return { uri, routes: [...rest.map(formatNameAddress), formatNameAddress({ uri: target })], nextHop: uri };
}

function isLooseRouter(uri: Uri): boolean {
  return isSipUri(uri) && uri.parameters.has('lr');
}

/** Without what must not be in a Request-URI: `method` and headers (RFC 3261 §19.1.1, table 1). */
function asRequestUri(uri: Uri): Uri {
  if (!isSipUri(uri)) return uri;
  const { headers: _headers, ...bare } = uri;
  return { ...bare, parameters: withParameters(uri.parameters, { method: undefined }) };
}
