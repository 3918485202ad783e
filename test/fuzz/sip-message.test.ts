import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createRequest, createResponse } from '../../core/sip/message/factory.ts';
import { Headers } from '../../core/sip/message/headers.ts';
import type { SipMessage } from '../../core/sip/message/message.ts';
import { formatNameAddress, parseNameAddress } from '../../core/sip/message/name-address.ts';
import { parseMessage } from '../../core/sip/message/parser.ts';
import { serializeMessage } from '../../core/sip/message/serializer.ts';
import { formatUri, parseUri, sipUri, type SipUri } from '../../core/sip/message/uri.ts';

const TOKEN = fc.stringMatching(/^[A-Za-z0-9\-.!%*_+`'~]{1,12}$/);
const PARAMETER_NAME = fc.stringMatching(/^[a-z0-9\-.]{1,8}$/);
const HOST = fc.constantFrom('example.com', 'a', '192.0.2.1', '2001:db8::1', '::ffff:192.0.2.1');
/** Any text that UTF-8 can carry. */
const TEXT = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.toWellFormed());
const LINE = TEXT.map((text) => text.replace(/[\r\n]/g, ' ').trim());

const URI: fc.Arbitrary<SipUri> = fc
  .record({
    scheme: fc.constantFrom('sip' as const, 'sips' as const),
    user: fc.option(
      TEXT.filter((text) => text !== ''),
      { nil: undefined },
    ),
    host: HOST,
    port: fc.option(fc.nat(65535), { nil: undefined }),
    parameters: fc.dictionary(PARAMETER_NAME, fc.option(TEXT), { noNullPrototype: true, maxKeys: 4 }),
  })
  .map(({ parameters, ...parts }) => sipUri({ ...parts, parameters: new Map(Object.entries(parameters)) }));

const NAME_ADDRESS = fc
  .record({
    displayName: fc.option(
      LINE.filter((text) => text !== ''),
      { nil: undefined },
    ),
    uri: URI,
    parameters: fc.dictionary(PARAMETER_NAME, fc.option(LINE), { noNullPrototype: true, maxKeys: 4 }),
  })
  .map(({ displayName, uri, parameters }) => ({
    ...(displayName === undefined ? {} : { displayName }),
    uri,
    parameters: new Map(Object.entries(parameters)),
  }));

const REQUEST = fc
  .record({
    method: TOKEN,
    uri: URI,
    from: NAME_ADDRESS,
    to: NAME_ADDRESS,
    callId: TOKEN,
    sequence: fc.nat(2 ** 31 - 1),
    others: fc.array(fc.tuple(TOKEN.map((name) => `X-${name}`), LINE), { maxLength: 8 }), // prettier-ignore
    body: fc.uint8Array({ maxLength: 100 }),
  })
  .map(({ method, uri, from, to, callId, sequence, others, body }) =>
    createRequest({
      method,
      uri,
      headers: [
        ['Via', 'SIP/2.0/UDP h;branch=z9hG4bK1'],
        ['From', formatNameAddress(from)],
        ['To', formatNameAddress(to)],
        ['Call-ID', callId],
        ['CSeq', `${sequence} ${method}`],
        ...others,
      ],
      body,
    }),
  );

const samples = ['rfc4475', 'rfc5118'].flatMap((name) => {
  const folder = new URL(`../vectors/sip/${name}/`, import.meta.url);
  return readdirSync(folder).map((file) => new Uint8Array(readFileSync(new URL(file, folder))));
});

/** A torture message with some octets changed, cut out or put in. */
const MUTATED = fc
  .tuple(
    fc.constantFrom(...samples),
    fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.uint8Array({ minLength: 1, maxLength: 4 })), {
      minLength: 1,
      maxLength: 6,
    }),
  )
  .map(([sample, changes]) => {
    let octets = [...sample];
    for (const [position, removed, added] of changes) {
      const index = position % octets.length;
      octets = [...octets.slice(0, index), ...added, ...octets.slice(index + removed)];
    }
    return new Uint8Array(octets);
  });

/** Reads everything that is read on demand, answers what is refused, and writes whatever came out. */
function exercise(octets: Uint8Array, framing: 'datagram' | 'stream'): void {
  const result = parseMessage(octets, { framing });
  if (!result.ok) {
    if (result.error.action === 'refuse') {
      const { request, status, reason } = result.error;
      serializeMessage(createResponse(request, status, { reason, toTag: 'x' }));
    }
    return;
  }
  const message = result.value;
  const { via, from, to, cseq, callId } = message;
  expect([via, from, to, cseq].every((value) => value !== undefined) && callId !== '').toBe(true);
  readAll(message);
  const again = parseMessage(serializeMessage(message), { framing: 'stream' });
  if (!again.ok) throw new Error(`written but not read: ${again.error.reason}`);
  expect(comparable(again.value)).toEqual(comparable(message));
}

/** Reads every value that is read on demand. */
function readAll(message: SipMessage): void {
  const { via, vias, from, to, cseq, callId, contacts, routes, recordRoutes, contentType } = message;
  const values = [via, vias, from, to, cseq, callId, contacts, routes, recordRoutes, contentType];
  expect(values).toHaveLength(10);
}

function comparable(message: SipMessage): unknown {
  const fields = [...message.headers].filter(([name]) => name !== 'Content-Length');
  const start = message.kind === 'request' ? [message.method, message.uri] : [message.status, message.reason];
  return { start, fields, body: [...message.body] };
}

describe('SIP messages', () => {
  it('come back as they were written', () => {
    fc.assert(
      fc.property(REQUEST, (request) => {
        const result = parseMessage(serializeMessage(request), { framing: 'stream' });
        if (!result.ok) throw new Error(result.error.reason);
        expect(comparable(result.value)).toEqual(comparable(request));
        expect(result.value.to).toEqual(request.to);
      }),
      { numRuns: 300 },
    );
  });

  it('of random octets never throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom('datagram' as const, 'stream' as const), exercise),
      { numRuns: 500 },
    );
  });

  it('of mutated torture messages never throw, and survive being written where they are accepted', () => {
    fc.assert(fc.property(MUTATED, fc.constantFrom('datagram' as const, 'stream' as const), exercise), {
      numRuns: 2000,
    });
  });

  it('never write a line that nobody asked for', () => {
    const hostile = fc.string({ unit: fc.constantFrom('a', '\r', '\n', ' ', ':', '\t', 'ë') });
    fc.assert(
      fc.property(hostile, hostile, fc.array(fc.tuple(hostile, hostile), { maxLength: 5 }), (method, text, fields) => {
        const request = createRequest({ method, uri: { scheme: 'other', text }, headers: fields });
        const lines = new TextDecoder().decode(serializeMessage(request)).split(/\r\n|\r|\n/);
        const written = fields.filter(([name]) => /^a+$/.test(name)).length;
        expect(lines).toHaveLength(1 + written + 1 + 2);
      }),
      { numRuns: 300 },
    );
  });
});

describe('header values', () => {
  it('a URI comes back as it was written', () => {
    fc.assert(
      fc.property(URI, (uri) => {
        expect(parseUri(formatUri(uri))).toEqual({ ok: true, value: uri });
      }),
      { numRuns: 500 },
    );
  });

  it('an address comes back as it was written', () => {
    fc.assert(
      fc.property(NAME_ADDRESS, (address) => {
        expect(parseNameAddress(formatNameAddress(address))).toEqual({ ok: true, value: address });
      }),
      { numRuns: 500 },
    );
  });

  it('any text as any header never throws', () => {
    const names = fc.constantFrom('Via', 'From', 'Contact', 'CSeq', 'Route', 'Content-Type');
    const pieces = fc.constantFrom('"', '\\', '<', '>', ';', ',', '=', ':', '@', '?', '%', '%4', '[', ']', ' ', 'sip:', 'SIP/2.0/UDP', 'a', '1', '\u0000'); // prettier-ignore
    fc.assert(
      fc.property(names, fc.string({ unit: pieces }), (name, value) => {
        const message = createRequest({
          method: 'X',
          uri: sipUri({ host: 'a' }),
          headers: new Headers([[name, value]]),
        });
        readAll(message);
      }),
      { numRuns: 2000 },
    );
  });
});
