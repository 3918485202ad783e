import { Headers } from './headers.ts';
import { RequestMessage, ResponseMessage } from './lazy-message.ts';
import type { SipRequest, SipResponse } from './message.ts';
import { reasonPhrase } from './reason-phrases.ts';
import type { Uri } from './uri.ts';

/** What a request is made of. `headers` are taken in their order; the serializer sets Content-Length. */
export interface RequestParts {
  readonly method: string;
  readonly uri: Uri;
  readonly headers?: Iterable<readonly [name: string, value: string]>;
  readonly body?: Uint8Array;
  /** Sets Content-Type. */
  readonly contentType?: string;
}

/** What a response adds to that which it takes over from its request. */
export interface ResponseParts {
  /** Otherwise the usual phrase of the status. */
  readonly reason?: string;
  /** Added to To where the request's To has none; never in a 100 (RFC 3261 §8.2.6.2). */
  readonly toTag?: string;
  readonly headers?: Iterable<readonly [name: string, value: string]>;
  readonly body?: Uint8Array;
  /** Sets Content-Type. */
  readonly contentType?: string;
}

/** Methods whose 1xx and 2xx establish a dialog and so mirror Record-Route (RFC 3261 §12.1.1, RFC 6665 §4.4). */
const DIALOG_CREATING = new Set(['INVITE', 'SUBSCRIBE', 'NOTIFY', 'REFER']);

/** A request of these parts, its headers copied. */
export function createRequest(parts: RequestParts): SipRequest {
  const headers = new Headers(parts.headers);
  if (parts.contentType !== undefined) headers.set('Content-Type', parts.contentType);
  return new RequestMessage(parts.method, parts.uri, headers, parts.body);
}

/**
 * A response as RFC 3261 §8.2.6 builds it: Via, From, To, Call-ID and CSeq of the request, Timestamp in a 100, Record-Route
 * in a 101 to 299 that may create a dialog (§12.1.1); then what `parts` adds.
 */
export function createResponse(request: SipRequest, status: number, parts: ResponseParts = {}): SipResponse {
  const headers = new Headers();
  for (const via of request.headers.getAll('Via')) headers.append('Via', via);
  if (status > 100 && status < 300 && DIALOG_CREATING.has(request.method)) {
    for (const route of request.headers.getAll('Record-Route')) headers.append('Record-Route', route);
  }
  for (const name of ['From', 'To', 'Call-ID', 'CSeq']) {
    const value = request.headers.get(name);
    if (value !== undefined) headers.append(name, value);
  }
  if (parts.toTag !== undefined && status > 100 && request.toTag === undefined) addToTag(headers, parts.toTag);
  const timestamp = status === 100 ? request.headers.get('Timestamp') : undefined;
  if (timestamp !== undefined) headers.append('Timestamp', timestamp);
  for (const [name, value] of parts.headers ?? []) headers.append(name, value);
  if (parts.contentType !== undefined) headers.set('Content-Type', parts.contentType);
  return new ResponseMessage(status, parts.reason ?? reasonPhrase(status), headers, parts.body);
}

function addToTag(headers: Headers, tag: string): void {
  const to = headers.get('To');
  if (to !== undefined) headers.set('To', `${to};tag=${tag}`);
}
