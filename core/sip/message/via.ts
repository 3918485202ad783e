import { formatHost } from '../../base/address.ts';
import { err, ok, type Result } from '../../base/result.ts';
import { skipSpace, skipToken } from './characters.ts';
import type { Via } from './header-values.ts';
import { formatParameters, parseParameters } from './parameters.ts';
import { parseHostPort } from './uri.ts';

const SLASH = 0x2f;

/** Reads one Via value, with the white space that RFC 3261 §25.1 allows around its slashes, colon and semicolons. */
export function parseVia(text: string): Result<Via, string> {
  const start = skipProtocol(text);
  if (start < 0) return err('not SIP/2.0');
  const transportEnd = skipToken(text, start);
  const hostStart = skipSpace(text, transportEnd);
  if (transportEnd === start || hostStart === transportEnd) return err('malformed transport');
  const hostEnd = skipSentBy(text, hostStart);
  let sentBy = parseHostPort(text.slice(hostStart, hostEnd));
  if (!sentBy.ok) sentBy = parseHostPort(withoutSpace(text.slice(hostStart, hostEnd)));
  if (!sentBy.ok) return sentBy;
  const parameters = parseParameters(text, hostEnd);
  if (!parameters.ok) return parameters;
  const transport = text.slice(start, transportEnd).toUpperCase();
  const { host, port } = sentBy.value;
  if (port === undefined) return ok({ transport, host, parameters: parameters.value });
  return ok({ transport, host, port, parameters: parameters.value });
}

/** The index of the transport behind `SIP/2.0/`, or -1 where that does not come first. */
function skipProtocol(text: string): number {
  const start = skipSpace(text, 0);
  if (text.startsWith('SIP/2.0/', start)) return skipSpace(text, start + 8);
  const nameEnd = skipToken(text, start);
  const version = skipSlash(text, nameEnd);
  if (version < 0 || text.slice(start, nameEnd).toUpperCase() !== 'SIP') return -1;
  const versionEnd = skipToken(text, version);
  return text.slice(version, versionEnd) === '2.0' ? skipSlash(text, versionEnd) : -1;
}

/** The index of what follows a slash and its white space, or -1 where there is none. */
function skipSlash(text: string, index: number): number {
  const slash = skipSpace(text, index);
  return text.charCodeAt(slash) === SLASH ? skipSpace(text, slash + 1) : -1;
}

function skipSentBy(text: string, index: number): number {
  const semicolon = text.indexOf(';', index);
  return semicolon < 0 ? text.length : semicolon;
}

/** Takes away the white space behind the host and around the colon in front of the port. */
function withoutSpace(sentBy: string): string {
  const trimmed = sentBy.trimEnd();
  const colon = trimmed.lastIndexOf(':');
  if (colon < 0) return trimmed;
  return `${trimmed.slice(0, colon).trimEnd()}:${trimmed.slice(skipSpace(trimmed, colon + 1))}`;
}

/** Writes one Via value. */
export function formatVia(via: Via): string {
  const port = via.port === undefined ? '' : `:${via.port}`;
  return `SIP/2.0/${via.transport} ${formatHost(via.host)}${port}${formatParameters(via.parameters)}`;
}
