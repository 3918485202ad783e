import { expect, it } from 'vitest';
import type { PhoneCall } from '../../core/phone/phone-call.ts';
import { FlowSwitch, userAt } from '../support/flow-switch.ts';

it('RFC 3515 a partner who is sent to a number of the switch itself is served there, and its phone stays in its call', async () => {
  const scene = new FlowSwitch(2);
  await scene.start();
  let taken: PhoneCall | undefined;
  scene.phone('1001', 'mandatory', (phone, transaction) => {
    void phone.receive(transaction).then(async (call) => {
      taken = call;
      await call?.answer();
    });
  });
  const caller = scene.phone('1000', 'mandatory');
  await scene.clock.advanceAsync(1_000);
  const call = caller.call(userAt('1001'));
  await scene.clock.advanceAsync(1_000);
  call.transferTo(userAt('9196'));
  await scene.clock.advanceAsync(5_000);
  expect([call.state, call.transfer?.state, call.diagnosis]).toEqual(['ended', 'done', undefined]);
  expect([taken?.state, taken?.hold]).toEqual(['connected', { here: false, there: false }]);
  const shown = scene.events.flatMap((event) => (event.event === 'call' ? [`${event.call.from} ${event.call.to} ${event.call.state}`] : [])); // prettier-ignore
  expect(shown.slice(-2)).toEqual(['1000 1001 ended', '1001 9196 answered']);
  taken?.hangUp();
  await scene.clock.advanceAsync(1_000);
  expect(taken?.state).toBe('ended');
  await scene.close();
});
