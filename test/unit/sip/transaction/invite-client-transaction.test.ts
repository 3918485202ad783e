import { describe, expect, it } from 'vitest';
import type { SipRequest } from '../../../../core/sip/message/message.ts';
import { answer, Bench, outgoing, RecordingUser } from './bench.ts';

function call(protocol: 'udp' | 'tcp' | 'tls' = 'udp', headers: readonly (readonly [string, string])[] = []) {
  const bench = new Bench(protocol);
  const user = new RecordingUser();
  const transaction = bench.layer.request(outgoing('INVITE', headers), bench.flow, user);
  const sent = bench.flow.last as SipRequest;
  return { bench, user, transaction, sent };
}

describe('INVITE client transaction', () => {
  it('§17.1.1.2 Timer A MUST double from T1 over UDP, and Timer B end it after 64*T1', () => {
    const { bench, user } = call();
    expect(bench.sentAt('INVITE', { ms: 31_900, step: 100 })).toEqual([500, 1500, 3500, 7500, 15_500, 31_500]);
    expect(user.failures).toEqual([]);
    bench.clock.advance(100);
    expect(user.failures).toEqual([{ kind: 'timeout' }]);
    expect(bench.layer.size.client).toBe(0);
    expect(bench.clock.pending).toBe(0);
    expect(bench.flow.listenerCount).toBe(0);
  });

  it.each(['tcp', 'tls'] as const)('§17.1.1.2 Timer A MUST NOT run over %s, Timer B MUST', (protocol) => {
    const { bench, user } = call(protocol);
    bench.clock.advance(31_999);
    expect(bench.flow.sent).toHaveLength(1);
    bench.clock.advance(1);
    expect(user.failures).toEqual([{ kind: 'timeout' }]);
  });

  it('§17.1.1.2 a provisional response MUST end retransmission and Timer B', () => {
    const { bench, user, sent } = call();
    bench.receive(answer(sent, 180));
    bench.clock.advance(200_000);
    bench.receive(answer(sent, 183));
    expect(bench.flow.requests('INVITE')).toHaveLength(1);
    expect(user.statuses).toEqual([180, 183]);
    expect(user.failures).toEqual([]);
  });

  it('§17.1.1.2 a 300-699 MUST be acknowledged, passed once, and each retransmission acknowledged until Timer D', () => {
    const { bench, user, sent } = call();
    bench.receive(answer(sent, 486));
    expect(bench.flow.requests('ACK')).toHaveLength(1);
    bench.clock.advance(31_999);
    bench.receive(answer(sent, 486));
    expect(bench.flow.requests('ACK')).toHaveLength(2);
    expect(user.statuses).toEqual([486]);
    bench.clock.advance(1);
    expect(bench.layer.size.client).toBe(0);
    bench.receive(answer(sent, 486));
    expect(bench.flow.requests('ACK')).toHaveLength(2);
    expect(bench.clock.pending).toBe(0);
  });

  it('§17.1.1.2 Timer D MUST be zero over a reliable transport', () => {
    const { bench, user, sent } = call('tls');
    bench.receive(answer(sent, 486));
    expect(bench.flow.requests('ACK')).toHaveLength(1);
    expect(user.statuses).toEqual([486]);
    expect(bench.layer.size.client).toBe(0);
    expect(bench.clock.pending).toBe(0);
  });

  it('§17.1.1.3 the ACK MUST have Call-ID, From, Request-URI, Route, CSeq number and the single Via of the INVITE, and To of the response', () => {
    const { bench, sent } = call('udp', [
      ['Route', '<sip:proxy1.example.net;lr>'],
      ['Route', '<sip:proxy2.example.net;lr>'],
      ['Authorization', 'Digest username="alice"'],
      ['Content-Type', 'application/sdp'],
    ]);
    bench.receive(answer(sent, 404, 'zz'));
    const [ack] = bench.flow.requests('ACK');
    expect(ack?.uri).toEqual(sent.uri);
    expect([...(ack?.headers ?? [])]).toEqual([
      ['Via', sent.headers.get('Via')],
      ['Route', '<sip:proxy1.example.net;lr>'],
      ['Route', '<sip:proxy2.example.net;lr>'],
      ['Max-Forwards', '70'],
      ['From', '<sip:alice@example.org>;tag=a1'],
      ['To', '<sip:bob@example.net>;tag=zz'],
      ['Call-ID', 'call-1'],
      ['CSeq', '1 ACK'],
    ]);
    expect(ack?.body).toHaveLength(0);
  });

  it('§17.1.1.2 a 2xx MUST NOT be acknowledged by the transaction', () => {
    const { bench, sent, user } = call();
    bench.receive(answer(sent, 200));
    expect(user.statuses).toEqual([200]);
    expect(bench.flow.requests('ACK')).toEqual([]);
  });

  it('RFC 6026 §7.2 further 2xx MUST be passed while Accepted, until Timer M; other responses are absorbed', () => {
    for (const protocol of ['udp', 'tcp'] as const) {
      const { bench, sent, user } = call(protocol);
      bench.receive(answer(sent, 200));
      bench.clock.advance(1000);
      bench.receive(answer(sent, 200));
      bench.receive(answer(sent, 200, 'another-fork'));
      bench.receive(answer(sent, 180));
      bench.receive(answer(sent, 486));
      expect(user.statuses).toEqual([200]);
      expect(bench.stray.map(({ toTag }) => toTag)).toEqual(['b2', 'another-fork']);
      bench.clock.advance(30_999);
      expect(bench.layer.size.client).toBe(1);
      bench.clock.advance(1);
      expect(bench.layer.size.client).toBe(0);
      expect(bench.clock.pending).toBe(0);
    }
  });

  it('§13.2.2.4 a 2xx after the transaction is over MUST still reach the TU', () => {
    const { bench, sent } = call();
    bench.receive(answer(sent, 200));
    bench.clock.advance(32_000);
    bench.receive(answer(sent, 200));
    expect(bench.stray).toHaveLength(1);
  });

  it('§16.7 a 2xx of another fork behind a failure MUST reach the TU', () => {
    const { bench, sent, user } = call();
    bench.receive(answer(sent, 486));
    bench.receive(answer(sent, 200, 'other'));
    expect(user.statuses).toEqual([486]);
    expect(bench.stray).toHaveLength(1);
  });

  describe('§9.1 CANCEL', () => {
    it('MUST NOT be sent before a provisional response, and MUST go once one has come', () => {
      const { bench, sent, transaction } = call();
      transaction.cancel();
      bench.clock.advance(600);
      expect(bench.flow.requests('CANCEL')).toEqual([]);
      expect(bench.flow.requests('INVITE')).toHaveLength(2);
      bench.receive(answer(sent, 100));
      expect(bench.flow.requests('CANCEL')).toHaveLength(1);
    });

    it('MUST have Request-URI, Via, Route, Call-ID, From, To and CSeq number of the INVITE', () => {
      const { bench, sent, transaction } = call('udp', [
        ['Route', '<sip:proxy.example.net;lr>'],
        ['Require', '100rel'],
      ]);
      bench.receive(answer(sent, 180));
      transaction.cancel([['Reason', 'SIP;cause=200;text="Call completed elsewhere"']]);
      const [cancel] = bench.flow.requests('CANCEL');
      expect(cancel?.uri).toEqual(sent.uri);
      expect([...(cancel?.headers ?? [])]).toEqual([
        ['Via', sent.headers.get('Via')],
        ['Route', '<sip:proxy.example.net;lr>'],
        ['Max-Forwards', '70'],
        ['From', '<sip:alice@example.org>;tag=a1'],
        ['To', '<sip:bob@example.net>'],
        ['Call-ID', 'call-1'],
        ['CSeq', '1 CANCEL'],
        ['Reason', 'SIP;cause=200;text="Call completed elsewhere"'],
      ]);
    });

    it('is a transaction of its own: retransmitted until answered, its answer not taken for that of the INVITE', () => {
      const { bench, sent, transaction, user } = call();
      bench.receive(answer(sent, 180));
      transaction.cancel();
      transaction.cancel();
      bench.clock.advance(500);
      const cancels = bench.flow.requests('CANCEL');
      expect(cancels).toHaveLength(2);
      bench.receive(answer(cancels[0]!, 200));
      bench.clock.advance(4000);
      expect(bench.flow.requests('CANCEL')).toHaveLength(2);
      expect(user.statuses).toEqual([180]);
      bench.receive(answer(sent, 487));
      expect(user.statuses).toEqual([180, 487]);
      expect(bench.flow.requests('ACK')).toHaveLength(1);
    });

    it('the INVITE counts as cancelled where no final response comes within 64*T1', () => {
      const { bench, sent, transaction, user } = call();
      bench.receive(answer(sent, 180));
      transaction.cancel();
      bench.clock.advance(32_000);
      expect(user.failures).toEqual([{ kind: 'timeout' }]);
      expect(bench.layer.size.client).toBe(0);
      expect(bench.clock.pending).toBe(0);
    });

    it('a 2xx that crosses it MUST still reach the TU, and stop the wait', () => {
      const { bench, sent, transaction, user } = call();
      bench.receive(answer(sent, 180));
      transaction.cancel();
      bench.receive(answer(sent, 200));
      bench.clock.advance(64_000);
      expect(user.statuses).toEqual([180, 200]);
      expect(user.failures).toEqual([]);
    });

    it('has no effect once there is a final response', () => {
      const { bench, sent, transaction } = call();
      transaction.cancel();
      bench.receive(answer(sent, 486));
      expect(bench.flow.requests('CANCEL')).toEqual([]);
      const second = call();
      second.bench.receive(answer(second.sent, 200));
      second.transaction.cancel();
      expect(second.bench.flow.requests('CANCEL')).toEqual([]);
    });

    it('works when asked for from within the callback of the provisional response', () => {
      const bench = new Bench();
      const transaction = bench.layer.request(outgoing('INVITE'), bench.flow, {
        onResponse: () => {
          transaction.cancel();
        },
        onFailure: () => undefined,
      });
      bench.receive(answer(transaction.request, 180));
      expect(bench.flow.requests('CANCEL')).toHaveLength(1);
    });
  });

  describe('§17.1.4 transport errors', () => {
    it('a flow that does not take the request is told, but not before request() returned', () => {
      const bench = new Bench();
      bench.flow.refusing = true;
      const user = new RecordingUser();
      bench.layer.request(outgoing('INVITE'), bench.flow, user);
      expect(user.failures).toEqual([]);
      bench.clock.advance(0);
      expect(user.failures).toEqual([{ kind: 'transport', reason: undefined }]);
      expect(bench.layer.size.client).toBe(0);
      expect(bench.clock.pending).toBe(0);
    });

    it('a flow that closes is told with its reason', () => {
      const { bench, user, sent } = call('tls');
      bench.receive(answer(sent, 180));
      const reason = { code: 'conn.lost', side: 'there', summary: 'Lost.', cure: 'Wait.', evidence: {} } as const;
      bench.flow.fail(reason);
      expect(user.failures).toEqual([{ kind: 'transport', reason }]);
      expect(bench.clock.pending).toBe(0);
    });

    it('a flow that closes behind the final response is not told', () => {
      const { bench, user, sent } = call('tls');
      bench.receive(answer(sent, 200));
      bench.flow.fail(undefined);
      expect(user.failures).toEqual([]);
    });
  });
});
