import { err, ok, type Result } from '../../base/result.ts';
import { isToken, skipSpace, skipToken } from './characters.ts';
import type { AuthenticationValue } from './header-values.ts';
import { quote, readQuotedString } from './quoted-string.ts';

const COMMA = 0x2c;
const EQUALS = 0x3d;
const QUOTE = 0x22;

/**
 * Reads one challenge or one set of credentials (RFC 3261 §20.7, §20.44): a scheme and its comma-separated parameters. A
 * scheme without parameters is no error, whoever does not know the scheme skips it.
 */
export function parseAuthentication(text: string): Result<AuthenticationValue, string> {
  const start = skipSpace(text, 0);
  const end = skipToken(text, start);
  if (end === start) return err('missing authentication scheme');
  const next = skipSpace(text, end);
  if (next === end && next < text.length) return err('malformed authentication scheme');
  const parameters = parseAuthenticationParameters(text, next);
  return parameters.ok ? ok({ scheme: text.slice(start, end), parameters: parameters.value }) : parameters;
}

/**
 * Reads `name=value, ...` from `start` on, as in Authentication-Info (RFC 3261 §20.6). Names come back in lower case, values
 * without quotes; a name that comes twice is an error.
 */
export function parseAuthenticationParameters(text: string, start = 0): Result<ReadonlyMap<string, string>, string> {
  const parameters = new Map<string, string>();
  let index = start;
  for (;;) {
    index = skipSpace(text, index);
    if (index === text.length) return ok(parameters);
    if (text.charCodeAt(index) === COMMA) {
      index++;
      continue;
    }
    const nameEnd = skipToken(text, index);
    const equals = skipSpace(text, nameEnd);
    if (nameEnd === index || text.charCodeAt(equals) !== EQUALS) return err('malformed authentication parameter');
    const name = text.slice(index, nameEnd).toLowerCase();
    if (parameters.has(name)) return err(`authentication parameter ${name} comes twice`);
    index = skipSpace(text, equals + 1);
    if (text.charCodeAt(index) === QUOTE) {
      const quoted = readQuotedString(text, index);
      if (!quoted.ok) return quoted;
      parameters.set(name, quoted.value.value);
      index = quoted.value.end;
    } else {
      const end = skipBareValue(text, index);
      parameters.set(name, text.slice(index, end));
      index = end;
    }
    index = skipSpace(text, index);
    if (index < text.length && text.charCodeAt(index) !== COMMA) return err('malformed authentication parameter');
  }
}

/** Up to white space, comma or quote: more than a token, since base64 values stand unquoted too. */
function skipBareValue(text: string, index: number): number {
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code <= 0x20 || code === COMMA || code === QUOTE) break;
  }
  return index;
}

/** Parameters that are written without quotes (RFC 3261 §25.1, RFC 7616 §3.4): all others are quoted. */
const BARE = new Set(['algorithm', 'stale', 'nc', 'userhash']);

/** Writes a challenge or credentials; `qop` is quoted in a challenge only (RFC 7616 §3.3, §3.4). */
export function formatAuthentication(value: AuthenticationValue): string {
  const parameters = formatAuthenticationParameters(value.parameters);
  return parameters === '' ? value.scheme : `${value.scheme} ${parameters}`;
}

/** Writes `name=value, ...`, as in Authentication-Info. */
export function formatAuthenticationParameters(parameters: ReadonlyMap<string, string>): string {
  const isAnswer = parameters.has('response') || parameters.has('rspauth');
  const parts: string[] = [];
  for (const [name, value] of parameters) {
    const bare = (BARE.has(name) || (isAnswer && name === 'qop')) && isToken(value);
    parts.push(`${name}=${bare ? value : quote(value)}`);
  }
  return parts.join(', ');
}
