import { err, ok, type Result } from '../../base/result.ts';
import { isToken } from './characters.ts';
import { headerName, knownHeaderName, type HeaderName } from './header-names.ts';
import { Headers } from './headers.ts';
import { RequestMessage, ResponseMessage } from './lazy-message.ts';
import { DATAGRAM_LIMITS, STREAM_LIMITS, type MessageLimits } from './limits.ts';
import { checkRequest, checkResponse } from './message-checks.ts';
import { readLength } from './content-length.ts';
import { findHeadEnd, skipLineBreaks } from './message-octets.ts';
import type { SipMessage, SipRequest } from './message.ts';
import type { ParseFailure, RefusalStatus } from './parse-failure.ts';
import { parseUri, type Uri } from './uri.ts';

/** How octets became one message, and how large it may be. */
export interface ParseOptions {
  /**
   * `datagram` (the default): Content-Length may be absent, and octets behind the body are dropped (RFC 3261 §18.3).
   * `stream`: Content-Length must be there and match.
   */
  readonly framing?: 'datagram' | 'stream';
  /** Otherwise the limits of the framing. */
  readonly limits?: MessageLimits;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Reads one message. Start line, header syntax and the fields that every message needs are checked here (`checkRequest`,
 * `checkResponse`); all other values are read when asked for. Names and values are UTF-8, of which invalid sequences become
 * U+FFFD; lines end with CRLF and nothing else. The body is a view of `octets`, not a copy. Never throws.
 */
export function parseMessage(octets: Uint8Array, options: ParseOptions = {}): Result<SipMessage, ParseFailure> {
  const framing = options.framing ?? 'datagram';
  const limits = options.limits ?? (framing === 'stream' ? STREAM_LIMITS : DATAGRAM_LIMITS);
  const start = skipLineBreaks(octets, 0);
  if (start === octets.length) return drop('nothing but line breaks');
  const headLimit = Math.min(octets.length, start + limits.head);
  const headEnd = findHeadEnd(octets, start, headLimit);
  const text = decoder.decode(octets.subarray(start, headEnd < 0 ? headLimit : headEnd));
  const lineEnd = findLineEnd(text, 0);
  const line = lineEnd < 0 ? text : text.slice(0, lineEnd);
  const headers = new Headers();
  const fieldProblem = lineEnd < 0 ? undefined : readFields(text, lineEnd + 2, headers, limits);
  let body: Uint8Array | Problem;
  if (octets.length - start > limits.message || (headEnd < 0 && headLimit < octets.length)) {
    body = { status: 513, reason: 'Message Too Large' };
  } else if (headEnd < 0) {
    body = { status: 400, reason: 'Header section does not end' };
  } else if (fieldProblem !== undefined) {
    body = { status: 400, reason: fieldProblem };
  } else {
    body = readBody(octets, headEnd + 2, headers, framing, limits);
  }
  return line.startsWith('SIP/') ? readResponse(line, headers, body) : readRequest(line, headers, body, limits);
}

/** What is wrong with a message. */
interface Problem {
  readonly status: RefusalStatus;
  readonly reason: string;
}

function readRequest(
  line: string,
  headers: Headers,
  body: Uint8Array | Problem,
  limits: MessageLimits,
): Result<SipMessage, ParseFailure> {
  const requestLine = readRequestLine(line);
  if (requestLine === undefined) return drop('not SIP');
  const { method, uri } = requestLine;
  const isRead = body instanceof Uint8Array;
  const request = new RequestMessage(method, uri, headers, isRead ? body : undefined);
  if (line.length > limits.line) return refuse(request, { status: 414, reason: 'Request-URI Too Long' });
  if (requestLine.problem !== undefined) return refuse(request, requestLine.problem);
  if (!isRead) return refuse(request, body);
  const reason = checkRequest(request);
  if (reason !== undefined) return refuse(request, { status: 400, reason });
  if (uri.scheme === 'other') return refuse(request, { status: 416, reason: 'Unsupported URI Scheme' });
  return ok(request);
}

function readResponse(line: string, headers: Headers, body: Uint8Array | Problem): Result<SipMessage, ParseFailure> {
  if (!(body instanceof Uint8Array)) return drop(body.reason);
  const status = readStatus(line);
  if (status === undefined) return drop('malformed status line');
  const response = new ResponseMessage(status, line.slice(12), headers, body);
  const reason = checkResponse(response);
  return reason === undefined ? ok(response) : drop(reason);
}

/** Reads `SIP/2.0 200 OK`. The space behind the status is mandatory, but some leave it out together with the phrase. */
function readStatus(line: string): number | undefined {
  if (line.slice(0, 8).toUpperCase() !== 'SIP/2.0 ') return undefined;
  if (line.length > 11 && line.charCodeAt(11) !== SPACE) return undefined;
  const digits = line.slice(8, 11);
  return /^[1-6]\d\d$/.test(digits) ? Number(digits) : undefined;
}

const VERSION = ' SIP/2.0';

interface RequestLine {
  readonly method: string;
  readonly uri: Uri;
  readonly problem?: Problem;
}

/** Reads `method uri SIP/2.0`; `undefined` where it does not even look like SIP. */
function readRequestLine(line: string): RequestLine | undefined {
  const methodEnd = line.indexOf(' ');
  const versionStart = line.length - VERSION.length;
  const method = line.slice(0, Math.max(methodEnd, 0));
  if (!line.endsWith(VERSION) || versionStart <= methodEnd || !isToken(method)) return readBadRequestLine(line);
  const text = line.slice(methodEnd + 1, versionStart);
  const uri = parseUri(text);
  if (!uri.ok) return badLine(method, text, 400, 'Malformed Request-URI');
  if ('headers' in uri.value) return badLine(method, text, 400, 'Headers in Request-URI');
  return { method, uri: uri.value };
}

/** Finds out what is wrong with a request line that is not written as it must be. */
function readBadRequestLine(line: string): RequestLine | undefined {
  const match = /^(\S+) (.*) SIP\/(\S*)(\s*)$/i.exec(line);
  const [, method, text, version, trailing] = match ?? [];
  if (method === undefined || text === undefined || version === undefined || !isToken(method)) return undefined;
  if (version !== '2.0') return badLine(method, text, 505, 'Version Not Supported');
  if (trailing !== '') return badLine(method, text, 400, 'Malformed request line');
  // Only the case of the version was odd, which RFC 3261 §7.1 lets pass.
  return readRequestLine(`${method} ${text}${VERSION}`);
}

function badLine(method: string, text: string, status: RefusalStatus, reason: string): RequestLine {
  return { method, uri: { scheme: 'other', text }, problem: { status, reason } };
}

const TAB = 0x09;
const SPACE = 0x20;

/**
 * Reads the fields from `start` to the end of `text`, those behind a malformed one too, since a refusal needs them. Returns
 * what is wrong with the first malformed one.
 */
function readFields(text: string, start: number, headers: Headers, limits: MessageLimits): string | undefined {
  let problem: string | undefined;
  let index = start;
  for (let count = 0; index < text.length; count++) {
    if (count === limits.fields) return problem ?? 'Too many header fields';
    let end = findLineEnd(text, index);
    let isFolded = false;
    while (end >= 0 && isBlank(text.charCodeAt(end + 2))) {
      isFolded = true;
      end = findLineEnd(text, end + 2);
    }
    if (end < 0) return problem ?? 'Line does not end with CRLF';
    const colon = text.indexOf(':', index);
    const name = colon < 0 || colon > end ? undefined : readName(text, index, colon);
    if (name === undefined) problem ??= 'Malformed header line';
    else if (end - index > limits.line) problem ??= 'Header line too long';
    else headers.appendNamed(name, readValue(text, colon + 1, end, isFolded));
    index = end + 2;
  }
  return problem;
}

/** The header name before a colon, white space between them allowed; `undefined` where it is no token. */
function readName(text: string, from: number, colon: number): HeaderName | undefined {
  let end = colon;
  while (end > from && isBlank(text.charCodeAt(end - 1))) end--;
  const written = text.slice(from, end);
  return knownHeaderName(written) ?? (isToken(written) ? headerName(written) : undefined);
}

/** The index of the next CRLF, or -1 where there is none or a CR or LF stands alone before it. */
function findLineEnd(text: string, from: number): number {
  const end = text.indexOf('\r', from);
  return end >= 0 && text.indexOf('\n', from) === end + 1 ? end : -1;
}

/** The value between two indexes without surrounding white space; each fold becomes one space (RFC 3261 §7.3.1). */
function readValue(text: string, from: number, to: number, isFolded: boolean): string {
  if (isFolded)
    return text
      .slice(from, to)
      .replaceAll(/\r\n[ \t]+/g, ' ')
      .trim();
  const start = skipBlanks(text, from, to);
  let end = to;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function skipBlanks(text: string, from: number, to: number): number {
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  return from;
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}

/** The body as Content-Length delimits it (RFC 3261 §18.3). */
function readBody(
  octets: Uint8Array,
  start: number,
  headers: Headers,
  framing: 'datagram' | 'stream',
  limits: MessageLimits,
): Uint8Array | Problem {
  const available = octets.length - start;
  const text = headers.get('Content-Length');
  if (text === undefined) {
    return framing === 'datagram' ? octets.subarray(start) : { status: 400, reason: 'Missing Content-Length' };
  }
  if (headers.count('Content-Length') > 1) return { status: 400, reason: 'Repeated Content-Length' };
  const length = readLength(text);
  if (length === undefined) return { status: 400, reason: 'Malformed Content-Length' };
  if (length > limits.body) return { status: 413, reason: 'Request Entity Too Large' };
  if (length > available || (framing === 'stream' && length < available)) {
    return { status: 400, reason: 'Content-Length does not match' };
  }
  return octets.subarray(start, start + length);
}

function refuse(request: SipRequest, { status, reason }: Problem): Result<SipMessage, ParseFailure> {
  if (request.method === 'ACK') return drop(`ACK: ${reason}`);
  if (!request.headers.has('Via')) return drop('Missing Via');
  return err({ action: 'refuse', status, reason, request });
}

function drop(reason: string): Result<SipMessage, ParseFailure> {
  return err({ action: 'drop', reason });
}
