import { isNumericHost } from '../../base/address.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { isToken, skipSpace, skipToken } from './characters.ts';
import { quote, readQuotedString } from './quoted-string.ts';

/**
 * Parameters of a URI or a header value, in the order written. Names are lower case; `null` stands for a parameter
 * without a value (`;lr`). Quoted values are held without their quotes.
 */
export type Parameters = ReadonlyMap<string, string | null>;

/** No parameters. */
export const NO_PARAMETERS: Parameters = new Map<string, string | null>();

/** The same parameters with some added or replaced; `undefined` takes one away. */
export function withParameters(
  parameters: Parameters,
  changes: Readonly<Record<string, string | null | undefined>>,
): Parameters {
  const next = new Map(parameters);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) next.delete(name.toLowerCase());
    else next.set(name.toLowerCase(), value);
  }
  return next;
}

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUOTE = 0x22;

/**
 * Reads the `;name=value` that fill a header value from `start` to its end (RFC 3261 §25.1 `generic-param`), white space
 * allowed around `;` and `=`. A name that comes twice is an error.
 */
export function parseParameters(text: string, start = 0): Result<Parameters, string> {
  let index = skipSpace(text, start);
  if (index === text.length) return ok(NO_PARAMETERS);
  const parameters = new Map<string, string | null>();
  while (index < text.length) {
    if (text.charCodeAt(index) !== SEMICOLON) return err('malformed parameter');
    index = skipSpace(text, index + 1);
    const nameEnd = skipToken(text, index);
    if (nameEnd === index) return err('a parameter needs a name');
    const name = text.slice(index, nameEnd).toLowerCase();
    let value: string | null = null;
    index = skipSpace(text, nameEnd);
    if (text.charCodeAt(index) === EQUALS) {
      index = skipSpace(text, index + 1);
      let end: number;
      if (text.charCodeAt(index) === QUOTE) {
        const quoted = readQuotedString(text, index);
        if (!quoted.ok) return quoted;
        ({ value, end } = quoted.value);
      } else {
        end = skipBareValue(text, index);
        if (end === index) return err(`parameter ${name} needs a value`);
        value = text.slice(index, end);
      }
      index = skipSpace(text, end);
    }
    const before = parameters.size;
    parameters.set(name, value);
    if (parameters.size === before) return err(`parameter ${name} comes twice`);
  }
  return ok(parameters);
}

/** Everything up to white space, `;`, `,` or `"`: a token or host, and the odd characters that some put there. */
function skipBareValue(text: string, index: number): number {
  for (; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code <= 0x20 || code === SEMICOLON || code === 0x2c || code === QUOTE) break;
  }
  return index;
}

/**
 * Writes header parameters. Values are quoted unless they are a token or a numeric host; those of feature tags always are
 * (RFC 3840 §9).
 */
export function formatParameters(parameters: Parameters): string {
  let text = '';
  for (const [name, value] of parameters) {
    text += `;${name}`;
    if (value === null) continue;
    const bare = !name.startsWith('+') && (isToken(value) || isNumericHost(value));
    text += bare ? `=${value}` : `=${quote(value)}`;
  }
  return text;
}
