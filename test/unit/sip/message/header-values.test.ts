import { describe, expect, it } from 'vitest';
import { formatCSeq, parseCSeq } from '../../../../core/sip/message/cseq.ts';
import { splitList } from '../../../../core/sip/message/lists.ts';
import { formatNameAddress, parseNameAddress } from '../../../../core/sip/message/name-address.ts';
import { formatParameters, parseParameters, withParameters } from '../../../../core/sip/message/parameters.ts';
import { quote, readQuotedString } from '../../../../core/sip/message/quoted-string.ts';
import { sipUri } from '../../../../core/sip/message/uri.ts';
import { formatVia, parseVia } from '../../../../core/sip/message/via.ts';

describe('splitList', () => {
  it.each([
    ['', []],
    [' , ,', []],
    [' a ', ['a']],
    ['a,b , c', ['a', 'b', 'c']],
    ['<sip:a,b@c>, <sip:d>', ['<sip:a,b@c>', '<sip:d>']],
    ['"x, y" <sip:a>,b', ['"x, y" <sip:a>', 'b']],
    [String.raw`"x\", y" <sip:a>,b`, [String.raw`"x\", y" <sip:a>`, 'b']],
    [String.raw`"x\\", y`, [String.raw`"x\\"`, 'y']],
    ['"open, never closed', ['"open, never closed']],
    ['<open, never closed', ['<open, never closed']],
  ])('§7.3.1 takes %j apart', (text, values) => {
    expect(splitList(text)).toEqual(values);
  });
});

describe('quoted strings', () => {
  it.each([
    ['"a"', 'a', 3],
    ['""', '', 2],
    [String.raw`"a\"b\\" rest`, 'a"b\\', 8],
    [String.raw`"\\\"" x`, '\\"', 6],
  ])('§25.1 reads %s', (text, value, end) => {
    expect(readQuotedString(text, 0)).toEqual({ ok: true, value: { value, end } });
  });

  it.each(['"', '"abc', String.raw`"abc\"`, String.raw`"abc\\\"`])('refuses the unbalanced %s', (text) => {
    expect(readQuotedString(text, 0).ok).toBe(false);
  });

  it.each(['', 'plain', 'a "b" \\ c', '\u0000\u0007\u007f', 'Zoë 大停電'])('reads back what it writes: %j', (text) => {
    const quoted = quote(text);
    expect(readQuotedString(quoted, 0)).toEqual({ ok: true, value: { value: text, end: quoted.length } });
  });

  it('has no line break in it, whatever it quotes', () => {
    expect(quote('a\r\nVia: evil')).toBe('"a  Via: evil"');
  });
});

describe('header parameters', () => {
  it('§25.1 reads tokens, quoted values, hosts and flags, names in lower case', () => {
    const parsed = parseParameters(' ; Tag=a ;LR; x = "q; \\"z" ;received=[2001:db8::1];y=2001:db8::2');
    expect(parsed).toEqual({
      ok: true,
      value: new Map([
        ['tag', 'a'],
        ['lr', null],
        ['x', 'q; "z'],
        ['received', '[2001:db8::1]'],
        ['y', '2001:db8::2'],
      ]),
    });
  });

  it.each(['x', ';', ';;a', ';a=', ';a=;b', ';=b', ';a b', ';a="b', ';a="b"c', ';a=1;A=2', ';a=b,c'])(
    'refuses %s',
    (text) => {
      expect(parseParameters(text).ok).toBe(false);
    },
  );

  it('quotes what is neither token nor numeric host, and every feature tag (RFC 3840 §9)', () => {
    const parameters = new Map([
      ['tag', 'a.b'],
      ['lr', null],
      ['received', '2001:db8::1'],
      ['text', 'two words'],
      ['+sip.instance', '<urn:uuid:1>'],
      ['+sip.src', 'plain'],
    ]);
    expect(formatParameters(parameters)).toBe(
      ';tag=a.b;lr;received=2001:db8::1;text="two words";+sip.instance="<urn:uuid:1>";+sip.src="plain"',
    );
  });

  it('withParameters changes a copy', () => {
    const before = new Map([['a', '1']]);
    expect([...withParameters(before, { A: undefined, B: null, c: '2' })]).toEqual([
      ['b', null],
      ['c', '2'],
    ]);
    expect(before.size).toBe(1);
  });
});

describe('name-addr', () => {
  const uri = sipUri({ user: 'bob', host: 'example.com' });

  it.each([
    ['<sip:bob@example.com>', {}, undefined],
    ['sip:bob@example.com', {}, undefined],
    ['sip:bob@example.com;tag=1', { tag: '1' }, undefined],
    ['"" <sip:bob@example.com>', {}, undefined],
    ['"Bob" <sip:bob@example.com>;tag=1', { tag: '1' }, 'Bob'],
    ['"B, \\"o\\" <b>" <sip:bob@example.com>', {}, 'B, "o" <b>'],
    ['Bob the Builder <sip:bob@example.com> ; tag=1', { tag: '1' }, 'Bob the Builder'],
    ['Bob<sip:bob@example.com>', {}, 'Bob'],
    ['Zoë <sip:bob@example.com>', {}, 'Zoë'],
  ])('§20.10 reads %s', (text, parameters, displayName) => {
    expect(parseNameAddress(text)).toEqual({
      ok: true,
      value: {
        uri,
        parameters: new Map(Object.entries(parameters)),
        ...(displayName === undefined ? {} : { displayName }),
      },
    });
  });

  it('§20.10 without brackets a semicolon starts header parameters, inside them URI parameters', () => {
    const bare = parseNameAddress('sip:bob@example.com;lr');
    expect(bare.ok && [bare.value.parameters.has('lr'), 'parameters' in bare.value.uri && bare.value.uri.parameters.size]).toEqual([true, 0]); // prettier-ignore
    const inside = parseNameAddress('<sip:bob@example.com;lr>');
    expect(inside.ok && [inside.value.parameters.size, 'parameters' in inside.value.uri && inside.value.uri.parameters.has('lr')]).toEqual([0, true]); // prettier-ignore
  });

  it.each([
    '',
    'Bob',
    '<sip:bob@example.com',
    '"Bob" sip:bob@example.com',
    '"Bob <sip:bob@example.com>',
    'Bell, Alexander <sip:bob@example.com>',
    '< sip:bob@example.com >',
    'sip:bob@example.com?subject=x',
    'sip:a@b, sip:c@d',
    '<sip:bob@example.com> tag=1',
    '<sip:bob@example.com>;tag=1;tag=2',
    '<>',
  ])('refuses %j', (text) => {
    expect(parseNameAddress(text).ok).toBe(false);
  });

  it('writes the name quoted, the URI in brackets', () => {
    expect(formatNameAddress({ displayName: 'B "x"', uri, parameters: new Map([['tag', '1']]) })).toBe(
      String.raw`"B \"x\"" <sip:bob@example.com>;tag=1`,
    );
    expect(formatNameAddress({ uri })).toBe('<sip:bob@example.com>');
  });
});

describe('CSeq', () => {
  it('§20.16 reads and writes number and method', () => {
    expect(parseCSeq('4711   INVITE')).toEqual({ ok: true, value: { sequence: 4711, method: 'INVITE' } });
    expect(parseCSeq('0009 INVITE')).toEqual({ ok: true, value: { sequence: 9, method: 'INVITE' } });
    expect(formatCSeq({ sequence: 1, method: 'BYE' })).toBe('1 BYE');
  });

  it('§8.1.1.5 the number MUST be below 2**31', () => {
    expect(parseCSeq('2147483647 BYE').ok).toBe(true);
    expect(parseCSeq('2147483648 BYE').ok).toBe(false);
  });

  it.each(['', '1', 'INVITE', '1INVITE', '-1 BYE', '1 BYE x', '1 B(YE)', '1.5 BYE'])('refuses %j', (text) => {
    expect(parseCSeq(text).ok).toBe(false);
  });
});

describe('Via', () => {
  it.each([
    ['SIP/2.0/UDP h.example.com', 'SIP/2.0/UDP h.example.com'],
    ['SIP/2.0/tls H.example.com:5061;branch=z9hG4bKx;rport', 'SIP/2.0/TLS h.example.com:5061;branch=z9hG4bKx;rport'],
    ['SIP / 2.0 / UDP  h : 5060 ; branch = z', 'SIP/2.0/UDP h:5060;branch=z'],
    ['sip/2.0/UDP [2001:db8::1];branch=z', 'SIP/2.0/UDP [2001:db8::1];branch=z'],
    ['SIP/2.0/UDP [2001:db8::1]:5070 ;branch=z', 'SIP/2.0/UDP [2001:db8::1]:5070;branch=z'],
    ['SIP/2.0/UDP [2001:db8::1] : 5070', 'SIP/2.0/UDP [2001:db8::1]:5070'],
    ['SIP/2.0/UDP h;received=[2001:db8::1]', 'SIP/2.0/UDP h;received=[2001:db8::1]'],
  ])('§20.42 reads %s', (text, written) => {
    const via = parseVia(text);
    expect(via.ok && formatVia(via.value)).toBe(written);
  });

  it.each([
    '',
    'SIP/2.0/UDP',
    'SIP/2.0/UDP ',
    'SIP/2.0 h',
    'SIP/3.0/UDP h',
    'SIP/2.05/UDP h',
    'SIPX/2.0/UDP h',
    'HTTP/2.0/TCP h',
    'SIP/2.0/UDP h:99999',
    'SIP/2.0/UDP h:',
    'SIP/2.0/UDP h x',
    'SIP/2.0/UDP [::1',
    'SIP/2.0/UDP 2001:db8::1',
    'SIP/2.0/UDP h;;branch=1',
  ])('refuses %j', (text) => {
    expect(parseVia(text).ok).toBe(false);
  });
});
