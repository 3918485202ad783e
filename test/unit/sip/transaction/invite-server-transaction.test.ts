import { describe, expect, it } from 'vitest';
import { err, ok } from '../../../../core/base/result.ts';
import { createResponse } from '../../../../core/sip/message/factory.ts';
import type { SipRequest } from '../../../../core/sip/message/message.ts';
import type { TransactionFailure } from '../../../../core/sip/transaction/transaction-user.ts';
import { MemoryFlow } from '../../../support/memory-flow.ts';
import { settle } from '../../../support/virtual-clock.ts';
import { Bench, incoming } from './bench.ts';

function called(protocol: 'udp' | 'tcp' | 'tls' = 'udp', bench = new Bench(protocol)) {
  const invite = incoming('INVITE');
  bench.receive(invite);
  const [transaction] = bench.served;
  if (transaction === undefined) throw new Error('the INVITE did not reach the TU');
  const failures: TransactionFailure[] = [];
  transaction.onFailure((failure) => failures.push(failure));
  const cancels: SipRequest[] = [];
  transaction.onCancel((cancel) => cancels.push(cancel));
  const respond = (status: number): void => {
    transaction.respond(createResponse(invite, status, { toTag: 'a2' }));
  };
  const statuses = (): number[] => bench.flow.responses.map(({ status }) => status);
  return { bench, invite, transaction, respond, statuses, failures, cancels };
}

const ack = (): SipRequest => incoming('ACK', { to: '<sip:alice@example.org>;tag=a2' });

describe('INVITE server transaction', () => {
  it('§17.2.1 MUST send 100 where the TU is silent for 200 ms, with Timestamp and without To tag', () => {
    const { bench, statuses } = called();
    bench.clock.advance(199);
    expect(statuses()).toEqual([]);
    bench.clock.advance(1);
    expect(statuses()).toEqual([100]);
    expect(bench.flow.responses[0]?.toTag).toBeUndefined();
  });

  it('§17.2.1 sends no 100 where the TU answered before', () => {
    const { bench, respond, statuses } = called();
    respond(180);
    bench.clock.advance(10_000);
    expect(statuses()).toEqual([180]);
  });

  it('§17.2.1 a retransmission in Proceeding MUST get the last provisional response, not reach the TU', () => {
    const { bench, respond, statuses } = called();
    bench.receive(incoming('INVITE'));
    expect(statuses()).toEqual([]);
    respond(180);
    respond(183);
    bench.receive(incoming('INVITE'));
    expect(statuses()).toEqual([180, 183, 183]);
    expect(bench.served).toHaveLength(1);
  });

  it('§17.2.1 Timer G MUST repeat a 300-699 over UDP up to T2, Timer H end it after 64*T1 and tell the TU', () => {
    const { bench, respond, failures, transaction } = called();
    respond(486);
    expect(transaction.answered).toBe(true);
    expect(bench.sentAt(486, { ms: 31_900, step: 100 })).toEqual([
      500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
    ]);
    bench.clock.advance(100);
    expect(failures).toEqual([{ kind: 'timeout' }]);
    expect(bench.layer.size.server).toBe(0);
    expect(bench.clock.pending).toBe(0);
  });

  it('§17.2.1 Timer G MUST NOT run over a reliable transport, Timer H MUST', () => {
    const { bench, respond, failures, statuses } = called('tcp');
    respond(486);
    bench.clock.advance(31_999);
    expect(statuses()).toEqual([486]);
    bench.clock.advance(1);
    expect(failures).toEqual([{ kind: 'timeout' }]);
  });

  it('§17.2.1 the ACK MUST end retransmission; Confirmed absorbs further ACKs until Timer I', () => {
    const { bench, respond, statuses, failures } = called();
    respond(486);
    bench.receive(ack());
    bench.receive(ack());
    bench.receive(incoming('INVITE'));
    bench.clock.advance(4999);
    expect(bench.layer.size.server).toBe(1);
    bench.clock.advance(1);
    expect(bench.layer.size.server).toBe(0);
    expect(statuses()).toEqual([486]);
    expect(bench.acks).toEqual([]);
    expect(failures).toEqual([]);
    expect(bench.clock.pending).toBe(0);
  });

  it('§17.2.1 Timer I MUST be zero over a reliable transport', () => {
    const { bench, respond } = called('tls');
    respond(486);
    bench.receive(ack());
    expect(bench.layer.size.server).toBe(0);
    expect(bench.clock.pending).toBe(0);
  });

  it('§17.2.1 a retransmission in Completed (the response was lost) MUST get the final response again', () => {
    const { bench, respond, statuses } = called();
    respond(486);
    bench.receive(incoming('INVITE'));
    expect(statuses()).toEqual([486, 486]);
  });

  it('§17.2.1 a second final response MUST be discarded', () => {
    const { respond, statuses } = called();
    respond(486);
    respond(200);
    respond(180);
    expect(statuses()).toEqual([486]);
  });

  it.each(['udp', 'tcp'] as const)(
    'RFC 6026 §7.1 over %s a 2xx MUST keep the transaction until Timer L: retransmissions absorbed, the TU repeats',
    (protocol) => {
      const { bench, respond, statuses } = called(protocol);
      respond(200);
      bench.receive(incoming('INVITE'));
      bench.clock.advance(1000);
      expect(statuses()).toEqual([200]);
      respond(200);
      respond(486);
      expect(statuses()).toEqual([200, 200]);
      expect(bench.served).toHaveLength(1);
      bench.clock.advance(30_999);
      expect(bench.layer.size.server).toBe(1);
      bench.clock.advance(1);
      expect(bench.layer.size.server).toBe(0);
      expect(bench.clock.pending).toBe(0);
    },
  );

  it('§17.2.3 an ACK for a 2xx MUST reach the TU, with a branch of its own and with that of the INVITE', () => {
    const { bench, respond } = called();
    respond(200);
    bench.receive(incoming('ACK', { branch: 'z9hG4bKother', to: '<sip:alice@example.org>;tag=a2' }));
    bench.receive(ack());
    expect(bench.acks).toHaveLength(2);
  });

  describe('§9.2 CANCEL', () => {
    it('MUST be answered 200 with the To tag of the INVITE, and reach the TU, which sends 487', () => {
      const { bench, respond, cancels, statuses } = called();
      respond(180);
      bench.receive(incoming('CANCEL'));
      expect(cancels).toHaveLength(1);
      respond(487);
      expect(statuses()).toEqual([180, 200, 487]);
      const [, toCancel] = bench.flow.responses;
      expect(toCancel?.cseq?.method).toBe('CANCEL');
      expect(toCancel?.toTag).toBe('a2');
    });

    it('the 200 MUST leave before the TU is told', () => {
      const { bench, transaction, invite, statuses } = called();
      transaction.onCancel(() => {
        transaction.respond(createResponse(invite, 487, { toTag: 'a2' }));
      });
      bench.receive(incoming('CANCEL'));
      expect(statuses()).toEqual([200, 487]);
      expect(transaction.answered).toBe(true);
    });

    it('a retransmitted CANCEL MUST get the same 200 and not reach the TU again', () => {
      const { bench, cancels, statuses } = called();
      bench.receive(incoming('CANCEL'));
      bench.receive(incoming('CANCEL'));
      expect(cancels).toHaveLength(1);
      expect(statuses()).toEqual([200, 200]);
      expect(new Set(bench.flow.responses.map(({ toTag }) => toTag)).size).toBe(1);
    });

    it.each([200, 486])('after a %i it MUST have no effect but still get its 200', (status) => {
      const { bench, respond, cancels, statuses } = called();
      respond(status);
      bench.receive(incoming('CANCEL'));
      expect(cancels).toEqual([]);
      expect(statuses()).toEqual([status, 200]);
    });

    it('without a transaction it MUST be answered 481', () => {
      const bench = new Bench();
      bench.receive(incoming('CANCEL'));
      expect(bench.flow.responses.map(({ status }) => status)).toEqual([481]);
      expect(bench.served).toEqual([]);
    });
  });

  describe('transport errors', () => {
    it('RFC 6026 §7.1 MUST be told to the TU and MUST NOT end the transaction', () => {
      const { bench, respond, failures } = called();
      bench.flow.refusing = true;
      respond(486);
      expect(failures).toEqual([{ kind: 'transport', reason: undefined }]);
      expect(bench.layer.size.server).toBe(1);
      bench.flow.refusing = false;
      bench.clock.advance(500);
      expect(bench.flow.responses).toHaveLength(1);
    });

    it('§18.2.2 where the connection is gone the response MUST go where responseFlow says', async () => {
      const other = new MemoryFlow({ id: 'flow-2', protocol: 'tcp' });
      const { bench, respond, failures } = called(
        'tcp',
        new Bench('tcp', { responseFlow: () => Promise.resolve(ok(other)) }),
      );
      bench.flow.fail(undefined);
      respond(200);
      await settle();
      expect(other.responses.map(({ status }) => status)).toEqual([200]);
      expect(failures).toEqual([]);
    });

    it('§18.2.2 where no flow is found the TU MUST hear why', async () => {
      const reason = { code: 'tcp.refused', side: 'there', summary: 'Refused.', cure: 'None.', evidence: {} } as const;
      const { bench, respond, failures } = called(
        'tcp',
        new Bench('tcp', { responseFlow: () => Promise.resolve(err(reason)) }),
      );
      bench.flow.fail(undefined);
      respond(200);
      await settle();
      expect(failures).toEqual([{ kind: 'transport', reason }]);
    });
  });
});
