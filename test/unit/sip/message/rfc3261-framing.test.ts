import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../../../core/sip/message/parser.ts';
import { parseUri } from '../../../../core/sip/message/uri.ts';

function response(contentLength: number, body: string): ReturnType<typeof parseMessage> {
  const lines = [
    'SIP/2.0 200 OK',
    'Via: SIP/2.0/UDP a;branch=z9hG4bK1',
    'From: <sip:a@a>;tag=1',
    'To: <sip:b@b>;tag=2',
    'Call-ID: x',
    'CSeq: 1 OPTIONS',
    `Content-Length: ${contentLength}`,
    '',
    body,
  ];
  return parseMessage(new TextEncoder().encode(lines.join('\r\n')));
}

describe('RFC 3261 what is refused', () => {
  it('§18.3 a response whose body is cut off MUST be discarded', () => {
    expect(response(6, 'abcdef').ok).toBe(true);
    const cut = response(7, 'abcdef');
    expect(!cut.ok && cut.error.action).toBe('drop');
  });

  it('§19.1.2 escapes in a host MUST NOT be undone', () => {
    expect(parseUri('sip:a@ex%61mple.com').ok).toBe(false);
    expect(parseUri('sip:%61@example.com')).toMatchObject({ ok: true, value: { user: 'a' } });
  });
});
