import { describe, expect, it } from 'vitest';
import { eventType } from '../../core/sip/message/event.ts';
import {
  DIALOG_INFO_TYPE,
  dialogInfo,
  DialogWatch,
  readDialogInfo,
  type WatchedDialog,
} from '../../core/sip/ua/event-package/dialog-info.ts';
import type { NotifierSubscription } from '../../core/sip/ua/notifier-subscription.ts';
import { FOR_EVER_MS, describeLegalEnds, type CallFlow, type CallScene } from '../support/call-scene.ts';

/** Bob tells of his calls: all of them at first, then those that changed. */
class Calls {
  readonly #subscriptions: NotifierSubscription[] = [];
  readonly #dialogs = new Map<string, WatchedDialog>();
  #changed: WatchedDialog[] = [];

  constructor({ bob }: CallScene) {
    bob.userAgent.serve({
      name: 'dialog',
      contentTypes: [DIALOG_INFO_TYPE],
      expires: { usual: 3600, least: 60, most: 3600 },
      intervalMs: 0,
      onSubscribe: (subscription) => {
        this.#subscriptions.push(subscription);
        subscription.accept(({ version, full }) => {
          const dialogs = full ? [...this.#dialogs.values()] : this.#changed;
          this.#changed = [];
          return dialogInfo({ version, full, entity: 'sip:bob@192.0.2.2', dialogs });
        });
      },
    });
  }

  change(dialog: WatchedDialog): void {
    this.#dialogs.set(dialog.id, dialog);
    this.#changed.push(dialog);
    for (const subscription of this.#subscriptions) subscription.notify();
  }
}

const FLOWS: Readonly<Record<string, CallFlow>> = {
  'a lamp that shows a call': async (scene) => {
    const { alice, bob, clock } = scene;
    const calls = new Calls(scene);
    const watch = new DialogWatch();
    const subscription = alice.userAgent.subscribe({
      event: eventType('dialog'),
      accept: [DIALOG_INFO_TYPE],
      target: bob.uri(),
      from: { uri: alice.uri() },
      digest: undefined,
      expires: 600,
      connect: async () => ({ ok: true, value: await alice.flowTo(bob) }),
      onNotify: ({ body }) => {
        const info = body === undefined ? undefined : readDialogInfo(body);
        if (info?.ok === true && watch.take(info.value) === 'gap') subscription.start();
      },
    });
    await clock.advanceAsync(40_000);
    calls.change({ id: '1', state: 'early', direction: 'recipient' });
    await clock.advanceAsync(40_000);
    expect(watch.dialogs).toMatchObject([{ id: '1', state: 'early' }]);
    calls.change({ id: '1', state: 'terminated' });
    await clock.advanceAsync(40_000);
    expect(watch.dialogs).toEqual([]);
    void subscription.stop();
    await clock.advanceAsync(FOR_EVER_MS + 700_000);
    expect(alice.userAgent.usages + bob.userAgent.usages).toBe(0);
  },
};

describe('RFC 4235 §3 a busy lamp', () => {
  describeLegalEnds(FLOWS);

  it('§3.7.2 shows the same, whether it was told all or what changed', () => {
    const told = new DialogWatch();
    told.take({ version: 0, full: true, entity: 'e', dialogs: [{ id: '1', state: 'early' }] });
    const changed = new DialogWatch();
    changed.take({ version: 0, full: true, entity: 'e', dialogs: [] });
    changed.take({ version: 1, full: false, entity: 'e', dialogs: [{ id: '1', state: 'early' }] });
    expect(changed.dialogs).toEqual(told.dialogs);
  });
});
