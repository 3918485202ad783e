import { formatHost, isIPv6 } from '../base/address.ts';
import { err, ok, type Result } from '../base/result.ts';
import { isSipUri, parseUri, type SipUri } from '../sip/message/uri.ts';

/** The transports that can be tested. */
export type ProbeTransport = 'udp' | 'tcp' | 'tls';

const LONGEST_TARGET = 1024;

/**
 * Reads what a person wrote: `sips:`, `sip:`, `user@domain`, `host` or `host:port`. Without a scheme TLS is meant; with
 * `sip:` RFC 3263 decides. `transport` goes before both. The error says what is wrong.
 */
export function parseProbeTarget(text: string, transport?: ProbeTransport): Result<SipUri, string> {
  if (text.length > LONGEST_TARGET) return err('the target is too long');
  const hasScheme = /^sips?:/i.test(text);
  const parsed = parseUri(hasScheme ? text : `sip:${isIPv6(text) ? formatHost(text) : text}`);
  if (!parsed.ok) return parsed;
  const uri = parsed.value;
  if (!isSipUri(uri)) return err('not a SIP address');
  if (uri.password !== undefined) return err('a password does not belong into an address: use --password');
  if (uri.port === 0) return err('port out of range');
  const wanted = transport ?? (hasScheme ? undefined : 'tls');
  if (wanted === undefined || (wanted === 'tls' && uri.scheme === 'sips')) return ok(uri);
  if (uri.scheme === 'sips') return err(`a sips address is never reached by ${wanted}`);
  return ok({ ...uri, parameters: new Map([...uri.parameters, ['transport', wanted]]) });
}
