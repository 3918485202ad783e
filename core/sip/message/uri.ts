import { formatHost } from '../../base/address.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { NO_PARAMETERS, type Parameters } from './parameters.ts';

/** A SIP or SIPS URI (RFC 3261 §19.1). `user` and `password` are unescaped; `host` is lower case, IPv6 without brackets. */
export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  readonly user?: string;
  readonly password?: string;
  readonly host: string;
  readonly port?: number;
  readonly parameters: Parameters;
  /** The part behind `?`, still escaped, without the question mark. */
  readonly headers?: string;
}

/** A telephone number (RFC 3966); `number` as written, with its visual separators. */
export interface TelUri {
  readonly scheme: 'tel';
  readonly number: string;
  readonly parameters: Parameters;
}

/** A URI of a scheme that we only pass on or refuse (416). */
export interface OtherUri {
  readonly scheme: 'other';
  readonly text: string;
}

export type Uri = SipUri | TelUri | OtherUri;

/** Whether a URI is `sip:` or `sips:`. */
export function isSipUri(uri: Uri): uri is SipUri {
  return uri.scheme === 'sip' || uri.scheme === 'sips';
}

/** Makes a SIP URI from its parts; `host` may have brackets. */
export function sipUri(parts: {
  scheme?: 'sip' | 'sips';
  user?: string | undefined;
  host: string;
  port?: number | undefined;
  parameters?: Parameters;
}): SipUri {
  return {
    scheme: parts.scheme ?? 'sip',
    ...(parts.user === undefined ? {} : { user: parts.user }),
    host: stripBrackets(parts.host).toLowerCase(),
    ...(parts.port === undefined ? {} : { port: parts.port }),
    parameters: parts.parameters ?? NO_PARAMETERS,
  };
}

const SPACE = 0x20;
const DELETE = 0x7f;
const QUOTE = 0x22;
const LESS_THAN = 0x3c;
const GREATER_THAN = 0x3e;
const AT = 0x40;
const COLON = 0x3a;

/** Reads a URI. Errors say what is wrong, for a 400 or a user. */
export function parseUri(text: string): Result<Uri, string> {
  const colon = text.indexOf(':');
  if (colon <= 0) return err('a URI needs a scheme');
  let at = -1;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === AT && at < 0) at = index;
    else if (code <= SPACE || code === DELETE || code === QUOTE || code === LESS_THAN || code === GREATER_THAN) {
      return err('forbidden character in URI');
    }
  }
  const scheme = text.slice(0, colon).toLowerCase();
  if (scheme === 'sip' || scheme === 'sips') return parseSip(scheme, text, colon + 1, at);
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme)) return err('malformed URI scheme');
  if (scheme === 'tel') return parseTel(text.slice(colon + 1));
  return ok({ scheme: 'other', text });
}

function parseTel(rest: string): Result<Uri, string> {
  const semicolon = rest.indexOf(';');
  const number = semicolon < 0 ? rest : rest.slice(0, semicolon);
  if (!/^\+?[0-9a-fA-F*#().-]+$/.test(number)) return err('malformed telephone number');
  const parameters = parseUriParameters(semicolon < 0 ? undefined : rest.slice(semicolon + 1));
  return parameters.ok ? ok({ scheme: 'tel', number, parameters: parameters.value }) : parameters;
}

/** Reads what follows the scheme; `at` is the index of the first `@`, or negative. */
function parseSip(scheme: 'sip' | 'sips', text: string, start: number, at: number): Result<Uri, string> {
  let hostStart = start;
  const userInfo: { user?: string; password?: string } = {};
  if (at >= 0) {
    hostStart = at + 1;
    const colon = text.indexOf(':', start);
    const userEnd = colon >= 0 && colon < at ? colon : at;
    const user = unescape(text.slice(start, userEnd));
    if (user === undefined || user === '') return err('malformed user in URI');
    userInfo.user = user;
    if (userEnd < at) {
      const password = unescape(text.slice(userEnd + 1, at));
      if (password === undefined) return err('malformed password in URI');
      userInfo.password = password;
    }
  }
  const question = text.indexOf('?', hostStart);
  const end = question < 0 ? text.length : question;
  let semicolon = text.indexOf(';', hostStart);
  if (semicolon < 0 || semicolon > end) semicolon = end;
  const authority = parseHostPort(text.slice(hostStart, semicolon));
  if (!authority.ok) return authority;
  const parameters = parseUriParameters(semicolon < end ? text.slice(semicolon + 1, end) : undefined);
  if (!parameters.ok) return parameters;
  const headers = question < 0 ? undefined : text.slice(question + 1);
  const uri = { scheme, ...userInfo, ...authority.value, parameters: parameters.value };
  return ok(headers === undefined ? uri : { ...uri, headers });
}

/** Reads `host`, `host:port`, `[v6]`, `[v6]:port`. The host comes back lower case, without brackets. */
export function parseHostPort(text: string): Result<{ host: string; port?: number }, string> {
  const isReference = text.startsWith('[');
  const start = isReference ? 1 : 0;
  let end = start;
  while (end < text.length && isHostCode(text.charCodeAt(end), isReference)) end++;
  if (end === start) return err('malformed host in URI');
  const host = text.slice(start, end).toLowerCase();
  if (isReference && text[end++] !== ']') return err('malformed host in URI');
  if (end === text.length) return ok({ host });
  if (text.charCodeAt(end) !== COLON) return err('malformed host in URI');
  const digits = text.length - end - 1;
  let port = 0;
  for (let index = end + 1; index < text.length; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return err('malformed port in URI');
    port = port * 10 + digit;
  }
  if (digits < 1 || digits > 5 || port > 65535) return err('port out of range');
  return ok({ host, port });
}

/** Letters, digits, dot, hyphen and the underscore that some use; in an IPv6 reference hexadecimal digits, colon and dot. */
function isHostCode(code: number, isReference: boolean): boolean {
  if ((code >= 0x30 && code <= 0x39) || code === 0x2e) return true;
  const letter = code | 0x20;
  if (isReference) return (letter >= 0x61 && letter <= 0x66) || code === COLON;
  return (letter >= 0x61 && letter <= 0x7a) || code === 0x2d || code === 0x5f;
}

/** Reads `name=value;name`, the part behind the first semicolon; `undefined` where there is no semicolon. */
function parseUriParameters(text: string | undefined): Result<Parameters, string> {
  if (text === undefined) return ok(NO_PARAMETERS);
  const parameters = new Map<string, string | null>();
  for (let start = 0; start <= text.length;) {
    let end = text.indexOf(';', start);
    if (end < 0) end = text.length;
    let equals = text.indexOf('=', start);
    if (equals < 0 || equals > end) equals = end;
    const name = unescape(text.slice(start, equals));
    const value = equals < end ? unescape(text.slice(equals + 1, end)) : null;
    if (name === undefined || name === '' || value === undefined) return err('malformed URI parameter');
    parameters.set(name.toLowerCase(), value);
    start = end + 1;
  }
  return ok(parameters);
}

/** Writes a URI, escaping what RFC 3261 §25.1 does not allow unescaped. */
export function formatUri(uri: Uri): string {
  if (uri.scheme === 'other') return uri.text;
  if (uri.scheme === 'tel') return `tel:${uri.number}${formatUriParameters(uri.parameters)}`;
  let text = `${uri.scheme}:`;
  if (uri.user !== undefined) {
    text += escape(uri.user, USER_UNRESERVED);
    if (uri.password !== undefined) text += `:${escape(uri.password, PASSWORD_UNRESERVED)}`;
    text += '@';
  }
  text += formatHost(uri.host);
  if (uri.port !== undefined) text += `:${uri.port}`;
  text += formatUriParameters(uri.parameters);
  return uri.headers === undefined ? text : `${text}?${uri.headers}`;
}

function formatUriParameters(parameters: Parameters): string {
  let text = '';
  for (const [name, value] of parameters) {
    text += `;${escape(name, PARAMETER_UNRESERVED)}`;
    if (value !== null) text += `=${escape(value, PARAMETER_UNRESERVED)}`;
  }
  return text;
}

const USER_UNRESERVED = /[^A-Za-z0-9\-_.!~*'()&=+$,;?/]/gu;
const PASSWORD_UNRESERVED = /[^A-Za-z0-9\-_.!~*'()&=+$,]/gu;
const PARAMETER_UNRESERVED = /[^A-Za-z0-9\-_.!~*'()[\]/:&+$]/gu;
const encoder = new TextEncoder();

function escape(text: string, reserved: RegExp): string {
  return text.replace(reserved, (character) => {
    let escaped = '';
    for (const octet of encoder.encode(character)) escaped += `%${octet.toString(16).toUpperCase().padStart(2, '0')}`;
    return escaped;
  });
}

function unescape(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function stripBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}
