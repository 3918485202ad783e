import { describe, expect, it } from 'vitest';
import { createResponse } from '../../../../core/sip/message/factory.ts';
import { nonInviteTryingDelay } from '../../../../core/sip/transaction/timers.ts';
import type { TransactionFailure } from '../../../../core/sip/transaction/transaction-user.ts';
import { Bench, incoming } from './bench.ts';

function asked(protocol: 'udp' | 'tcp' | 'tls' = 'udp') {
  const bench = new Bench(protocol);
  const request = incoming('OPTIONS');
  bench.receive(request);
  const [transaction] = bench.served;
  if (transaction === undefined) throw new Error('the request did not reach the TU');
  const failures: TransactionFailure[] = [];
  transaction.onFailure((failure) => failures.push(failure));
  const respond = (status: number): void => {
    transaction.respond(createResponse(request, status, { toTag: 'a2' }));
  };
  const statuses = (): number[] => bench.flow.responses.map(({ status }) => status);
  return { bench, transaction, respond, statuses, failures };
}

describe('non-INVITE server transaction', () => {
  it('§17.2.2 a retransmission MUST be discarded in Trying and get the final response in Completed', () => {
    const { bench, respond, statuses, transaction } = asked();
    bench.receive(incoming('OPTIONS'));
    expect(statuses()).toEqual([]);
    respond(200);
    bench.receive(incoming('OPTIONS'));
    expect(statuses()).toEqual([200, 200]);
    expect(bench.served).toHaveLength(1);
    expect(transaction.answered).toBe(true);
  });

  it('§17.2.2 Timer J MUST end it after 64*T1 over UDP', () => {
    const { bench, respond } = asked();
    respond(200);
    bench.clock.advance(31_999);
    expect(bench.layer.size.server).toBe(1);
    bench.clock.advance(1);
    expect(bench.layer.size.server).toBe(0);
    expect(bench.clock.pending).toBe(0);
  });

  it('§17.2.2 Timer J MUST be zero over a reliable transport', () => {
    const { bench, respond } = asked('tcp');
    respond(200);
    expect(bench.layer.size.server).toBe(0);
    expect(bench.clock.pending).toBe(0);
  });

  it('§17.2.2 a second final response MUST be discarded', () => {
    const { respond, statuses } = asked();
    respond(200);
    respond(404);
    expect(statuses()).toEqual([200]);
  });

  it('RFC 4320 §4.1 the time until Timer E is T2 is 3.5 s', () => {
    expect(nonInviteTryingDelay({ t1: 500, t2: 4000, t4: 5000 })).toBe(3500);
    expect(nonInviteTryingDelay({ t1: 500, t2: 500, t4: 5000 })).toBe(0);
  });

  it.each(['udp', 'tcp'] as const)(
    'RFC 4320 §4.1 over %s a 100 MUST go when Timer E reaches T2, not before',
    (protocol) => {
      const { bench, statuses } = asked(protocol);
      bench.clock.advance(3499);
      expect(statuses()).toEqual([]);
      bench.clock.advance(1);
      expect(statuses()).toEqual([100]);
      bench.receive(incoming('OPTIONS'));
      expect(statuses()).toEqual([100, 100]);
    },
  );

  it('RFC 4320 §4.1 a provisional response of the TU MUST NOT be sent', () => {
    const { bench, respond, statuses } = asked();
    respond(180);
    respond(100);
    bench.clock.advance(3500);
    respond(183);
    expect(statuses()).toEqual([100]);
  });

  it('RFC 4320 §4.2 a 408 MUST NOT be sent', () => {
    const { bench, respond, statuses } = asked();
    respond(408);
    bench.receive(incoming('OPTIONS'));
    expect(statuses()).toEqual([]);
    expect(bench.served).toHaveLength(1);
  });

  it('RFC 4320 §4.2 no response MUST be sent once the client’s Timer F has fired', () => {
    const { bench, respond, statuses, failures } = asked();
    bench.clock.advance(32_000);
    expect(failures).toEqual([{ kind: 'timeout' }]);
    respond(200);
    expect(statuses()).toEqual([100]);
    expect(bench.layer.size.server).toBe(0);
    expect(bench.clock.pending).toBe(0);
  });

  it('§17.2.4 a response that cannot be sent MUST end it and be told', () => {
    const { bench, respond, failures } = asked();
    bench.flow.refusing = true;
    respond(200);
    expect(failures).toEqual([{ kind: 'transport', reason: undefined }]);
    expect(bench.layer.size.server).toBe(0);
    expect(bench.clock.pending).toBe(0);
  });
});
