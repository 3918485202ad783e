import { err, ok, type Result } from '../base/result.ts';
import { isSipUri, parseUri, sipUri, type SipUri } from '../sip/message/uri.ts';

/** Longest text in which an address is looked for. */
const MAX_TEXT = 4_096;

/**
 * What a person types or pastes, made an address: `1001`, `+49 (0)30 123-45`, `alice`, `alice@example.com`, `sip:…`, `sips:…`,
 * `tel:…`, `callto:…`, with or without angle brackets and a display name; or a text with one number or address in it. `domain`
 * completes what has none. Parameters, headers and control characters of what was pasted go nowhere.
 */
export function parseTarget(text: string, domain: string): Result<SipUri, string> {
  if (text.length > MAX_TEXT) return err('this is too long');
  const bracketed = /<([^<>]+)>/.exec(text)?.[1] ?? text;
  const trimmed = bracketed.trim();
  if (trimmed === '') return err('nothing to call');
  if (domain === '' && !trimmed.includes('@')) return err('there is no account');
  if (/^(?:sips?|tel|callto):\S*$/i.test(trimmed))
    return fromUri(trimmed.replace(/^callto:(?:\/\/)?/i, 'sip:'), domain);
  // Another scheme; nobody types a password into an address to be called.
  if (/^[^@\s]*:\S*@/.test(trimmed)) return err('this kind of address cannot be called');
  if (/^[^\s@]+@[^\s@]+$/.test(trimmed)) return fromUri(`sip:${trimmed}`, domain);
  const number = numberOf(trimmed);
  if (number !== undefined) return ok(sipUri({ user: number, host: domain }));
  if (/^[A-Za-z0-9_.+*~-]+$/.test(trimmed)) return ok(sipUri({ user: trimmed, host: domain }));
  return fromText(trimmed, domain);
}

/** A number as it is dialled; `(0)` after a country code is said, not dialled. */
function numberOf(text: string): string | undefined {
  const number = text.replace(/^(\+[\d\s.\-/]*)\(0\)/, '$1').replace(/[\s().\-/]/g, '');
  return /^\+?[0-9*#]+$/.test(number) && !/[\r\n]/.test(text) ? number : undefined;
}

/** The one address, or else the one number, of a text that says more. */
function fromText(text: string, domain: string): Result<SipUri, string> {
  const addresses = text.match(/(?:sips?:)?[\w.+-]+@[\w-]+(?:\.[\w-]+)+/gi) ?? [];
  const [address] = addresses;
  if (address !== undefined && new Set(addresses).size === 1) return fromUri(/^sips?:/i.test(address) ? address : `sip:${address}`, domain); // prettier-ignore
  // No shorter one: a date, a room or an hour is a number, too.
  const found = text.match(/\+?\(?\d[\d .()/-]{5,}\d/g) ?? [];
  const numbers = new Set(found.map(numberOf).filter((number) => number !== undefined && number.length >= 7));
  const [number] = numbers;
  if (number !== undefined && numbers.size === 1) return ok(sipUri({ user: number, host: domain }));
  return err(addresses.length + numbers.size > 1 ? 'there is more than one number in it' : 'this is neither a number nor an address'); // prettier-ignore
}

function fromUri(text: string, domain: string): Result<SipUri, string> {
  const uri = parseUri(text);
  if (!uri.ok) return uri;
  if (uri.value.scheme === 'tel') {
    return ok(sipUri({ user: numberOf(uri.value.number) ?? uri.value.number.replace(/[().-]/g, ''), host: domain }));
  }
  if (!isSipUri(uri.value)) return err('this kind of address cannot be called');
  // Headers and method parameters of a pasted link are not ours to obey.
  const { scheme, user, host, port } = uri.value;
  // `sip:1001` has a number where the host should be.
  const target =
    user === undefined && !host.includes('.') && host !== 'localhost'
      ? sipUri({ scheme, user: host, host: domain })
      : sipUri({ scheme, user, host, port });
  return /\p{Cc}/u.test(target.user ?? '') ? err('there are control characters in it') : ok(target);
}
