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

/** Reads a URI. Errors say what is wrong, for a 400 or a user. */
export function parseUri(text: string): Result<Uri, string> {
  const colon = text.indexOf(':');
  if (colon <= 0) return err('a URI needs a scheme');
  const scheme = text.slice(0, colon).toLowerCase();
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme)) return err('malformed URI scheme');
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u0020\u007f<>"]/.test(text)) return err('forbidden character in URI');
  if (scheme === 'tel') return parseTel(text.slice(colon + 1));
  if (scheme !== 'sip' && scheme !== 'sips') return ok({ scheme: 'other', text });
  return parseSip(scheme, text.slice(colon + 1));
}

function parseTel(rest: string): Result<Uri, string> {
  const semicolon = rest.indexOf(';');
  const number = semicolon < 0 ? rest : rest.slice(0, semicolon);
  if (!/^\+?[0-9a-fA-F*#().-]+$/.test(number)) return err('malformed telephone number');
  const parameters = parseUriParameters(semicolon < 0 ? '' : rest.slice(semicolon));
  return parameters.ok ? ok({ scheme: 'tel', number, parameters: parameters.value }) : parameters;
}

function parseSip(scheme: 'sip' | 'sips', rest: string): Result<Uri, string> {
  const at = rest.indexOf('@');
  let user: string | undefined;
  let password: string | undefined;
  if (at >= 0) {
    const userinfo = rest.slice(0, at);
    const separator = userinfo.indexOf(':');
    const unescapedUser = unescape(separator < 0 ? userinfo : userinfo.slice(0, separator));
    if (unescapedUser === undefined || unescapedUser === '') return err('malformed user in URI');
    user = unescapedUser;
    if (separator >= 0) {
      password = unescape(userinfo.slice(separator + 1));
      if (password === undefined) return err('malformed password in URI');
    }
  }
  let hostport = at < 0 ? rest : rest.slice(at + 1);
  const question = hostport.indexOf('?');
  const headers = question < 0 ? undefined : hostport.slice(question + 1);
  if (question >= 0) hostport = hostport.slice(0, question);
  const semicolon = hostport.indexOf(';');
  const parameters = parseUriParameters(semicolon < 0 ? '' : hostport.slice(semicolon));
  if (!parameters.ok) return parameters;
  const authority = parseHostPort(semicolon < 0 ? hostport : hostport.slice(0, semicolon));
  if (!authority.ok) return authority;
  return ok({
    scheme,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    host: authority.value.host,
    ...(authority.value.port === undefined ? {} : { port: authority.value.port }),
    parameters: parameters.value,
    ...(headers === undefined ? {} : { headers }),
  });
}

/** Reads `host`, `host:port`, `[v6]`, `[v6]:port`. The host comes back lower case, without brackets. */
export function parseHostPort(text: string): Result<{ host: string; port?: number }, string> {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(text);
  if (!match) return err('malformed host in URI');
  const host = (match[1] ?? match[2] ?? '').toLowerCase();
  if (match[3] === undefined) return ok({ host });
  const port = Number(match[3]);
  return port <= 65535 ? ok({ host, port }) : err('port out of range');
}

function parseUriParameters(text: string): Result<Parameters, string> {
  if (text === '') return ok(NO_PARAMETERS);
  const parameters = new Map<string, string | null>();
  for (const part of text.split(';').slice(1)) {
    const equals = part.indexOf('=');
    const name = unescape(equals < 0 ? part : part.slice(0, equals));
    const value = equals < 0 ? null : unescape(part.slice(equals + 1));
    if (name === undefined || name === '' || value === undefined) return err('malformed URI parameter');
    parameters.set(name.toLowerCase(), value);
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
