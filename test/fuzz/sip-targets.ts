import type { Result } from '../../core/base/result.ts';
import { Secret } from '../../core/base/secret.ts';
import { nodeDigestHash } from '../../core/io/node-digest-hash.ts';
import { ClientDigest } from '../../core/sip/auth/client-digest.ts';
import { DigestAuthenticator } from '../../core/sip/auth/digest-authenticator.ts';
import { autoAnswerDelay, readAnswerMode, readInfoValues } from '../../core/sip/message/answer-mode.ts';
import { readIdentities } from '../../core/sip/message/asserted-identity.ts';
import {
  formatAuthentication,
  formatAuthenticationParameters,
  parseAuthentication,
  parseAuthenticationParameters,
} from '../../core/sip/message/authentication.ts';
import { formatCSeq, parseCSeq } from '../../core/sip/message/cseq.ts';
import {
  formatDialogReference,
  parseDialogReference,
  readDialogReference,
} from '../../core/sip/message/dialog-reference.ts';
import { readDiversions } from '../../core/sip/message/diversion.ts';
import { formatEvent, parseEvent, readEvent } from '../../core/sip/message/event.ts';
import { createRequest, createResponse } from '../../core/sip/message/factory.ts';
import { readHistory } from '../../core/sip/message/history-info.ts';
import { splitList } from '../../core/sip/message/lists.ts';
import type { SipMessage, SipRequest } from '../../core/sip/message/message.ts';
import { formatNameAddress, parseNameAddress } from '../../core/sip/message/name-address.ts';
import { parseMessage } from '../../core/sip/message/parser.ts';
import { readPrivacy } from '../../core/sip/message/privacy.ts';
import { readReferTo } from '../../core/sip/message/refer-to.ts';
import { readReferredBy } from '../../core/sip/message/referred-by.ts';
import { serializeMessage } from '../../core/sip/message/serializer.ts';
import { StreamFramer, type StreamEvent } from '../../core/sip/message/stream-framer.ts';
import {
  formatSubscriptionState,
  parseSubscriptionState,
  readSubscriptionState,
} from '../../core/sip/message/subscription-state.ts';
import { formatUriHeaders, parseUriHeaders } from '../../core/sip/message/uri-headers.ts';
import { formatUri, parseHostPort, parseUri, sipUri } from '../../core/sip/message/uri.ts';
import { formatVia, parseVia } from '../../core/sip/message/via.ts';
import { SeededRandom } from '../support/seeded-random.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { BrokenPromise, expectSame, latin1, type FuzzTarget } from './fuzz-target.ts';

const decoder = new TextDecoder();
const FIELDS = ['\r\n', '\r\n ', '\r\n\r\n', ': ', 'Via: ', 'v:', 'From', 'f:', 'To', 'Contact: *', 'Route: ', 'CSeq: ', 'Content-Length: ', 'l:', 'Call-ID', 'Refer-To: ', 'Replaces: ', 'Event: ', 'Subscription-State: ', 'History-Info: ', 'Diversion: ', 'Privacy: ', 'Authorization: ', 'Expires: ', 'Answer-Mode: ', 'Alert-Info: ']; // prettier-ignore
const VALUES = ['"', '\\', '<', '>', ';', ',', '=', '@', '?', '%00', '%0d%0a', '%C3', '[', ']', '[::1]', 'sip:', 'sips:', 'tel:+', 'SIP/2.0', 'SIP/2.0/TLS ', ';branch=z9hG4bK', ';tag=', ';lr', ';received=', ';rport', ';maddr=', ';transport=', ':5061', '\0', '\u00ff', ' ']; // prettier-ignore
const DIGEST = ['Digest ', 'realm="r"', 'nonce="n"', 'qop="auth,auth-int"', 'qop=auth', 'algorithm=SHA-256', 'algorithm=SHA-512-256-sess', 'stale=true', 'opaque=""', 'nc=00000001', 'cnonce="c"', 'response="', 'uri="sip:a"', 'username="u"', "username*=UTF-8''", ',', '"', '\\"', '=']; // prettier-ignore

/** What reads SIP. */
export const SIP_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'sip-message',
    tokens: [...FIELDS, ...VALUES],
    run: (octets) => [readMessage(octets, 'datagram'), readMessage(octets, 'stream')],
  },
  {
    name: 'sip-framer',
    tokens: [...FIELDS, '\r', '\n', 'Content-Length: 5\r\n\r\n', 'M sip:a SIP/2.0\r\n'],
    run: frame,
  },
  { name: 'sip-uri', tokens: VALUES, run: readUri },
  { name: 'sip-values', tokens: VALUES, run: readValues },
  { name: 'sip-digest', tokens: DIGEST, run: readDigest },
];

function readMessage(octets: Uint8Array, framing: 'datagram' | 'stream'): unknown {
  const result = parseMessage(octets, { framing });
  if (!result.ok) {
    if (result.error.action === 'drop') return result.error.reason;
    const { request, status, reason } = result.error;
    return serializeMessage(createResponse(request, status, { reason, toTag: 'x' }));
  }
  const message = result.value;
  const { via, from, to, cseq, callId } = message;
  if ([via, from, to, cseq].includes(undefined) || callId === '') throw new BrokenPromise('what every message needs');
  const again = parseMessage(serializeMessage(message), { framing: 'stream' });
  if (!again.ok) throw new BrokenPromise(`written but not read: ${again.error.reason}`);
  expectSame('a message', comparable(message), comparable(again.value));
  return [comparable(message), valuesOf(message)];
}

function comparable(message: SipMessage): unknown {
  const fields = [...message.headers].filter(([name]) => name !== 'Content-Length');
  const start = message.kind === 'request' ? [message.method, message.uri] : [message.status, message.reason];
  return { start, fields, body: [...message.body] };
}

/** Everything that is read on demand. */
function valuesOf(message: SipMessage): unknown {
  const { vias, contacts, routes, recordRoutes, contentType } = message;
  return [
    [vias, contacts, routes, recordRoutes, contentType],
    [readDiversions(message), readHistory(message), readPrivacy(message), readEvent(message)],
    [readInfoValues(message, 'Alert-Info'), readInfoValues(message, 'Call-Info'), autoAnswerDelay(message)],
    [readIdentities(message, 'P-Asserted-Identity'), readIdentities(message, 'P-Preferred-Identity')],
    [readReferredBy(message), readSubscriptionState(message)],
    message.kind === 'request' ? requestValuesOf(message) : [],
  ];
}

function requestValuesOf(request: SipRequest): unknown {
  return [readReferTo(request), readDialogReference(request, 'Replaces'), readAnswerMode(request)];
}

/** The first octet says in which pieces the rest comes. */
function frame(octets: Uint8Array): unknown {
  const size = 1 + ((octets[0] ?? 0) & 0x3f);
  const stream = octets.subarray(1);
  for (const opened of ['here', 'there'] as const) {
    const whole = new StreamFramer(opened).push(stream);
    const framer = new StreamFramer(opened);
    const pieces: StreamEvent[] = [];
    for (let at = 0; at < stream.length; at += size) pieces.push(...framer.push(stream.slice(at, at + size)));
    expectSame('a stream in pieces', whole, pieces);
    for (const event of whole) if (event.kind === 'message') parseMessage(event.octets, { framing: 'stream' });
    if (opened === 'there') return whole;
  }
  return undefined;
}

function readUri(octets: Uint8Array): unknown {
  const text = decoder.decode(octets);
  const uri = parseUri(text);
  if (uri.ok) {
    expectSame('a URI', uri, parseUri(formatUri(uri.value)));
    if ('headers' in uri.value) readBack('URI headers', uri.value.headers ?? '', parseUriHeaders, formatUriHeaders);
  }
  return [uri, parseHostPort(text)];
}

/** The lines of a header have become one before its values are read. */
function inOneLine(text: string): string {
  return text.replaceAll(/[\r\n]/g, ' ');
}

/** Reads one line as every header that has a form of its own. */
function readValues(octets: Uint8Array): unknown {
  return splitList(inOneLine(decoder.decode(octets))).map((text) => [
    readBack('an address', text, parseNameAddress, formatNameAddress),
    readBack('a Via', text, parseVia, formatVia),
    readBack('a CSeq', text, parseCSeq, formatCSeq),
    readBack('an event', text, parseEvent, formatEvent),
    readBack('a subscription state', text, parseSubscriptionState, formatSubscriptionState),
    readBack('a dialog reference', text, parseDialogReference, formatDialogReference),
  ]);
}

/** Reads, writes what was read, and reads that again. */
function readBack<T>(
  what: string,
  text: string,
  read: (text: string) => Result<T, string>,
  write: (value: T) => string,
): Result<T, string> {
  const first = read(text);
  if (first.ok) expectSame(what, first, read(write(first.value)));
  return first;
}

/** Reads a challenge as a client does, and credentials as a server does. */
function readDigest(octets: Uint8Array): unknown {
  const text = inOneLine(latin1(octets));
  const value = readBack('credentials', text, parseAuthentication, formatAuthentication);
  const parameters = readBack('parameters', text, parseAuthenticationParameters, formatAuthenticationParameters);
  const random = new SeededRandom(1);
  const ask = createRequest({ method: 'REGISTER', uri: sipUri({ host: 'a' }), headers: [['Authorization', text]] });
  const refused = createResponse(ask, 401, { headers: [['WWW-Authenticate', text]] });
  const client = new ClientDigest({ username: 'u', password: new Secret('p'), hash: nodeDigestHash, random });
  const server = new DigestAuthenticator({
    realm: 'r',
    hash: nodeDigestHash,
    random,
    clock: new VirtualClock(),
    qops: ['auth', 'auth-int'],
  });
  const plain = createRequest({ method: 'REGISTER', uri: sipUri({ host: 'a' }), headers: [] });
  return [value, parameters, client.answer(refused, plain), server.verify(ask, 'www', () => new Secret('p'))];
}
