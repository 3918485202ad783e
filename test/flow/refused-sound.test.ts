import { describe, expect, it } from 'vitest';
import type { MiniPbxEvent } from '../../core/pbx/mini-pbx.ts';
import type { PhoneCall } from '../../core/phone/phone-call.ts';
import type { SecureMedia } from '../../core/sdp/offer-answer.ts';
import { FlowSwitch, userAt } from '../support/flow-switch.ts';

/** Calls over TLS from a phone with mandatory SRTP to one that has `calleeMedia`; what the switch diagnosed. */
async function callTo(calleeMedia: SecureMedia, answer: (call: PhoneCall) => void): Promise<readonly MiniPbxEvent[]> {
  const scene = new FlowSwitch(2);
  await scene.start();
  const caller = scene.phone('1000', 'mandatory');
  scene.phone('1001', calleeMedia, (phone, transaction) => {
    void phone.receive(transaction).then((call) => {
      if (call !== undefined) answer(call);
    });
  });
  await scene.clock.advanceAsync(1000);
  const call = caller.call(userAt('1001'));
  await scene.clock.advanceAsync(2000);
  expect(call.state).toBe('ended');
  await scene.close();
  return scene.events.filter(({ event }) => event === 'diagnosis');
}

describe('a call that the callee refuses', () => {
  it('the switch says that its SRTP was refused, and which setting asks for it', async () => {
    expect(await callTo('forbidden', () => undefined)).toMatchObject([
      {
        profile: 'internal',
        remote: { address: '192.0.2.11' },
        diagnosis: { code: 'srtp.required-here', side: 'here', evidence: { status: 488 } },
      },
    ]);
  });

  it('the switch says nothing of a person who is busy', async () => {
    const diagnoses = await callTo('mandatory', (call) => {
      call.decline(486);
    });
    expect(diagnoses).toEqual([]);
  });
});
