import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { InviteClientSession } from '../../../core/sip/ua/invite-client-session.ts';
import { installed } from '../../support/external-program.ts';
import { freePort } from '../../support/free-port.ts';
import { runSipp } from '../../support/sipp.ts';
import { good } from '../../support/test-authority.ts';
import { SippAgent } from './sipp-agent.ts';

const scenario = (name: string): string => fileURLToPath(new URL(`./scenarios/${name}.xml`, import.meta.url));

/** What SIPp does as the caller, and what our side tells of it. */
const CALLERS: readonly { readonly name: string; readonly rule: string; readonly diary: readonly string[] }[] = [
  { name: 'caller-basic', rule: 'RFC 3261 §13.3: answers', diary: ['established', 'ended by there: bye'] },
  { name: 'caller-late-offer', rule: 'RFC 3264 §5: offers', diary: ['established', 'ended by there: bye'] },
  {
    name: 'caller-hold',
    rule: 'RFC 3261 §14.2: takes re-INVITE and UPDATE',
    diary: [
      'established',
      'renegotiated by there, held there',
      'renegotiated by there',
      'renegotiated by there',
      'ended by there: bye',
    ],
  },
  { name: 'caller-reliable', rule: 'RFC 3262 §3: rings reliably', diary: ['established', 'ended by there: bye'] },
  { name: 'caller-refer', rule: 'RFC 3515 §2.4.5: tells how it fares', diary: ['established', 'ended by there: bye'] },
];

/** What SIPp does as the callee, and what we do once the call stands. */
const CALLEES: readonly {
  readonly name: string;
  readonly rule: string;
  readonly standing?: (session: InviteClientSession) => Promise<void>;
}[] = [
  { name: 'callee-basic', rule: 'RFC 3261 §13.2: a call' },
  { name: 'callee-early-media', rule: 'RFC 3262 §4: PRACK for a 183' },
  { name: 'callee-challenge', rule: 'RFC 3261 §22.2: gives its password' },
  { name: 'callee-redirect', rule: 'RFC 3261 §8.1.3.4: follows a 302' },
  {
    name: 'callee-held',
    rule: 'RFC 3261 §14.1: holds and resumes',
    standing: async (session) => {
      good(await session.hold());
      good(await session.resume());
    },
  },
  {
    name: 'callee-glare',
    rule: 'RFC 3261 §14.1: tries again after 491',
    standing: async (session) => {
      good(await session.hold());
    },
  },
];

describe.skipIf(!installed('sipp'))('SIPp and our user agent', () => {
  describe.each(['udp', 'tcp'] as const)('over %s', (transport) => {
    let agent: SippAgent;

    beforeEach(() => {
      agent = new SippAgent(transport);
    });
    afterEach(async () => {
      await agent.close();
    });

    /** SIPp calls us; it must be content. */
    async function called(name: string): Promise<void> {
      const { code, messages } = await runSipp(scenario(name), transport, await freePort(), await agent.listen());
      expect({ code, messages: code === 0 ? '' : messages }).toEqual({ code: 0, messages: '' });
    }

    /** SIPp waits for a call of ours; `during` has it. */
    async function calling(name: string, during: (session: InviteClientSession) => Promise<void>): Promise<void> {
      const port = await freePort();
      const sipp = runSipp(scenario(name), transport, port);
      const session = await untilTaken(port);
      await during(session);
      const { code, messages } = await sipp;
      expect({ code, messages: code === 0 ? '' : messages }).toEqual({ code: 0, messages: '' });
      await told('ended');
      expect(agent.sessions).toBe(0);
    }

    /** A call that SIPp, which does not say when it listens, has taken. */
    async function untilTaken(port: number): Promise<InviteClientSession> {
      for (let attempt = 0; attempt < 100; attempt++) {
        try {
          if (transport === 'tcp' || attempt > 0) return await agent.call(port);
        } catch {
          // It does not listen yet.
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      throw new Error('SIPp does not listen');
    }

    async function told(beginning: string): Promise<void> {
      await expect
        .poll(() => agent.diary?.entries.some((entry) => entry.startsWith(beginning)), { timeout: 15_000 })
        .toBe(true);
    }

    it.each(CALLERS)('$rule ($name)', async ({ name, diary }) => {
      agent.onCall = (session) => void session.accept();
      await called(name);
      expect(agent.diary?.entries).toEqual(diary);
    });

    it('RFC 3261 §9.2: 487 for a call that is cancelled (caller-cancel)', async () => {
      await called('caller-cancel');
      expect(agent.diary?.entries).toEqual(['ended by there: cancelled']);
    });

    it('RFC 3261 §8.2: refuses what it does not understand (caller-refusals)', async () => {
      await called('caller-refusals');
    });

    it('RFC 3261 §8.2.2.2: 482 for what came by two ways (caller-merged)', async () => {
      await called('caller-merged');
      expect(agent.diary?.entries).toEqual(['ended by there: cancelled']);
    });

    it('RFC 3428 §7: takes a message, and refuses what it cannot read (caller-message)', async () => {
      await called('caller-message');
      expect(agent.messages).toEqual([expect.stringContaining('Watson, come here.')]);
    });

    it.each(CALLEES)('$rule ($name)', async ({ name, standing }) => {
      await calling(name, async (session) => {
        await told('established');
        await standing?.(session);
        session.hangUp();
      });
    });

    it('RFC 3261 §17.1.1.3: acknowledges a refusal (callee-busy)', async () => {
      await calling('callee-busy', () => told('ended'));
    });

    it('RFC 3261 §9.1: cancels once it rings (callee-cancelled)', async () => {
      await calling('callee-cancelled', async (session) => {
        await told('progress 180');
        session.hangUp();
      });
    });
  });
});
