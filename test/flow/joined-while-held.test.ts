import { expect, it } from 'vitest';
import type { PhoneCall } from '../../core/phone/phone-call.ts';
import type { ServerTransaction } from '../../core/sip/transaction/transaction-user.ts';
import { FlowSwitch, userAt, type FlowPhone } from '../support/flow-switch.ts';

it('RFC 5589 §7 a phone whose hold is under way when it is joined to another is not left on hold', async () => {
  const scene = new FlowSwitch(3);
  await scene.start();
  const taken: PhoneCall[] = [];
  const answers = (phone: FlowPhone, transaction: ServerTransaction): void => {
    void phone.receive(transaction).then(async (call) => {
      if (call !== undefined) taken.push(call);
      await call?.answer();
    });
  };
  scene.phone('1001', 'mandatory', answers);
  scene.phone('1002', 'mandatory', answers);
  const caller = scene.phone('1000', 'mandatory');
  await scene.clock.advanceAsync(1_000);
  const first = caller.call(userAt('1001'));
  await scene.clock.advanceAsync(1_000);
  const held = first.setHeld(true);
  await scene.clock.advanceAsync(1_000);
  expect(await held).toMatchObject({ ok: true });
  const second = caller.call(userAt('1002'));
  await scene.clock.advanceAsync(1_000);

  // The switch gets the REFER while it waits for the third phone to take its hold.
  const holding = second.setHeld(true);
  await scene.clock.advanceAsync(1);
  first.transferTo(userAt('1002'), second);
  await scene.clock.advanceAsync(10_000);
  await holding;
  expect([first.state, second.state, first.transfer?.state]).toEqual(['ended', 'ended', 'done']);
  const nobody = { here: false, there: false };
  expect(taken.map(({ state, hold }) => ({ state, hold }))).toEqual([
    { state: 'connected', hold: nobody },
    { state: 'connected', hold: nobody },
  ]);
  for (const call of taken) call.hangUp();
  await scene.clock.advanceAsync(1_000);
  await scene.close();
});
