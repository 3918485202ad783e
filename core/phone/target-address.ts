import { err, ok, type Result } from '../base/result.ts';
import { isSipUri, parseUri, sipUri, type SipUri } from '../sip/message/uri.ts';

/**
 * What a person types or pastes, made an address: `1001`, `+49 30 123-45`, `alice`, `alice@example.com`, `sip:…`, `sips:…`,
 * `tel:…`, with or without angle brackets and a display name. `domain` completes what has none.
 */
export function parseTarget(text: string, domain: string): Result<SipUri, string> {
  const bracketed = /<([^<>]+)>/.exec(text)?.[1] ?? text;
  const trimmed = bracketed.trim();
  if (trimmed === '') return err('nothing to call');
  if (/^(?:sips?|tel|callto):/i.test(trimmed)) return fromUri(trimmed.replace(/^callto:/i, 'sip:'), domain);
  // Another scheme; nobody types a password into an address to be called.
  if (/^[^@]*:.*@/.test(trimmed)) return err('this kind of address cannot be called');
  if (trimmed.includes('@')) return fromUri(`sip:${trimmed}`, domain);
  const number = trimmed.replace(/[\s().\-/]/g, '');
  if (/^\+?[0-9*#]+$/.test(number)) return ok(sipUri({ user: number, host: domain }));
  if (/^[A-Za-z0-9_.!~*'&=+$,;?/-]+$/.test(trimmed)) return ok(sipUri({ user: trimmed, host: domain }));
  return err('this is neither a number nor an address');
}

function fromUri(text: string, domain: string): Result<SipUri, string> {
  const uri = parseUri(text);
  if (!uri.ok) return uri;
  if (uri.value.scheme === 'tel') {
    return ok(sipUri({ user: uri.value.number.replace(/[().-]/g, ''), host: domain }));
  }
  if (!isSipUri(uri.value)) return err('this kind of address cannot be called');
  // `sip:1001` has a number where the host should be.
  if (uri.value.user === undefined && !uri.value.host.includes('.') && uri.value.host !== 'localhost') {
    return ok(sipUri({ scheme: uri.value.scheme, user: uri.value.host, host: domain }));
  }
  // Headers and method parameters of a pasted link are not ours to obey.
  const { scheme, user, host, port } = uri.value;
  return ok(sipUri({ scheme, user, host, port }));
}
