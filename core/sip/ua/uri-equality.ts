import type { Parameters } from '../message/parameters.ts';
import { formatUri, isSipUri, type SipUri, type Uri } from '../message/uri.ts';

/** Parameters that never match where only one of the URIs has them (RFC 3261 §19.1.4). */
const DECISIVE: readonly string[] = ['user', 'ttl', 'method', 'maddr', 'transport'];

/** Whether two URIs are the same address by the rules of RFC 3261 §19.1.4; others than SIP compare as they are written. */
export function sameUri(one: Uri, other: Uri): boolean {
  if (!isSipUri(one) || !isSipUri(other)) return formatUri(one) === formatUri(other);
  return (
    one.scheme === other.scheme &&
    one.user === other.user &&
    one.password === other.password &&
    one.host === other.host &&
    one.port === other.port &&
    sameParameters(one, other) &&
    sameHeaders(one.headers, other.headers)
  );
}

function sameParameters({ parameters: one }: SipUri, { parameters: other }: SipUri): boolean {
  const areDecisiveEqual = DECISIVE.every((name) => textOf(one, name) === textOf(other, name));
  return (
    areDecisiveEqual && [...one.keys()].every((name) => !other.has(name) || textOf(one, name) === textOf(other, name))
  );
}

function textOf(parameters: Parameters, name: string): string | null | undefined {
  return parameters.get(name)?.toLowerCase() ?? (parameters.has(name) ? null : undefined);
}

/** All of them must be there on both sides; their order does not count. */
function sameHeaders(one = '', other = ''): boolean {
  const sorted = (text: string): string => text.split('&').sort().join('&').toLowerCase();
  return sorted(one) === sorted(other);
}
