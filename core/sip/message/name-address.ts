import { err, ok, type Result } from '../../base/result.ts';
import { isTokenCode, skipSpace } from './characters.ts';
import type { NameAddress } from './header-values.ts';
import { formatParameters, parseParameters, type Parameters } from './parameters.ts';
import { quote, readQuotedString } from './quoted-string.ts';
import { formatUri, parseUri } from './uri.ts';

const QUOTE = 0x22;
const LESS_THAN = 0x3c;

/**
 * Reads one `name-addr` or `addr-spec` with its parameters (RFC 3261 §20.10). Without angle brackets everything from the
 * first semicolon on belongs to the header, and a comma or question mark is an error.
 */
export function parseNameAddress(text: string): Result<NameAddress, string> {
  const start = skipSpace(text, 0);
  const first = text.charCodeAt(start);
  let displayName = '';
  let open = start;
  if (first === QUOTE) {
    const quoted = readQuotedString(text, start);
    if (!quoted.ok) return quoted;
    displayName = quoted.value.value;
    open = skipSpace(text, quoted.value.end);
    if (text.charCodeAt(open) !== LESS_THAN) return err('a display name needs an address in angle brackets');
  } else if (first !== LESS_THAN) {
    open = text.indexOf('<', start);
    const semicolon = text.indexOf(';', start);
    if (open < 0 || (semicolon >= 0 && semicolon < open)) return parseAddressSpec(text, start, semicolon);
    displayName = text.slice(start, open).trimEnd();
    if (!isTokenList(displayName)) return err('display name must be quoted');
  }
  const close = text.indexOf('>', open);
  if (close < 0) return err('missing >');
  const uri = parseUri(text, open + 1, close);
  if (!uri.ok) return uri;
  const parameters = parseParameters(text, close + 1);
  if (!parameters.ok) return parameters;
  if (displayName === '') return ok({ uri: uri.value, parameters: parameters.value });
  return ok({ displayName, uri: uri.value, parameters: parameters.value });
}

function parseAddressSpec(text: string, start: number, semicolon: number): Result<NameAddress, string> {
  const end = semicolon < 0 ? text.length : semicolon;
  const address = text.slice(start, end).trimEnd();
  if (address.includes(',') || address.includes('?')) return err('this URI needs angle brackets');
  const uri = parseUri(address);
  if (!uri.ok) return uri;
  const parameters = parseParameters(text, end);
  return parameters.ok ? ok({ uri: uri.value, parameters: parameters.value }) : parameters;
}

/** Tokens and white space; characters beyond ASCII pass too, since many write them unquoted. */
function isTokenList(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x80 && code !== 0x20 && code !== 0x09 && !isTokenCode(code)) return false;
  }
  return true;
}

/** Writes an address with angle brackets and the display name quoted. */
export function formatNameAddress(address: {
  readonly displayName?: string | undefined;
  readonly uri: NameAddress['uri'];
  readonly parameters?: Parameters;
}): string {
  const name = address.displayName === undefined ? '' : `${quote(address.displayName)} `;
  const parameters = address.parameters === undefined ? '' : formatParameters(address.parameters);
  return `${name}<${formatUri(address.uri)}>${parameters}`;
}
