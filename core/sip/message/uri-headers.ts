import { err, ok, type Result } from '../../base/result.ts';
import { isToken } from './characters.ts';

/** Header fields that a URI asks its reader to put into the request (RFC 3261 §19.1.1), unescaped. */
export type UriHeaders = readonly (readonly [name: string, value: string])[];

/** More fields than this in one URI mean no good. */
const MOST_FIELDS = 32;

/**
 * Reads the part of a URI behind `?` (RFC 3261 §19.1.1 `headers`). A name that is no token, and a value that holds control
 * characters once it is unescaped, are errors: whoever builds a request of them would write header lines of somebody else.
 */
export function parseUriHeaders(text: string | undefined): Result<UriHeaders, string> {
  if (text === undefined || text === '') return ok([]);
  const fields = text.split('&');
  if (fields.length > MOST_FIELDS) return err('too many headers in URI');
  const headers: (readonly [name: string, value: string])[] = [];
  for (const field of fields) {
    const equals = field.indexOf('=');
    const name = unescape(equals < 0 ? '' : field.slice(0, equals));
    const value = unescape(field.slice(equals + 1));
    if (name === undefined || !isToken(name)) return err('malformed header name in URI');
    if (value === undefined || hasControls(value)) return err('malformed header value in URI');
    headers.push([name, value]);
  }
  return ok(headers);
}

/** Writes header fields as the part of a URI behind `?`, escaping all that RFC 3261 §25.1 does not leave alone there. */
export function formatUriHeaders(headers: UriHeaders): string {
  return headers.map(([name, value]) => `${escape(name)}=${escape(value)}`).join('&');
}

function hasControls(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

const encoder = new TextEncoder();

function escape(text: string): string {
  return text.replace(/[^A-Za-z0-9\-_.!~*'()[\]/:$]/gu, (character) => {
    let escaped = '';
    for (const octet of encoder.encode(character)) escaped += `%${octet.toString(16).toUpperCase().padStart(2, '0')}`;
    return escaped;
  });
}

function unescape(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
