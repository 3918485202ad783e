import { describe, expect, it } from 'vitest';
import type { SessionTimerSettings } from '../../core/sip/ua/session-timer.ts';
import type { InviteClientSession } from '../../core/sip/ua/invite-client-session.ts';
import type { InviteServerSession } from '../../core/sip/ua/invite-server-session.ts';
import { FlowAgent, type SessionDiary } from './flow-agents.ts';
import { VirtualClock } from './virtual-clock.ts';
import { VirtualNetwork, type Fate, type Packet } from './virtual-network.ts';

/** Longer than every timer of RFC 3261: what is alive then is alive for ever. */
export const FOR_EVER_MS = 200_000;

/** Two user agents on a network, each with a machine of its own. */
export interface CallScene {
  readonly clock: VirtualClock;
  readonly network: VirtualNetwork;
  readonly alice: FlowAgent;
  readonly bob: FlowAgent;
}

/** A call of Alice to Bob, with what both were told. */
export interface StandingCall {
  readonly session: InviteClientSession;
  readonly diary: SessionDiary;
  readonly callee: InviteServerSession;
  readonly calleeDiary: SessionDiary;
}

/** What decides about packets, and what the agents want of session timers. */
export interface SceneOptions {
  readonly fate?: ((packet: Packet) => Fate | undefined) | undefined;
  readonly sessionTimer?: SessionTimerSettings | undefined;
}

/** Sets the scene: 20 ms one way, over UDP. */
export async function setCallScene({ fate, sessionTimer }: SceneOptions = {}): Promise<CallScene> {
  const clock = new VirtualClock();
  const network = new VirtualNetwork(clock, { delayMs: 20, ...(fate === undefined ? {} : { fate }) });
  const alice = await FlowAgent.start(network, '192.0.2.1', 1, ['udp'], sessionTimer);
  const bob = await FlowAgent.start(network, '192.0.2.2', 2, ['udp'], sessionTimer);
  return { clock, network, alice, bob };
}

/** Alice calls, Bob answers after a second; a second later the call stands. `undefined` where a lost packet prevented it. */
export async function establish({ clock, alice, bob }: CallScene): Promise<StandingCall | undefined> {
  const { session, diary } = await alice.callTo(bob);
  await session.start();
  await clock.advanceAsync(1000);
  await bob.incoming[0]?.session.accept();
  await clock.advanceAsync(5000);
  const incoming = bob.incoming[0];
  if (incoming === undefined || session.state !== 'established') return undefined;
  return { session, diary, callee: incoming.session, calleeDiary: incoming.diary };
}

/** Both hang up what they still have, and time goes on until nothing can come any more. */
export async function partWays({ clock, alice, bob }: CallScene): Promise<void> {
  for (const { userAgent } of [alice, bob]) for (const session of userAgent.sessions) session.hangUp();
  await clock.advanceAsync(FOR_EVER_MS);
}

/** Whether a packet is a SIP message: those of keep-alives begin with no letter. */
function isSip({ octets }: Packet): boolean {
  return (octets[0] ?? 0) >= 0x41;
}

/** First lines of all messages: methods and `SIP/2.0` with the status. */
export function firstLines(network: VirtualNetwork): string[] {
  const decoder = new TextDecoder();
  return network.packets
    .filter(isSip)
    .map(({ octets }) => decoder.decode(octets).split(' ').slice(0, 2).join(' ').split(' sip:')[0] ?? '');
}

/** What happens between Alice and Bob until they are through; `partWays` is done after it. */
export type CallFlow = (scene: CallScene) => Promise<void>;

const NOTHING = { client: 0, server: 0, sessions: 0 };

/** Nothing may be left: no session, transaction, dialog or, once the ports are closed, timer. */
async function expectNothingAlive({ clock, alice, bob }: CallScene): Promise<void> {
  expect(alice.alive).toEqual(NOTHING);
  expect(bob.alive).toEqual(NOTHING);
  for (const { session, diary } of [...alice.calls, ...bob.incoming, ...bob.calls, ...alice.incoming]) {
    expect(session.state).toBe('ended');
    expect(diary.entries.filter((entry) => entry.startsWith('ended')).length).toBe(1);
  }
  for (const { transports } of [alice, bob]) await transports.close();
  expect(clock.pending).toBe(0);
}

/** Proves of each flow that it ends in a legal state on a good network, and whichever packet of it is lost or doubled. */
export function describeLegalEnds(flows: Readonly<Record<string, CallFlow>>, options: SceneOptions = {}): void {
  describe.each(Object.entries(flows))('%s ends in a legal state', (_name, flow) => {
    const run = async (fate?: (packet: Packet) => Fate | undefined): Promise<CallScene> => {
      const scene = await setCallScene({ ...options, fate });
      await flow(scene);
      await partWays(scene);
      return scene;
    };

    it('on a good network', async () => {
      await expectNothingAlive(await run());
    });

    it('whichever packet is lost or doubled', async () => {
      const count = firstLines((await run()).network).length;
      expect(count).toBeGreaterThanOrEqual(3);
      for (let number = 1; number <= count; number++) {
        for (const fate of ['drop', 'double'] as const) {
          let seen = 0;
          await expectNothingAlive(await run((packet) => (isSip(packet) && ++seen === number ? fate : undefined)));
        }
      }
    });
  });
}
