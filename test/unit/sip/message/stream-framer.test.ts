import { describe, expect, it } from 'vitest';
import { STREAM_LIMITS, type MessageLimits } from '../../../../core/sip/message/limits.ts';
import { parseMessage } from '../../../../core/sip/message/parser.ts';
import { StreamFramer } from '../../../../core/sip/message/stream-framer.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const HEAD =
  'OPTIONS sip:b@b SIP/2.0\r\nVia: SIP/2.0/TCP a\r\nFrom: <sip:a>\r\nTo: <sip:b>\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n';
const message = (body = '', length = `Content-Length: ${body.length}`) => `${HEAD}${length}\r\n\r\n${body}`;

/** Events as text, the chunks one after the other. */
function frame(chunks: readonly string[], opened: 'here' | 'there' = 'there', limits?: MessageLimits): string[] {
  const framer = new StreamFramer(opened, limits);
  return chunks.flatMap((chunk) =>
    framer
      .push(encoder.encode(chunk))
      .map((event) => ('octets' in event ? `${event.kind}:${decoder.decode(event.octets)}` : event.kind)),
  );
}

describe('StreamFramer', () => {
  it('§18.3 cuts at Content-Length', () => {
    const [first, second] = [message('abc'), message('')];
    expect(frame([first + second])).toEqual([`message:${first}`, `message:${second}`]);
    expect(frame([first.slice(0, 40), first.slice(40) + second.slice(0, 1), second.slice(1)])).toEqual([
      `message:${first}`,
      `message:${second}`,
    ]);
  });

  it.each(['l:3', 'L : 3', 'CONTENT-LENGTH:\t3  ', 'Content-Length:\r\n 3', 'Content-Length: 003'])(
    'finds the length written %j',
    (length) => {
      const text = message('abc', length);
      expect(frame([`${text}\r\n`])).toEqual([`message:${text}`]);
    },
  );

  it('is not misled by names and values that look alike', () => {
    const text = `${HEAD}X-Content-Length: 9\r\nContent-Length-X: 8\r\nSubject: x\r\n l: 7\r\nl: 1\r\n\r\nz`;
    expect(frame([`${text}\r\n`])).toEqual([`message:${text}`]);
  });

  it.each([
    'X: y',
    'Content-Length: ',
    'Content-Length: x',
    'Content-Length: -1',
    'Content-Length: 1 1',
    'Content-Length: 12345678901',
    'Content-Length: 1\r\nl: 2',
  ])('a length of %j fails the stream, and the octets yield a refusal', (length) => {
    const text = message('', length);
    const framer = new StreamFramer('there');
    const [event, ...more] = framer.push(encoder.encode(text + message('')));
    if (event?.kind !== 'failure') throw new Error('no failure');
    expect(more).toEqual([]);
    expect(framer.push(encoder.encode(message('')))).toEqual([]);
    const result = parseMessage(event.octets, { framing: 'stream' });
    expect(result.ok ? result : result.error).toMatchObject({ action: 'refuse', status: 400 });
  });

  it.each([
    ['body', `${HEAD}l: ${STREAM_LIMITS.body + 1}\r\n\r\n`, 413],
    ['head', `${HEAD}${`X: ${'y'.repeat(8000)}\r\n`.repeat(9)}`, 513],
  ])('a %s over its limit fails the stream', (_, text, status) => {
    const [event] = new StreamFramer('there').push(encoder.encode(text));
    if (event?.kind !== 'failure') throw new Error('no failure');
    const result = parseMessage(event.octets, { framing: 'stream' });
    expect(result.ok ? result : result.error).toMatchObject({ action: 'refuse', status });
  });

  it('a message over its limit fails the stream, one at the limit does not', () => {
    const text = message('abc');
    expect(frame([text], 'there', { ...STREAM_LIMITS, message: text.length })).toEqual([`message:${text}`]);
    expect(frame([text], 'there', { ...STREAM_LIMITS, message: text.length - 1 })[0]).toMatch(/^failure:/);
  });

  it('RFC 5626 §3.5.1 a double CRLF from who opened the connection is a ping', () => {
    expect(frame(['\r\n\r\n'])).toEqual(['ping']);
    expect(frame(['\r', '\n\r', '\n'])).toEqual(['ping']);
    expect(frame([`\r\n\r\n${message()}\r\n\r\n\r\n\r\n`])).toEqual(['ping', `message:${message()}`, 'ping', 'ping']);
  });

  it('§7.5 a single CRLF in front of a message is nothing', () => {
    expect(frame([`\r\n${message()}\r\n${message()}`])).toEqual([`message:${message()}`, `message:${message()}`]);
  });

  it('RFC 5626 §4.4.1 a CRLF from who accepted it is a pong', () => {
    expect(frame(['\r\n'], 'here')).toEqual(['pong']);
    expect(frame([`\r\n${message()}\r`, '\n'], 'here')).toEqual(['pong', `message:${message()}`, 'pong']);
  });

  it('a CR alone starts no message and no keep-alive', () => {
    expect(frame(['\r', `X\r\n`])).toEqual([]);
  });

  it('hands out copies, also of a Buffer', () => {
    const chunk = Buffer.from(message('abc'));
    const [event] = new StreamFramer('there').push(chunk);
    chunk.fill(0);
    expect(event?.kind === 'message' && decoder.decode(event.octets)).toBe(message('abc'));
  });

  it('work grows with the octets only: 256 KiB in single octets take no second', () => {
    const octets = encoder.encode(message('x'.repeat(190_000)) + message('x'.repeat(60_000)));
    const framer = new StreamFramer('there');
    const start = performance.now();
    let count = 0;
    for (let index = 0; index < octets.length; index++) count += framer.push(octets.subarray(index, index + 1)).length;
    expect(count).toBe(2);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
