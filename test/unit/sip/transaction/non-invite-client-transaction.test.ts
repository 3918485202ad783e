import { describe, expect, it } from 'vitest';
import type { SipRequest } from '../../../../core/sip/message/message.ts';
import { answer, Bench, outgoing, RecordingUser } from './bench.ts';

function ask(protocol: 'udp' | 'tcp' | 'tls' = 'udp') {
  const bench = new Bench(protocol);
  const user = new RecordingUser();
  const transaction = bench.layer.request(outgoing('OPTIONS'), bench.flow, user);
  return { bench, user, transaction, sent: bench.flow.last as SipRequest };
}

describe('non-INVITE client transaction', () => {
  it('§17.1.2.2 Timer E MUST double from T1 up to T2 over UDP, and Timer F end it after 64*T1', () => {
    const { bench, user } = ask();
    expect(bench.sentAt('OPTIONS', { ms: 31_900, step: 100 })).toEqual([
      500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ]);
    bench.clock.advance(100);
    expect(user.failures).toEqual([{ kind: 'timeout' }]);
    expect(bench.clock.pending).toBe(0);
    expect(bench.layer.size.client).toBe(0);
  });

  it('§17.1.2.2 Timer E MUST NOT run over a reliable transport, Timer F MUST', () => {
    const { bench, user } = ask('tcp');
    bench.clock.advance(31_999);
    expect(bench.flow.sent).toHaveLength(1);
    bench.clock.advance(1);
    expect(user.failures).toEqual([{ kind: 'timeout' }]);
  });

  it('§17.1.2.2 in Proceeding Timer E MUST go on, at T2, and Timer F MUST still end it', () => {
    const { bench, user, sent } = ask();
    bench.receive(answer(sent, 100));
    expect(bench.sentAt('OPTIONS', { ms: 31_900, step: 100 })).toEqual([
      500, 4500, 8500, 12_500, 16_500, 20_500, 24_500, 28_500,
    ]);
    bench.clock.advance(100);
    expect(user.statuses).toEqual([100]);
    expect(user.failures).toEqual([{ kind: 'timeout' }]);
  });

  it('§17.1.2.2 a final response MUST be passed once; Completed absorbs others until Timer K', () => {
    const { bench, user, sent } = ask();
    bench.receive(answer(sent, 200));
    bench.receive(answer(sent, 200));
    bench.receive(answer(sent, 100));
    bench.clock.advance(4999);
    expect(bench.flow.sent).toHaveLength(1);
    expect(user.statuses).toEqual([200]);
    expect(bench.layer.size.client).toBe(1);
    bench.clock.advance(1);
    expect(bench.layer.size.client).toBe(0);
    expect(bench.clock.pending).toBe(0);
  });

  it('§17.1.2.2 Timer K MUST be zero over a reliable transport', () => {
    const { bench, user, sent } = ask('tls');
    bench.receive(answer(sent, 404));
    expect(user.statuses).toEqual([404]);
    expect(bench.layer.size.client).toBe(0);
    expect(bench.clock.pending).toBe(0);
  });

  it('§9.1 CANCEL SHOULD NOT be sent for it', () => {
    const { bench, transaction, sent } = ask();
    bench.receive(answer(sent, 100));
    transaction.cancel();
    expect(bench.flow.requests('CANCEL')).toEqual([]);
  });

  it('§17.1.4 a transport failure MUST end it', () => {
    const { bench, user } = ask();
    bench.flow.refusing = true;
    bench.clock.advance(500);
    expect(user.failures).toEqual([{ kind: 'transport', reason: undefined }]);
    bench.clock.advance(60_000);
    expect(user.failures).toHaveLength(1);
    expect(bench.clock.pending).toBe(0);
  });
});
