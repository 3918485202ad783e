import { expect, it } from 'vitest';
import { FlowAgent, SessionDiary } from '../support/flow-agents.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { VirtualNetwork } from '../support/virtual-network.ts';
import { WordHandler } from '../support/word-handler.ts';

it('RFC 3261 §9.2 an INVITE that was cancelled before anybody could ring MUST get its 487, and nobody rings', async () => {
  const clock = new VirtualClock();
  const network = new VirtualNetwork(clock, { delayMs: 5 });
  const alice = await FlowAgent.start(network, '192.0.2.1', 1);
  const bob = await FlowAgent.start(network, '192.0.2.2', 2);
  let diary: SessionDiary | undefined;
  bob.use({
    onInvite: (transaction) => {
      // As long as sockets for the sound are opened.
      clock.after(1_000, () => {
        const session = bob.userAgent.createServerSession(transaction, new WordHandler(bob.words));
        diary = new SessionDiary(session);
      });
    },
  });
  const call = await alice.callTo(bob);
  void call.session.start();
  await clock.advanceAsync(500);
  call.session.hangUp();
  await clock.advanceAsync(300);
  expect(call.diary.end).toBeUndefined();
  await clock.advanceAsync(1_000);
  expect(call.diary.end).toMatchObject({ cause: 'cancelled', status: 487 });
  expect(diary?.entries).toEqual(['ended by there: cancelled']);
  await clock.advanceAsync(64_000);
  for (const agent of [alice, bob]) {
    expect(agent.alive).toEqual({ client: 0, server: 0, sessions: 0 });
    await agent.transports.close();
  }
});
