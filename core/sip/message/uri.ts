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

/** Classes of the characters of a URI, as bits. */
const CLASSES = new Uint8Array(128);
const FORBIDDEN = 1;
const HOST = 2;
const REFERENCE = 4;
const UPPER_CASE = 8;
for (let code = 0; code < CLASSES.length; code++) {
  const character = String.fromCharCode(code);
  if (code <= 0x20 || code === 0x7f || '"<>'.includes(character)) CLASSES[code] = FORBIDDEN;
  // The underscore is no host character of RFC 3261, yet some networks use it.
  if (/[A-Za-z0-9._-]/.test(character)) CLASSES[code] = HOST;
  if (/[A-Fa-f0-9.]/.test(character)) CLASSES[code] = HOST | REFERENCE;
  if (character === ':') CLASSES[code] = REFERENCE;
  if (/[A-Z]/.test(character)) CLASSES[code] = (CLASSES[code] ?? 0) | UPPER_CASE;
}

const COLON = 0x3a;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const OPENING_BRACKET = 0x5b;
const CLOSING_BRACKET = 0x5d;
const LOWER_CASE = 0x20;

const FORBIDDEN_CHARACTER = err('forbidden character in URI');

/** Reads a URI that is all of `text`, or its part between two indexes. Errors say what is wrong, for a 400 or a user. */
export function parseUri(text: string, start = 0, end = text.length): Result<Uri, string> {
  // `sip:` and `sips:` in any case, without taking the text apart.
  if (
    (text.charCodeAt(start) | LOWER_CASE) === 0x73 &&
    (text.charCodeAt(start + 1) | LOWER_CASE) === 0x69 &&
    (text.charCodeAt(start + 2) | LOWER_CASE) === 0x70
  ) {
    const code = text.charCodeAt(start + 3);
    if (code === COLON) return parseSip('sip', text, start + 4, end);
    if ((code | LOWER_CASE) === 0x73 && text.charCodeAt(start + 4) === COLON) {
      return parseSip('sips', text, start + 5, end);
    }
  }
  return parseOther(text.slice(start, end));
}

function parseOther(text: string): Result<Uri, string> {
  const colon = text.indexOf(':');
  if (colon <= 0) return err('a URI needs a scheme');
  const scheme = text.slice(0, colon).toLowerCase();
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme)) return err('malformed URI scheme');
  if (hasForbidden(text, colon, text.length)) return FORBIDDEN_CHARACTER;
  return scheme === 'tel' ? parseTel(text.slice(colon + 1)) : ok({ scheme: 'other', text });
}

function parseTel(rest: string): Result<Uri, string> {
  const semicolon = rest.indexOf(';');
  const number = semicolon < 0 ? rest : rest.slice(0, semicolon);
  if (!/^\+?[0-9a-fA-F*#().-]+$/.test(number)) return err('malformed telephone number');
  const parameters = semicolon < 0 ? ok(NO_PARAMETERS) : parseUriParameters(rest, semicolon + 1, rest.length);
  return parameters.ok ? ok({ scheme: 'tel', number, parameters: parameters.value }) : parameters;
}

/** Reads what follows the scheme. */
function parseSip(scheme: 'sip' | 'sips', text: string, start: number, end: number): Result<Uri, string> {
  const at = indexIn(text, '@', start, end);
  const hostStart = at === end ? start : at + 1;
  const question = indexIn(text, '?', hostStart, end);
  const hostEnd = indexIn(text, ';', hostStart, question);
  const authority = readHostPort(text, hostStart, hostEnd);
  if (!authority.ok) return authority;
  const { host, port } = authority.value;
  const uri: { -readonly [K in keyof SipUri]: SipUri[K] } = { scheme, host, parameters: NO_PARAMETERS };
  if (port !== undefined) uri.port = port;
  if (at < end) {
    if (hasForbidden(text, start, at)) return FORBIDDEN_CHARACTER;
    const colon = indexIn(text, ':', start, at);
    const user = unescape(text.slice(start, colon));
    if (user === undefined || user === '') return err('malformed user in URI');
    uri.user = user;
    if (colon < at) {
      const password = unescape(text.slice(colon + 1, at));
      if (password === undefined) return err('malformed password in URI');
      uri.password = password;
    }
  }
  if (hostEnd < question) {
    const parameters = parseUriParameters(text, hostEnd + 1, question);
    if (!parameters.ok) return parameters;
    uri.parameters = parameters.value;
  }
  if (question < end) {
    if (hasForbidden(text, question, end)) return FORBIDDEN_CHARACTER;
    uri.headers = text.slice(question + 1, end);
  }
  return ok(uri);
}

/** The index of a character between two others; `to` where it is not there. */
function indexIn(text: string, character: string, from: number, to: number): number {
  const index = text.indexOf(character, from);
  return index < 0 || index > to ? to : index;
}

function hasForbidden(text: string, from: number, to: number): boolean {
  for (let index = from; index < to; index++) if (CLASSES[text.charCodeAt(index)] === FORBIDDEN) return true;
  return false;
}

/** Reads `host`, `host:port`, `[v6]`, `[v6]:port`. The host comes back lower case, without brackets. */
export function parseHostPort(text: string): Result<{ host: string; port?: number }, string> {
  return readHostPort(text, 0, text.length);
}

const MALFORMED_HOST = err('malformed host in URI');

function readHostPort(text: string, from: number, to: number): Result<{ host: string; port?: number }, string> {
  const isReference = from < to && text.charCodeAt(from) === OPENING_BRACKET;
  const wanted = isReference ? REFERENCE : HOST;
  const start = isReference ? from + 1 : from;
  let end = start;
  let seen = 0;
  for (; end < to; end++) {
    const classes = CLASSES[text.charCodeAt(end)] ?? 0;
    if ((classes & wanted) === 0) break;
    seen |= classes;
  }
  if (end === start) return MALFORMED_HOST;
  const written = text.slice(start, end);
  const host = (seen & UPPER_CASE) === 0 ? written : written.toLowerCase();
  if (isReference) {
    if (end === to || text.charCodeAt(end) !== CLOSING_BRACKET) return MALFORMED_HOST;
    end++;
  }
  if (end === to) return ok({ host });
  if (text.charCodeAt(end) !== COLON) return MALFORMED_HOST;
  const digits = to - end - 1;
  if (digits < 1 || digits > 5) return err('malformed port in URI');
  let port = 0;
  for (let index = end + 1; index < to; index++) {
    const digit = text.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return err('malformed port in URI');
    port = port * 10 + digit;
  }
  return port <= 65535 ? ok({ host, port }) : err('port out of range');
}

/** Reads `name=value;name`, the part between two indexes behind the first semicolon. */
function parseUriParameters(text: string, from: number, to: number): Result<Parameters, string> {
  const parameters = new Map<string, string | null>();
  for (let start = from; start <= to;) {
    let end = start;
    let equals = -1;
    for (; end < to; end++) {
      const code = text.charCodeAt(end);
      if (code === SEMICOLON) break;
      if (code === EQUALS && equals < 0) equals = end;
      else if (CLASSES[code] === FORBIDDEN) return FORBIDDEN_CHARACTER;
    }
    const name = unescape(text.slice(start, equals < 0 ? end : equals));
    const value = equals < 0 ? null : unescape(text.slice(equals + 1, end));
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
