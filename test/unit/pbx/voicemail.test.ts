import { describe, expect, it } from 'vitest';
import { ServedLeg } from '../../../core/pbx/applications/served-leg.ts';
import { SoundLibrary } from '../../../core/pbx/applications/sounds.ts';
import { Voicemail, type MailboxStore } from '../../../core/pbx/applications/voicemail.ts';
import type { BridgeLeg } from '../../../core/pbx/bridge.ts';
import type { StreamEvent, StreamSource } from '../../../core/media/media-plane.ts';
import { VirtualClock } from '../../support/virtual-clock.ts';

/** What somebody hears who dials the mailboxes and then these keys, each time something was spoken to its end. */
async function dials(
  leg: { readonly party: string; readonly user: string | undefined },
  keys = '',
  store: Partial<MailboxStore> = { list: () => Promise.resolve([]) },
): Promise<string[]> {
  const clock = new VirtualClock();
  const heard: string[] = [];
  let tell = (_event: StreamEvent): void => undefined;
  const stream = {
    onEvent: (listener: (event: StreamEvent) => void) => {
      tell = listener;
      return () => undefined;
    },
    setSource: (source: StreamSource) => {
      if (source.kind === 'silence') return;
      if (source.kind === 'wav') heard.push(String(source.path).replaceAll(/\/sounds\/prompts\/|\.wav/g, ''));
      queueMicrotask(() => {
        tell({ kind: 'source-ended' });
      });
    },
  };
  const served = new ServedLeg({ ...leg, media: { stream } } as unknown as BridgeLeg, (delayMs, fire) =>
    clock.after(delayMs, fire),
  );
  const voicemail = new Voicemail({
    clock,
    sounds: new SoundLibrary('/sounds/'),
    store: store as MailboxStore,
    mailbox: (user) => (user === '1001' ? { password: '4711' } : user === '1000' ? { password: undefined } : undefined),
    onChange: () => undefined,
    onDiagnosis: () => undefined,
  });
  const done = voicemail.menu(served);
  for (const key of keys) {
    tell({ kind: 'dtmf', digit: key, durationMs: 100 });
    await clock.advanceAsync(10);
  }
  await clock.advanceAsync(120_000);
  served.end();
  await done;
  return heard;
}

const opened = (heard: readonly string[]): boolean => heard.some((text) => text.startsWith('voicemail-you-have'));

describe('a mailbox opens', () => {
  it('on a phone whose user is proved', async () => {
    expect(opened(await dials({ party: '1001', user: '1001' }))).toBe(true);
  });

  it('not to somebody who only claims to be its user', async () => {
    expect(opened(await dials({ party: '1001', user: undefined }))).toBe(false);
  });

  it('elsewhere with extension and password, and with nothing less', async () => {
    const stranger = { party: '1002', user: '1002' };
    expect(opened(await dials(stranger, '1001#4711#'))).toBe(true);
    expect(opened(await dials(stranger, '1001#4712#'))).toBe(false);
    expect(opened(await dials(stranger, '1001##'))).toBe(false);
  });

  it('never elsewhere where its user has no password for it, nor one that is not there', async () => {
    const stranger = { party: '1002', user: '1002' };
    for (const keys of ['1000##', '1000#0#', '9999##', '##'])
      expect(opened(await dials(stranger, keys)), keys).toBe(false);
  });

  it('to nobody who guesses more than three times in a call', async () => {
    const heard = await dials({ party: '1002', user: '1002' }, '1001#1#1001#2#1001#3#1001#4711#');
    expect(opened(heard)).toBe(false);
    expect(heard.filter((text) => text === 'voicemail-wrong').length).toBeLessThanOrEqual(3);
  });
});

describe('a new message', () => {
  it('that was heard can be heard again, and deleted, from where it lies then', async () => {
    const message = { id: 'a', from: '1000', leftAt: 0, heard: false, path: '/new/a' };
    const there = [message];
    const store: Partial<MailboxStore> = {
      list: () => Promise.resolve([...there]),
      markHeard: () => {
        there[0] = { ...message, heard: true, path: '/cur/a' };
        return Promise.resolve();
      },
      remove: () => {
        there.length = 0;
        return Promise.resolve();
      },
    };
    const heard = await dials({ party: '1001', user: '1001' }, '107', store);
    expect(heard.filter((text) => text.endsWith('/a'))).toEqual(['/new/a', '/cur/a']);
    expect(there).toEqual([]);
    expect(heard).toContain('voicemail-deleted');
    expect(heard).toContain('voicemail-end');
  });
});
