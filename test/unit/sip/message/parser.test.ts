import { describe, expect, it } from 'vitest';
import { createResponse } from '../../../../core/sip/message/factory.ts';
import { DATAGRAM_LIMITS, STREAM_LIMITS } from '../../../../core/sip/message/limits.ts';
import { parseMessage, type ParseOptions } from '../../../../core/sip/message/parser.ts';

const MANDATORY = [
  'Via: SIP/2.0/UDP a;branch=z9hG4bK1',
  'From: <sip:a@a>;tag=1',
  'To: <sip:b@b>',
  'Call-ID: x',
  'CSeq: 1 INVITE',
];

function compose(start: string, fields: readonly string[], body = ''): Uint8Array {
  return new TextEncoder().encode([start, ...fields, '', body].join('\r\n'));
}

const invite = (fields: readonly string[] = MANDATORY, body = '') => compose('INVITE sip:b@b SIP/2.0', fields, body);

/** `accept`, `drop: why` or `status why`. */
function outcome(octets: Uint8Array, options?: ParseOptions): string {
  const result = parseMessage(octets, options);
  if (result.ok) return 'accept';
  const { error } = result;
  return error.action === 'drop' ? `drop: ${error.reason}` : `${error.status} ${error.reason}`;
}

/** The mandatory fields with one replaced, or left out. */
function but(name: string, line?: string): readonly string[] {
  return MANDATORY.flatMap((field) => (field.startsWith(`${name}:`) ? (line === undefined ? [] : [line]) : [field]));
}

describe('start line', () => {
  it('reads a request and a response', () => {
    const request = parseMessage(invite());
    expect(request.ok && request.value).toMatchObject({
      kind: 'request',
      method: 'INVITE',
      uri: { user: 'b', host: 'b' },
    });
    const response = parseMessage(compose('SIP/2.0 486 Busy Here', MANDATORY));
    expect(response.ok && response.value).toMatchObject({ kind: 'response', status: 486, reason: 'Busy Here' });
  });

  it.each([
    ['INVITE sip:b@b sip/2.0', 'accept'],
    ['invite sip:b@b SIP/2.0', '400 CSeq method does not match'],
    ['INVITE tel:+1 SIP/2.0', 'accept'],
    ['INVITE sip:b@b SIP/3.0', '505 Version Not Supported'],
    ['INVITE sip:b@b SIP/', '505 Version Not Supported'],
    ['INVITE sip:b@b SIP/2.0 ', '400 Malformed request line'],
    ['INVITE  sip:b@b SIP/2.0', '400 Malformed Request-URI'],
    ['INVITE  SIP/2.0', '400 Malformed Request-URI'],
    ['INVITE sip: SIP/2.0', '400 Malformed Request-URI'],
    ['INVITE sip:b@b?x=y SIP/2.0', '400 Headers in Request-URI'],
    ['INVITE mailto:b@b SIP/2.0', '416 Unsupported URI Scheme'],
    [`INVITE sip:${'b'.repeat(8200)}@b SIP/2.0`, '414 Request-URI Too Long'],
    ['GET / HTTP/1.1', 'drop: not SIP'],
    ['INVITE', 'drop: not SIP'],
    ['INVITE SIP/2.0', 'drop: not SIP'],
    ['INV,ITE sip:b@b SIP/2.0', 'drop: not SIP'],
    [' INVITE sip:b@b SIP/2.0', 'drop: not SIP'],
    ['SIP/2.0 200', 'accept'],
    ['SIP/2.0 099 X', 'drop: malformed status line'],
    ['SIP/2.0 700 X', 'drop: malformed status line'],
    ['SIP/2.0 2000 X', 'drop: malformed status line'],
    ['SIP/3.0 200 OK', 'drop: malformed status line'],
  ])('§7.1, §7.2 %s: %s', (start, expected) => {
    expect(outcome(compose(start, MANDATORY))).toBe(expected);
  });

  it('§7.5 ignores line breaks in front of it', () => {
    const octets = invite();
    expect(outcome(new Uint8Array([13, 10, 13, 10, ...octets]))).toBe('accept');
    expect(outcome(new Uint8Array([13, 10, 13, 10]))).toBe('drop: nothing but line breaks');
    expect(outcome(new Uint8Array(0))).toBe('drop: nothing but line breaks');
  });
});

describe('header fields', () => {
  const headersOf = (...fields: readonly string[]) => {
    const result = parseMessage(invite([...MANDATORY, ...fields]));
    if (!result.ok) throw new Error(result.error.reason);
    return result.value.headers;
  };

  it('§7.3.1 unfolds, and takes away white space around name and value', () => {
    const headers = headersOf('Subject  : \t a\t b  \r\n\tc\r\n  d ', 'X-Empty:', 'X-Blank:  \t', 's2:x');
    expect(headers.get('s')).toBe('a\t b   c d');
    expect([headers.get('X-Empty'), headers.get('X-Blank'), headers.get('s2')]).toEqual(['', '', 'x']);
  });

  it('§7.3.3 compact forms are the long ones', () => {
    const compact = ['v: SIP/2.0/UDP a', 'f: <sip:a>', 't: <sip:b>', 'i: x', 'CSEQ: 1 INVITE', 'm: <sip:c>'];
    const result = parseMessage(invite(compact));
    expect(result.ok && result.value).toMatchObject({ callId: 'x', contacts: [{ uri: { host: 'c' } }] });
  });

  it('keeps fields that it does not know', () => {
    expect([...headersOf('X-Odd!: ;;,"')].at(-1)).toEqual(['X-Odd!', ';;,"']);
  });

  it.each([
    ['no colon here', '400 Malformed header line'],
    [': no name', '400 Malformed header line'],
    ['Two words: x', '400 Malformed header line'],
    ['X: a\nVia: b', '400 Line does not end with CRLF'],
    ['X: a\rVia: b', '400 Line does not end with CRLF'],
    [`X: ${'a'.repeat(8190)}`, '400 Header line too long'],
    [`X: ${'a'.repeat(8189)}`, 'accept'],
    [`X: ${'a'.repeat(4100)}\r\n ${'a'.repeat(4100)}`, '400 Header line too long'],
  ])('limits and syntax of a line, case %#', (line, expected) => {
    expect(outcome(invite([...MANDATORY, line]))).toBe(expected);
  });

  it('takes 256 fields and not one more', () => {
    const fields = (count: number) => [...MANDATORY, ...Array<string>(count - MANDATORY.length).fill('X: y')];
    expect(outcome(invite(fields(256)))).toBe('accept');
    expect(outcome(invite(fields(257)))).toBe('400 Too many header fields');
  });

  it('a head that does not end is malformed', () => {
    expect(outcome(invite().subarray(0, -2))).toBe('400 Header section does not end');
  });
});

describe('mandatory fields', () => {
  it.each(['From', 'To', 'Call-ID', 'CSeq'])(
    '§8.1.1 a request without %s is answered 400, a response dropped',
    (name) => {
      expect(outcome(invite(but(name)))).toBe(`400 Missing ${name}`);
      expect(outcome(compose('SIP/2.0 200 OK', but(name)))).toBe(`drop: Missing ${name}`);
    },
  );

  it.each([
    ['From', 'From: "x <sip:a>', '400 Malformed From'],
    ['To', 'To: <sip:b', '400 Malformed To'],
    ['Call-ID', 'Call-ID: ', '400 Malformed Call-ID'],
    ['CSeq', 'CSeq: INVITE', '400 Malformed CSeq'],
    ['CSeq', 'CSeq: 1 ACK', '400 CSeq method does not match'],
    ['Via', 'Via: x', '400 Malformed Via'],
    ['Via', 'X: y', 'drop: Missing Via'],
    ['To', 'To: <sip:b>\r\nt: <sip:c>', '400 Repeated To'],
    ['To', 'To: <sip:b>\r\nMax-Forwards: 256', '400 Malformed Max-Forwards'],
    ['To', 'To: <sip:b>\r\nMax-Forwards: -1', '400 Malformed Max-Forwards'],
    ['To', 'To: <sip:b>\r\nMax-Forwards: 255', 'accept'],
    ['To', 'To: <sip:b>\r\nContact: <sip:', 'accept'],
    ['To', 'To: <sip:b>\r\nContact: *', 'accept'],
    ['To', 'To: <sip:b>\r\nRoute: <sip:a>, <', '400 Malformed Route'],
    ['To', 'To: <sip:b>\r\nRecord-Route: x', '400 Malformed Record-Route'],
  ])('§8.2 %s as %j: %s', (name, line, expected) => {
    expect(outcome(invite(but(name, line)))).toBe(expected);
  });

  it('§10.3 a REGISTER whose Contact is malformed MUST NOT pass for one that only asks', () => {
    const register = (contact: string) =>
      outcome(compose('REGISTER sip:b SIP/2.0', [...but('CSeq', 'CSeq: 1 REGISTER'), contact]));
    expect(register('Contact: <sip:')).toBe('400 Malformed Contact');
    expect(register('Contact: *')).toBe('accept');
    expect(register('X: y')).toBe('accept');
  });

  it('§17.1.1.3 nobody answers an ACK', () => {
    expect(outcome(compose('ACK sip:b@b SIP/2.0', but('CSeq', 'CSeq: 1 BYE')))).toMatch(/^drop: ACK/);
  });

  it('a refusal holds enough of the request for its response', () => {
    const result = parseMessage(compose('INVITE sip: SIP/2.0', ['no colon', ...MANDATORY]));
    if (result.ok || result.error.action !== 'refuse') throw new Error('not refused');
    expect(result.error.request.uri).toEqual({ scheme: 'other', text: 'sip:' });
    const response = createResponse(result.error.request, result.error.status, { reason: result.error.reason });
    expect([...response.headers].map(([name, value]) => `${name}: ${value}`)).toEqual(MANDATORY);
  });
});

describe('body', () => {
  const withLength = (length: string, body: string) => invite([...MANDATORY, `Content-Length: ${length}`], body);
  const bodyOf = (octets: Uint8Array, options?: ParseOptions) => {
    const result = parseMessage(octets, options);
    return result.ok ? new TextDecoder().decode(result.value.body) : outcome(octets, options);
  };

  it('§18.3 in a datagram ends where Content-Length says, or with the datagram', () => {
    expect(bodyOf(withLength('3', 'abcdef'))).toBe('abc');
    expect(bodyOf(invite(MANDATORY, 'abcdef'))).toBe('abcdef');
    expect(bodyOf(withLength('7', 'abcdef'))).toBe('400 Content-Length does not match');
  });

  it('§18.3 in a stream MUST have a Content-Length, which must match', () => {
    const framing = 'stream';
    expect(bodyOf(withLength('6', 'abcdef'), { framing })).toBe('abcdef');
    expect(bodyOf(withLength('5', 'abcdef'), { framing })).toBe('400 Content-Length does not match');
    expect(bodyOf(invite(), { framing })).toBe('400 Missing Content-Length');
  });

  it.each(['-1', '+1', '1 1', 'x', '', '0x1', '12345678901'])('Content-Length %j is malformed', (length) => {
    expect(bodyOf(withLength(length, 'a'))).toBe('400 Malformed Content-Length');
  });

  it('two Content-Lengths are one too many, even the same', () => {
    expect(outcome(invite([...MANDATORY, 'l: 0', 'Content-Length: 0']))).toBe('400 Repeated Content-Length');
  });

  it('counts octets, not characters', () => {
    expect(bodyOf(invite([...MANDATORY, 'Subject: ë', 'l: 2'], 'ëx'))).toBe('ë');
  });

  it('limits: 65,535 octets in a datagram', () => {
    const empty = invite().length;
    expect(outcome(invite(MANDATORY, 'x'.repeat(DATAGRAM_LIMITS.message - empty)))).toBe('accept');
    expect(outcome(invite(MANDATORY, 'x'.repeat(DATAGRAM_LIMITS.message - empty + 1)))).toBe('513 Message Too Large');
  });

  it('limits: head and body in a stream', () => {
    const body = STREAM_LIMITS.body;
    expect(outcome(withLength(String(body), 'x'.repeat(body)), { framing: 'stream' })).toBe('accept');
    expect(outcome(withLength(String(body + 1), ''), { framing: 'stream' })).toBe('413 Request Entity Too Large');
    const head = Array<string>(9).fill(`X: ${'y'.repeat(8000)}`);
    expect(outcome(invite([...MANDATORY, 'l: 0', ...head]), { framing: 'stream' })).toBe('513 Message Too Large');
  });
});
