import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Another SIP stack in JavaScript: its own parser, and its own serializer of an INVITE that it built itself. */
export interface SipStack {
  readonly name: string;
  readonly version: string;
  /** Reads a message; all three take text, which their transports hand them. */
  readonly parse: (text: string) => unknown;
  /** Reads a message and makes values of Request-URI, Via, From, To, CSeq, Contact and Record-Route, URIs included. */
  readonly parseAll: (text: string) => unknown;
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
  const parse = (text: string): unknown => Parser.parseMessage(text, logger);
  return {
    name: 'SIP.js',
    version: versionOf('sip.js'),
    parse,
    parseAll: parse,
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
  const parse = (text: string): unknown => parseMessage(text, ua);
  return {
    name: 'JsSIP',
    version: versionOf('jssip'),
    parse,
    parseAll: parse,
    serialize: () => Buffer.from(request.toString()),
  };
}

/** What the module `sip` makes of a message; it leaves all URIs but those of routes as text. */
interface SipModuleMessage {
  readonly uri: string;
  readonly headers: {
    readonly from: { readonly uri: string };
    readonly to: { readonly uri: string };
    readonly contact: readonly { readonly uri: string }[];
  };
}

function loadSip(parts: InviteParts): SipStack {
  const sip = require('sip') as {
    parse(text: string): SipModuleMessage;
    parseUri(uri: unknown): unknown;
    stringify(message: unknown): string;
  };
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
    parseAll: (text) => {
      const { uri, headers } = sip.parse(text);
      return [uri, headers.from.uri, headers.to.uri, headers.contact[0]?.uri].map((written) => sip.parseUri(written));
    },
    serialize: () => Buffer.from(sip.stringify(message)),
  };
}

function ignore(): void {
  // The stacks log what they do not like; a benchmark does not listen.
}
