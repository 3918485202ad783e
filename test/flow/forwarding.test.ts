import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServerTransaction } from '../../core/sip/transaction/transaction-user.ts';
import { FlowSwitch, userAt, type FlowPhone } from '../support/flow-switch.ts';

let scene: FlowSwitch;
beforeEach(async () => {
  scene = new FlowSwitch(4);
  await scene.start();
});
afterEach(() => scene.close());

/** A phone that sends its callers to somebody else. */
const sendingTo =
  (user: string) =>
  ({ agent }: FlowPhone, transaction: ServerTransaction): void => {
    agent.userAgent.reply(transaction, 302, [['Contact', `<sip:${user}@example.com>`]]);
  };

describe('RFC 3261 §21.3.3 a phone of the switch that sends its callers elsewhere', () => {
  it('the switch calls there, and RFC 5806 §4 says for whom the call was', async () => {
    let diversion: string | undefined;
    scene.phone('1001', 'mandatory', sendingTo('1002'));
    scene.phone('1002', 'mandatory', (phone, transaction) => {
      diversion = transaction.request.headers.get('Diversion');
      void phone.receive(transaction).then((call) => call?.answer());
    });
    const caller = scene.phone('1000', 'mandatory');
    await scene.clock.advanceAsync(1_000);
    const call = caller.call(userAt('1001'));
    await scene.clock.advanceAsync(2_000);
    expect([call.state, call.security.state]).toEqual(['connected', 'encrypted']);
    expect(diversion).toBe('<sip:1001@example.com>;reason=deflection');
  });

  it('the switch follows no circle', async () => {
    let asked = 0;
    const circle =
      (user: string) =>
      (phone: FlowPhone, transaction: ServerTransaction): void => {
        asked++;
        sendingTo(user)(phone, transaction);
      };
    scene.phone('1001', 'mandatory', circle('1002'));
    scene.phone('1002', 'mandatory', circle('1001'));
    const caller = scene.phone('1000', 'mandatory');
    await scene.clock.advanceAsync(1_000);
    const call = caller.call(userAt('1001'));
    await scene.clock.advanceAsync(3_000);
    expect([call.state, asked]).toEqual(['ended', 3]);
  });

  it('the switch calls nobody outside of its domain for a phone', async () => {
    scene.phone('1001', 'mandatory', ({ agent }, transaction) => {
      agent.userAgent.reply(transaction, 302, [['Contact', '<sip:+490900123@toll.example.net>']]);
    });
    const caller = scene.phone('1000', 'mandatory');
    await scene.clock.advanceAsync(1_000);
    const call = caller.call(userAt('1001'));
    await scene.clock.advanceAsync(2_000);
    expect(call.state).toBe('ended');
  });
});
