import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SipMessage } from '../../../../core/sip/message/message.ts';
import { parseMessage } from '../../../../core/sip/message/parser.ts';
import { serializeMessage } from '../../../../core/sip/message/serializer.ts';

interface Row {
  readonly file: string;
  readonly section: string;
  readonly outcome: 'accept' | 'drop' | number;
  readonly reason: string;
}

const folder = new URL('../../../vectors/sip/', import.meta.url);
const rows = JSON.parse(readFileSync(new URL('outcomes.json', folder), 'utf8')) as readonly Row[];

function read(file: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(file, folder)));
}

function accepted(file: string): SipMessage {
  const result = parseMessage(read(file));
  if (!result.ok) throw new Error(result.error.reason);
  return result.value;
}

describe('RFC 4475 and RFC 5118 torture messages', () => {
  it('has an outcome for each of the 61 messages', () => {
    const files = ['rfc4475', 'rfc5118'].flatMap((name) =>
      readdirSync(new URL(`${name}/`, folder)).map((file) => `${name}/${file}`),
    );
    expect(rows.map(({ file }) => file).sort()).toEqual(files.sort());
    expect(files).toHaveLength(61);
  });

  it.each(rows)('$section $file: $outcome. $reason', ({ file, outcome }) => {
    const result = parseMessage(read(file));
    const seen = result.ok ? 'accept' : result.error.action === 'drop' ? 'drop' : result.error.status;
    expect(seen).toBe(outcome);
  });

  it.each(rows.filter(({ outcome }) => outcome === 'accept'))(
    '$file survives being written and read again',
    ({ file }) => {
      const message = accepted(file);
      const again = parseMessage(serializeMessage(message));
      if (!again.ok) throw new Error(again.error.reason);
      const withoutLength = ({ headers }: SipMessage) => [...headers].filter(([name]) => name !== 'Content-Length');
      expect(withoutLength(again.value)).toEqual(withoutLength(message));
      expect(again.value.body).toEqual(message.body);
      expect(again.value.vias).toEqual(message.vias);
      expect(again.value.to).toEqual(message.to);
    },
  );
});

describe('what the torture messages say', () => {
  it('RFC 4475 §3.1.1.1 folds, compact forms and white space', () => {
    const message = accepted('rfc4475/wsinv.dat');
    expect(message.to?.parameters.get('tag')).toBe('1918181833n');
    expect(message.from?.displayName).toBe('J Rosenberg \\"');
    expect(message.from?.parameters.get('tag')).toBe('98asjd8');
    expect(message.cseq).toEqual({ sequence: 9, method: 'INVITE' });
    expect(message.headers.get('Max-Forwards')).toBe('0068');
    expect(message.vias.map(({ transport, host }) => `${transport} ${host}`)).toEqual([
      'UDP 192.0.2.2',
      'TCP spindle.example.com',
      'UDP 192.168.255.111',
    ]);
    expect(message.vias[1]?.parameters.get('branch')).toBe('z9hG4bK9ikj8');
    expect(message.headers.get('NewFangledHeader')).toBe('newfangled value continued newfangled value');
    expect(message.headers.get('UnknownHeaderWithUnusualValue')).toBe(';;,,;;,;');
    expect(message.routes).toHaveLength(1);
    expect(message.contacts).toHaveLength(1);
    expect(message.body).toHaveLength(150);
  });

  it('RFC 4475 §3.1.1.2 control characters in a quoted display name', () => {
    const message = accepted('rfc4475/intmeth.dat');
    expect(message.kind === 'request' && message.method).toBe("!interesting-Method0123456789_*+`.%indeed'~");
    expect(message.to?.displayName).toBe('BEL:\u0007 NUL:\u0000 DEL:\u007f');
  });

  it('RFC 4475 §3.1.1.3 escapes in users', () => {
    const message = accepted('rfc4475/esc01.dat');
    expect(message.kind === 'request' && message.uri).toMatchObject({
      user: 'sips:user@example.com',
      host: 'example.net',
    });
  });

  it('RFC 4475 §3.1.1.5 an escaped name is another header', () => {
    expect(accepted('rfc4475/esc02.dat').contacts).toHaveLength(2);
  });

  it('RFC 4475 §3.1.1.7 all 34 Vias', () => {
    expect(accepted('rfc4475/longreq.dat').vias).toHaveLength(34);
  });

  it('RFC 4475 §3.1.1.9 a user with parameters', () => {
    const message = accepted('rfc4475/semiuri.dat');
    expect(message.kind === 'request' && message.uri).toMatchObject({
      user: 'user;par=u@example.net',
      host: 'example.com',
    });
  });

  it('RFC 4475 §3.3.13 an unknown parameter belongs to the URI inside the brackets', () => {
    const { contacts } = accepted('rfc4475/cparam02.dat');
    expect(contacts).toMatchObject([{ uri: { parameters: new Map([['unknownparam', null]]) }, parameters: new Map() }]);
  });

  it.each(['with', 'no'])('RFC 5118 §4.5 received %s delimiters', (delimiter) => {
    const received = accepted(`rfc5118/via-received-param-${delimiter}-delim`).via?.parameters.get('received');
    expect(received).toBe(delimiter === 'no' ? '2001:db8::9:255' : '[2001:db8::9:255]');
  });

  it('RFC 5118 §4.3 and §4.4 the port of an IPv6 reference', () => {
    const uriOf = (file: string) => {
      const message = accepted(file);
      return message.kind === 'request' ? message.uri : undefined;
    };
    expect(uriOf('rfc5118/port-ambiguous')).toMatchObject({ host: '2001:db8::10:5070' });
    expect(uriOf('rfc5118/port-ambiguous')).not.toHaveProperty('port');
    expect(uriOf('rfc5118/port-unambiguous')).toMatchObject({ host: '2001:db8::10', port: 5070 });
  });
});
