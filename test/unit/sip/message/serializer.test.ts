import { describe, expect, it } from 'vitest';
import { createRequest, createResponse } from '../../../../core/sip/message/factory.ts';
import { serializeMessage } from '../../../../core/sip/message/serializer.ts';
import { sipUri } from '../../../../core/sip/message/uri.ts';

const write = (message: Parameters<typeof serializeMessage>[0]) => new TextDecoder().decode(serializeMessage(message));
const uri = sipUri({ user: 'bob', host: '2001:db8::1', port: 5061 });

describe('serializeMessage', () => {
  it('writes start line, fields in order and canonical spelling, and the body', () => {
    const message = createRequest({
      method: 'MESSAGE',
      uri,
      headers: [
        ['v', 'SIP/2.0/TLS a'],
        ['x-odd', 'y'],
      ],
      contentType: 'text/plain',
      body: new TextEncoder().encode('hi'),
    });
    expect(write(message)).toBe(
      'MESSAGE sip:bob@[2001:db8::1]:5061 SIP/2.0\r\nVia: SIP/2.0/TLS a\r\nx-odd: y\r\n' +
        'Content-Type: text/plain\r\nContent-Length: 2\r\n\r\nhi',
    );
  });

  it('writes a response', () => {
    expect(write(createResponse(createRequest({ method: 'X', uri }), 100))).toBe(
      'SIP/2.0 100 Trying\r\nContent-Length: 0\r\n\r\n',
    );
  });

  it('§18.3 Content-Length is exact in octets and comes once, whatever the headers say', () => {
    const message = createRequest({
      method: 'X',
      uri,
      headers: [
        ['l', '99'],
        ['Subject', 'ë'],
      ],
      body: new TextEncoder().encode('ëë'),
    });
    expect(write(message)).toBe('X sip:bob@[2001:db8::1]:5061 SIP/2.0\r\nSubject: ë\r\nContent-Length: 4\r\n\r\nëë');
  });

  it('no value, name, method or phrase can start a new line', () => {
    const message = createRequest({
      method: 'X\r\nEvil: 1',
      uri: { scheme: 'other', text: 'a:b\nEvil: 2' },
      headers: [
        ['Subject', 'a\r\n\r\nb\nc\rd'],
        ['Ev\r\nil', 'x'],
        ['', 'x'],
      ],
    });
    const lines = write(message).split(/\r\n|\r|\n/);
    expect(lines).toEqual(['X Evil: 1 a:b Evil: 2 SIP/2.0', 'Subject: a b c d', 'Content-Length: 0', '', '']);
    const response = createResponse(message, 400, { reason: 'Bad\r\nEvil: 1' });
    expect(write(response)).toMatch(/^SIP\/2\.0 400 Bad Evil: 1\r\n/);
  });
});
