import { describe, expect, it } from 'vitest';
import { formatLadder, ladder } from '../../../core/trace/ladder.ts';
import type { TraceEvent } from '../../../core/trace/tracer.ts';

const INVITE =
  'INVITE sip:9196@example.org SIP/2.0\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n\r\nv=0';
const OK = 'SIP/2.0 200 OK\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n\r\n';

let seq = 0;
function event(kind: string, mono: number, fields: Record<string, unknown>): TraceEvent {
  return { seq: ++seq, time: '2026-01-01T00:00:00.000Z', mono, level: 5, component: 'tport', kind, ...fields };
}
const phone = { connection: 'phone-tls-1', protocol: 'tls', local: '127.0.0.1:40000', remote: '127.0.0.1:5061' };
const profile = { connection: 'internal-tls-2', protocol: 'tls', local: '127.0.0.1:5061', remote: '127.0.0.1:40000' };

describe('the ladder of a trace', () => {
  it('has a column a party, by the names of their connections, and a row a message', () => {
    const drawn = ladder([
      event('sip.sent', 10, { ...phone, text: INVITE }),
      event('sip.received', 11, { ...profile, text: INVITE }),
      event('sip.sent', 12, { ...profile, text: OK }),
      event('sip.received', 13, { ...phone, text: OK }),
    ]);
    expect(drawn.parties).toEqual(['phone', 'internal']);
    expect(drawn.rows).toMatchObject([
      { from: 'phone', to: 'internal', label: 'INVITE sip:9196@example.org + SDP', atMs: 0, call: 'c1', count: 1 },
      { from: 'internal', to: 'phone', label: '200 OK to INVITE', atMs: 2, protocol: 'tls' },
    ]);
  });

  it('RFC 3261 §17.1.3 knows a transaction by its branch and method', () => {
    const via = 'Via: SIP/2.0/TLS a;branch=z9hG4bK1;rport\r\n';
    const texts = [INVITE, OK].map((text) => text.replace('\r\n', `\r\n${via}`));
    const drawn = ladder(
      texts.map((text, index) => event(index === 0 ? 'sip.sent' : 'sip.received', index, { ...phone, text })),
    );
    expect(drawn.rows.map(({ transaction }) => transaction)).toEqual(['z9hG4bK1 INVITE', 'z9hG4bK1 INVITE']);
  });

  it('counts retransmissions at the first', () => {
    const sent = (mono: number) => event('sip.sent', mono, { ...phone, text: INVITE });
    const drawn = ladder([sent(0), sent(500), sent(1500)]);
    expect(drawn.rows).toMatchObject([{ count: 3 }]);
    expect(formatLadder(drawn)).toContain('×3');
  });

  it('calls a party that is not in the trace by its address', () => {
    const drawn = ladder([event('sip.received', 0, { ...phone, remote: '192.0.2.9:5061', text: OK })]);
    expect(drawn.rows).toMatchObject([{ from: '192.0.2.9:5061', to: 'phone' }]);
  });

  it('shows what became of TLS, SRTP and the call where it happened', () => {
    const security = { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', peerName: 'example.org' };
    const text = formatLadder(
      ladder([
        event('tls.verified', 0, { ...phone, security }),
        event('tls.verified', 0, { ...profile, security: { ...security, peerName: undefined } }),
        event('diagnosis', 1, { ...phone, diagnosis: { code: 'conn.lost' } }),
        event('srtp.keyed', 2, { call: 'c1', suite: 'AES_CM_128_HMAC_SHA1_80' }),
        event('call.state', 3, { call: 'c1', state: 'connected', security: 'encrypted' }),
      ]),
    );
    expect(text).toContain('● TLS: TLSv1.3 TLS_AES_256_GCM_SHA384, is example.org');
    expect(text).toContain('nobody verified');
    expect(text).toContain('● diagnosis: conn.lost');
    expect(text).toContain('● call: connected encrypted');
  });

  it('draws an arrow from the one who sends to the one who receives', () => {
    const text = formatLadder(
      ladder([event('sip.sent', 0, { ...phone, text: INVITE }), event('sip.received', 1, { ...phone, text: OK })]),
    );
    expect(text).toMatch(/│─+▶│ {2}INVITE/);
    expect(text).toMatch(/│◀─+│ {2}200 OK/);
  });

  it('is empty for an empty trace, and takes events without any of its fields', () => {
    expect(ladder([])).toEqual({ parties: [], rows: [] });
    expect(ladder([event('sip.sent', 0, {}), event('tls.verified', 0, {})]).rows).toHaveLength(2);
  });
});
