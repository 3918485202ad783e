import { describe, expect, it } from 'vitest';
import { eventsOfCall } from '../../../core/trace/call-events.ts';
import type { TraceEvent } from '../../../core/trace/tracer.ts';

let seq = 0;
const event = (kind: string, fields: Record<string, unknown> = {}): TraceEvent => ({ seq: ++seq, mono: seq, time: '2026-01-01T00:00:00.000Z', level: 5, component: 'app', kind, ...fields }); // prettier-ignore
const message = (callId: string, connection: string): TraceEvent =>
  event('sip.sent', { connection, text: `INVITE sip:a SIP/2.0\r\nCall-ID: ${callId}\r\n\r\n` });

describe('the events of one call', () => {
  it('are its own, its messages by their Call-ID, and how their connection came about; nothing of others', () => {
    const wanted = [
      event('tls.verified', { connection: 'phone-tls-1' }),
      event('call.state', { call: 'one', callId: 'c1' }),
      message('c1', 'phone-tls-1'),
      event('transaction.state', { call: 'c1' }),
    ];
    const others = [
      event('tls.verified', { connection: 'phone-tls-2' }),
      message('c2', 'phone-tls-1'),
      event('call.state', { call: 'two', callId: 'c2' }),
    ];
    expect(eventsOfCall([...wanted, ...others], 'one')).toEqual(wanted);
  });

  it('of a call that came to no message are the connections that were tried meanwhile', () => {
    const events = [
      event('connection.dialling', { remote: 'before' }),
      event('call.state', { call: 'one', state: 'calling' }),
      event('connection.dialling', { remote: 'a' }),
      event('diagnosis', { remote: 'a' }),
      event('call.state', { call: 'one', state: 'ended' }),
    ];
    expect(eventsOfCall(events, 'one')).toEqual(events.slice(1));
    expect(eventsOfCall(events, 'unknown')).toEqual([]);
  });
});
