import { describe, expect, it } from 'vitest';
import { recognizeProtocol } from '../../../../core/sip/transport/first-octets.ts';

const of = (text: string): ReturnType<typeof recognizeProtocol> => recognizeProtocol(new TextEncoder().encode(text));

describe('recognizeProtocol', () => {
  it.each([
    ['REGISTER sip:example.org SIP/2.0\r\n', 'sip'],
    ['SIP/2.0 200 OK\r\n', 'sip'],
    ['INVITE sips:bob@exa', 'sip'],
    ['OPTIONS unknown:thing SIP/2.0\r\n', 'sip'],
    ['\r\n\r\nREGISTER sip:example.org SIP/2.0\r\n', 'sip'],
    ['\r\n\r\n', 'sip'],
    ['GET / HTTP/1.1\r\nHost: x\r\n', 'http'],
    ['OPTIONS * HTTP/1.0\r\n', 'http'],
    ['HTTP/1.1 400 Bad Request\r\n', 'http'],
    ['\u0016\u0003\u0001\u0000', 'tls'],
    ['\u0015\u0003\u0001\u0000', 'tls'],
    ['SSH-2.0-OpenSSH_9.2\r\n', 'unknown'],
    ['\u0000\u0001\u0002', 'unknown'],
    ['x'.repeat(1024), 'unknown'],
  ] as const)('%j is %s', (text, spoken) => {
    expect(of(text)).toBe(spoken);
  });

  it('waits where the first octets tell nothing yet', () => {
    for (const text of ['', '\u0016', 'GET ', 'OPTIONS ', '\r', 'SIP/2.']) expect(of(text)).toBeUndefined();
  });

  it('judges a request the same way however few octets come at a time', () => {
    const text = 'OPTIONS sip:example.org SIP/2.0\r\n';
    let judged: string | undefined;
    for (let length = 1; judged === undefined; length++) judged = of(text.slice(0, length));
    expect(judged).toBe('sip');
  });
});
