import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Another SIP stack in JavaScript: its own parser, and its own serializer of an INVITE that it built itself. */
export interface SipStack {
  readonly name: string;
  readonly version: string;
  /** Reads a message; all three take text, which their transports hand them. */
  readonly parse: (text: string) => unknown;
  /** Writes the INVITE to octets. */
  readonly serialize: () => Uint8Array;
}

/** What all of them send; the headers that they add by themselves come on top. */
export interface InviteParts {
  readonly target: string;
  readonly from: string;
  readonly fromTag: string;
  readonly callId: string;
  readonly via: string;
  /** `Name: value`. */
  readonly extraHeaders: readonly string[];
  readonly contentType: string;
  readonly body: string;
}

/** SIP.js, JsSIP and `sip` (sip.js of kirm), as npm installs them. */
export function loadSipStacks(parts: InviteParts): readonly SipStack[] {
  return [loadSipJs(parts), loadJsSip(parts), loadSip(parts)];
}

function versionOf(module: string): string {
  return (require(`${module}/package.json`) as { version: string }).version;
}

interface Serializable {
  setHeader(name: string, value: string): void;
  toString(): string;
}

function loadSipJs(parts: InviteParts): SipStack {
  const { Parser } = require('sip.js/lib/core/messages/parser.js') as {
    Parser: { parseMessage(text: string, logger: object): unknown };
  };
  const { OutgoingRequestMessage } = require('sip.js/lib/core/messages/outgoing-request-message.js') as {
    OutgoingRequestMessage: new (...args: unknown[]) => Serializable;
  };
  const { Grammar } = require('sip.js/lib/grammar/grammar.js') as { Grammar: { URIParse(uri: string): unknown } };
  const logger = { log: ignore, warn: ignore, error: ignore, debug: ignore };
  const target = Grammar.URIParse(parts.target);
  const request = new OutgoingRequestMessage(
    'INVITE',
    target,
    Grammar.URIParse(parts.from),
    target,
    { callId: parts.callId, fromTag: parts.fromTag },
    parts.extraHeaders,
    { content: parts.body, contentType: parts.contentType },
  );
  request.setHeader('Via', parts.via);
  return {
    name: 'SIP.js',
    version: versionOf('sip.js'),
    parse: (text) => Parser.parseMessage(text, logger),
    serialize: () => Buffer.from(request.toString()),
  };
}

function loadJsSip(parts: InviteParts): SipStack {
  const { parseMessage } = require('jssip/lib/Parser.js') as { parseMessage(text: string, ua: object): unknown };
  const { OutgoingRequest } = require('jssip/lib/SIPMessage.js') as {
    OutgoingRequest: new (...args: unknown[]) => Serializable;
  };
  const { parse: parseUri } = require('jssip/lib/URI.js') as { parse(uri: string): unknown };
  const ua = { configuration: { session_timers: true, uri: parseUri(parts.from) }, contact: {} };
  const request = new OutgoingRequest(
    'INVITE',
    parseUri(parts.target),
    ua,
    { call_id: parts.callId, from_tag: parts.fromTag, cseq: 1 },
    [...parts.extraHeaders, `Content-Type: ${parts.contentType}`],
    parts.body,
  );
  request.setHeader('via', parts.via);
  return {
    name: 'JsSIP',
    version: versionOf('jssip'),
    parse: (text) => parseMessage(text, ua),
    serialize: () => Buffer.from(request.toString()),
  };
}

function loadSip(parts: InviteParts): SipStack {
  const sip = require('sip') as { parse(text: string): unknown; stringify(message: unknown): string };
  const head = [
    `INVITE ${parts.target} SIP/2.0`,
    `Via: ${parts.via}`,
    'Max-Forwards: 70',
    `From: <${parts.from}>;tag=${parts.fromTag}`,
    `To: <${parts.target}>`,
    `Call-ID: ${parts.callId}`,
    'CSeq: 1 INVITE',
    ...parts.extraHeaders,
    `Content-Type: ${parts.contentType}`,
  ];
  const message = sip.parse(`${head.join('\r\n')}\r\n\r\n${parts.body}`);
  return {
    name: 'sip',
    version: versionOf('sip'),
    parse: (text) => sip.parse(text),
    serialize: () => Buffer.from(sip.stringify(message)),
  };
}

function ignore(): void {
  // The stacks log what they do not like; a benchmark does not listen.
}
