import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { STREAM_LIMITS } from '../../core/sip/message/limits.ts';
import { StreamFramer } from '../../core/sip/message/stream-framer.ts';

const encoder = new TextEncoder();
const LIMITS = { ...STREAM_LIMITS, head: 120, body: 60, message: 150 };

/** What a stream may carry: messages good and bad, keep-alives, and pieces of all of them. */
const PIECE = fc.oneof(
  fc
    .string({ unit: 'grapheme-ascii', maxLength: 70 })
    .map((body) => `M sip:a SIP/2.0\r\nl: ${body.length}\r\n\r\n${body}`),
  fc.constantFrom(
    '\r\n',
    '\r\n\r\n',
    '\r',
    '\n',
    'l: 3\r\n',
    'X',
    'M sip:a SIP/2.0\r\n\r\n',
    'Content-Length: 5\r\n\r\n',
  ),
  fc.string({ maxLength: 150 }),
);
const STREAM = fc.array(PIECE, { maxLength: 12 }).map((pieces) => encoder.encode(pieces.join('')));

function frame(octets: Uint8Array, cuts: readonly number[], opened: 'here' | 'there'): unknown[] {
  const framer = new StreamFramer(opened, LIMITS);
  const events: unknown[] = [];
  let start = 0;
  for (const end of [...cuts.map((cut) => cut % (octets.length + 1)).sort((a, b) => a - b), octets.length]) {
    // A chunk that is overwritten afterwards shows whether anything still looks at it.
    const chunk = octets.slice(start, end);
    events.push(...framer.push(chunk));
    chunk.fill(0);
    start = end;
  }
  return events;
}

describe('StreamFramer', () => {
  it('yields the same events however the stream is split', () => {
    fc.assert(
      fc.property(STREAM, fc.array(fc.nat(), { maxLength: 20 }), fc.constantFrom('here' as const, 'there' as const), (octets, cuts, opened) => {
        const whole = frame(octets, [], opened);
        expect(frame(octets, cuts, opened)).toEqual(whole);
        expect(frame(octets, [...octets.keys()], opened)).toEqual(whole);
      }), // prettier-ignore
      { numRuns: 1000 },
    );
  });

  it('finds every message of a well-formed stream', () => {
    const body = fc.uint8Array({ maxLength: 50 });
    fc.assert(
      fc.property(fc.array(body, { maxLength: 10 }), fc.array(fc.nat(), { maxLength: 10 }), (bodies, cuts) => {
        const messages = bodies.map((octets) => {
          const head = encoder.encode(`M sip:a SIP/2.0\r\nContent-Length: ${octets.length}\r\n\r\n`);
          return new Uint8Array([...head, ...octets]);
        });
        const stream = new Uint8Array(messages.flatMap((octets) => [...octets]));
        expect(frame(stream, cuts, 'there')).toEqual(messages.map((octets) => ({ kind: 'message', octets })));
      }),
      { numRuns: 300 },
    );
  });
});
